"""The list of repairs says what is so, and nothing is patched that is not broken."""

import linecache
import re
import sys
import types
import warnings

import jax
import pytest

from trax_activations import _trax
from trax_activations._trax import _repair

NAMES = [repair.name for repair in _trax.repairs()]
BY_NAME = {repair.name: repair for repair in _trax.repairs()}
# What a reader finds in the lines that a repair names.
IN_LINES = {
    "as_keras": "use_backend(math_lib.Backend.TFNP)",
    "cond": "'cond': lax.cond|fastmath.cond(",
    "config": "from jax.config import config",
    "custom_grad": "jax.custom_transforms(",
    "device_put_replicated": "jax.device_put_replicated(",
    "gcd": "scipy.",
    "gpu_cluster": "xla_|xc.|_client",
    "host_count": "jax.host_count()",
    "live_buffers": "jax.lib.xla_bridge.get_backend(",
    "local_cpu": "jax.devices('cpu')",
    "markers": "tree in copy_from_tree",
    "pmap": "jax.pmap",
    "solve": "jnp.linalg.solve(sigma, x - mu)",
    "stop_gradient": "lax.stop_gradient|q_len=fastmath.stop_gradient(seqlen)",
    "threefry": "jax.random.threefry_2x32(",
    "tree_functions": "jax.tree_",
    "xla_computation": "jax.xla_computation(",
}


def test_every_repair_is_listed():
    assert set(IN_LINES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_jax_itself_is_left_alone(name):
    repair = BY_NAME[name]
    module_is_loaded = repair.module in sys.modules
    # What was missing is missing still, for everybody but Trax.
    assert repair.applied == (repair.needed() and module_is_loaded)


@pytest.mark.parametrize("name", NAMES)
def test_record_names_the_lines_that_need_it(name):
    repair = BY_NAME[name]
    for place in repair.where.split("; "):
        path, lines = re.fullmatch(r"trax/(.+\.py):([\d, ]+)", place).groups()
        for line in lines.split(", "):
            text = linecache.getline(f"{_trax.trax.__path__[0]}/{path}", int(line))
            assert any(part in text for part in IN_LINES[name].split("|")), text
    assert re.fullmatch(r"(jax|scipy|trax) \d+\.\d+\.\d+", repair.since)
    assert repair.remedy.endswith(".")


def test_nothing_is_patched_where_nothing_is_missing(monkeypatch):
    def patches(_):
        raise AssertionError("must not be patched")

    monkeypatch.setattr(_repair, "_REPAIRS", {})
    monkeypatch.setattr(_repair, "_ORIGINALS", {})
    where = "trax/layers/core.py:1"
    _repair.repair(where, gone="", since="", needed=_repair.lacks(jax, "jit"))(patches)
    _repair.mend()
    assert [repair.applied for repair in _trax.repairs()] == [False]


def test_mending_twice_patches_once():
    before = {name: _repair.originals(name) for name in NAMES}
    finders = list(sys.meta_path)
    _repair.mend()
    assert {name: _repair.originals(name) for name in NAMES} == before
    assert sys.meta_path == finders


@pytest.mark.parametrize(
    ("names", "missing"),
    [(("jit", "lax.scan"), False), (("jit", "lax.no_such"), True), (("no_such.name",), True)],
)
def test_lacks(names, missing):
    assert _repair.lacks(jax, *names)() == missing


def test_lacks_counts_a_deprecated_name_as_there(recwarn):
    class Old(types.ModuleType):
        def __getattr__(self, name):
            warnings.warn(name, DeprecationWarning, stacklevel=2)
            return None

    assert not _repair.lacks(Old("old"), "tree_map")()
    assert not recwarn


def test_since_jax():
    assert _repair.since_jax(*jax.__version_info__)()
    assert not _repair.since_jax(jax.__version_info__[0], jax.__version_info__[1] + 1)()
