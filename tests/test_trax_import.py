"""Importing Trax through the package: quick, silent, and without a trace for anybody else."""

import contextlib
import importlib
import inspect
import json
import linecache
import os
import re
import subprocess
import sys
import textwrap

import pytest

from trax_activations import _trax
from trax_activations._trax import _finder, _imports, _start
from trax_activations._trax import layers as tl

assert_shape = importlib.import_module("trax.layers.assert_shape")  # `tl` has the decorator there.


def run(code, *flags):
    """Runs code in a fresh process: the JSON that it prints, and what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_package_and_functional_do_not_import_trax():
    loaded, _ = run("""
        import json, sys
        import trax_activations
        after_package = [name for name in ("trax", "tensorflow", "jax") if name in sys.modules]
        import trax_activations.functional, trax_activations.registry
        after_functional = [name for name in ("trax", "tensorflow") if name in sys.modules]
        print(json.dumps([after_package, after_functional]))
    """)
    assert loaded == [[], []]


@pytest.fixture(scope="module")
def door():
    """What a fresh process sees that opens the door, with every warning an error."""
    return run(
        """
        import builtins, inspect, json, os, sys, warnings
        calls, stack, frame_info = [], inspect.stack, inspect.getframeinfo
        inspect.stack = lambda *args: calls.append("stack") or stack(*args)
        inspect.getframeinfo = lambda *args, **kwargs: (
            calls.append(kwargs.get("context", 1)) or frame_info(*args, **kwargs)
        )
        stubs = inspect.stack, inspect.getframeinfo
        finders = list(sys.meta_path)
        importer = builtins.__import__
        from trax_activations._trax import trax
        from jax._src import xla_bridge
        seen = sys.modules["trax.layers.assert_shape"].inspect
        print("about to write to stderr", file=sys.stdout)
        print("a real warning", file=sys.stderr)
        print(json.dumps({
            "calls": sorted(set(map(str, calls))),
            "own functions": (inspect.stack, inspect.getframeinfo) == stubs and seen is inspect,
            "finders": [type(f).__name__ for f in sys.meta_path if f not in finders],
            "modules": [name for name in sys.modules if name in ("jax.config", "trax.trainer")],
            "importer": builtins.__import__ is importer,
            "errors": "error" in [f[0] for f in warnings.filters],
            "backend": xla_bridge.backends_are_initialized(),
            "log level": os.environ.get("TF_CPP_MIN_LOG_LEVEL"),
        }))
        """,
        "-W",
        "error",
    )


def test_stderr_holds_nothing_but_what_came_after(door):
    _, stderr = door
    assert stderr == "a real warning\n"


def test_no_source_is_read_during_the_import(door):
    seen, _ = door
    # getframeinfo only without source lines; never the whole stack. Stock Trax makes 40 of each.
    assert seen["calls"] == ["0"]


def test_import_leaves_the_process_as_it_was(door):
    seen, _ = door
    assert seen["own functions"]
    assert seen["modules"] == []
    assert not seen["backend"]  # jax.distributed.initialize must still be possible.
    assert seen["log level"] == "1"  # JAX's own default, which JAX would have set anyway.


def test_import_keeps_the_filters_of_the_process(door):
    seen, _ = door
    assert seen["errors"]


def test_one_finder_stays_and_import_is_as_before(door):
    seen, _ = door
    assert seen["finders"].count("AroundImport") == 1
    assert seen["importer"]


def test_importing_again_changes_nothing(monkeypatch):
    def refuse():
        raise AssertionError("there is nothing left to speed up or to silence")

    for name in ("quick_assert_shape", "quiet", "lazy_imports"):
        monkeypatch.setattr(_start, name, refuse)
    assert _start.mended() is _trax.trax


def test_shape_errors_still_name_the_line_of_the_decorator():
    message = tl.StopGradient().sublayers[0]._message
    path, line = re.fullmatch(r"Defined at (.*):(\d+) function input", message).groups()
    assert linecache.getline(path, int(line)).startswith("@assert_shape('...->...')")


def test_assert_function_finds_its_caller_at_run_time():
    here = inspect.currentframe().f_lineno + 1
    checked = assert_shape.AssertFunction("...->...", tl.Relu())
    assert f"{__file__}:{here} function input" in checked.sublayers[0]._message


def test_quick_frames_tell_the_stock_file_and_line():
    quick = _imports.View(
        inspect, stack=_imports._two_frames, getframeinfo=_imports._frame_info_without_source
    )

    def decorate(inspect_):  # As trax/layers/assert_shape.py:92.
        caller = inspect_.getframeinfo(inspect_.stack()[1][0])
        return caller.filename, caller.lineno

    here = inspect.currentframe().f_lineno + 1
    assert decorate(quick) == decorate(inspect) == (__file__, here)


def test_around_import_wraps_one_module_and_loads_it_as_ever(tmp_path, monkeypatch):
    (tmp_path / "wrapped_one.py").write_text("order.append('module')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    order = []

    @contextlib.contextmanager
    def around(module):
        module.order = order
        order.append("before")
        yield
        order.append("after")

    finder = _finder.AroundImport({"wrapped_one": around})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    module = importlib.import_module("wrapped_one")
    monkeypatch.delitem(sys.modules, "wrapped_one")
    assert order == ["before", "module", "after"]
    assert inspect.getsource(module) == "order.append('module')\n"
    assert finder.find_spec("wrapped_two", None) is None


def test_view_replaces_names_and_passes_the_rest():
    view = _imports.View(os.path, sep="|")
    assert view.sep == "|"
    assert view.join is os.path.join
    assert inspect.ismodule(view)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        view.nothing  # noqa: B018
