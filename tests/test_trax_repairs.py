"""Each repair of Trax mends what it says, and without it Trax fails."""

import importlib
import json
import os
import subprocess
import sys
import textwrap
import types
from importlib import machinery, util

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from trax_activations import _trax
from trax_activations._trax import _repair, fastmath
from trax_activations._trax import layers as tl

NAMES = [repair.name for repair in _trax.repairs()]
BY_NAME = {repair.name: repair for repair in _trax.repairs()}


def module(name):
    return importlib.import_module(f"trax.{name}")


def solve(monkeypatch, tmp_path):
    means, covariances = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([np.eye(2), 3 * np.eye(2)])
    normals = map(scipy.stats.multivariate_normal, means, covariances)
    x = np.array([1.0, 2.0])
    reference = [normal.logpdf(x) for normal in normals]
    np.testing.assert_allclose(tl.log_gaussian_pdf(x, means, covariances), reference, rtol=1e-5)


def stop_gradient(monkeypatch, tmp_path):
    def double_when_long(x):
        length = fastmath.stop_gradient(len(x))
        return 2 * x if length > 1 else x + fastmath.stop_gradient(x)

    assert jax.jit(double_when_long)(jnp.ones(2)).tolist() == [2, 2]
    assert jax.grad(lambda x: double_when_long(x).sum())(jnp.ones(1)).tolist() == [1]


def threefry(monkeypatch, tmp_path):
    zeros = jnp.zeros(2, jnp.uint32)
    # The first known answer of Random123, the reference implementation: key 0, counter 0.
    drawn = module("layers.research.position_encodings").threefry_2x32_prf(zeros, zeros[None])
    assert drawn.tolist() == [[0x6B200159, 0x99BA4EFE]]


def tree_functions(monkeypatch, tmp_path):
    tree = {"kernel": (1, 2), "bias": 3}
    seen = module("models.research.bert").jax
    assert seen.tree_unflatten(seen.tree_structure(tree), [6, 2, 4]) == {
        "bias": 6,
        "kernel": (2, 4),
    }
    assert seen.tree_map(lambda leaf: -leaf, tree) == {"kernel": (-1, -2), "bias": -3}


def markers(monkeypatch, tmp_path):
    slots = [jnp.ones(2), None, (np.ones(3), ()), {"m": jnp.zeros(1)}]
    loaded, rest = fastmath.tree_unflatten(["a", "b", "c"], slots, copy_from_tree=[None, ()])
    assert (loaded, rest) == (["a", None, ("b", ()), {"m": "c"}], [])


def cond(monkeypatch, tmp_path):
    branches = {"true_fun": jnp.negative, "false_fun": jnp.exp}
    operands = {"true_operand": jnp.ones(2), "false_operand": jnp.zeros(2)}
    chosen = [fastmath.cond(pred=pred, **branches, **operands) for pred in (True, False)]
    np.testing.assert_array_equal(chosen, [[-1, -1], [1, 1]])
    assert fastmath.cond(True, jnp.negative, jnp.exp, 2.0) == -2


def custom_grad(monkeypatch, tmp_path):
    straight_through = fastmath.custom_grad(lambda x: (jnp.round(x), lambda g: (3 * g,)), jnp.round)
    value, slope = jax.jit(jax.value_and_grad(straight_through))(1.7)
    assert (value, slope) == (2.0, 3.0)


def xla_computation(monkeypatch, tmp_path):
    trainer = types.SimpleNamespace(
        n_devices=1,
        _train_stream=iter([np.ones(3)]),
        _output_dir=str(tmp_path),
        _opt_state=types.SimpleNamespace(weights=[2.0]),
        _model_predict_eval=lambda batch, weights, state, rng: jnp.tanh(batch) * weights,
        _model_state=[()],
        _rngs=[0],
    )
    _trax.trainer_lib.Trainer.save_computation_graphs(trainer)
    assert "tanh" in (tmp_path / "forward.txt").read_text()
    assert "tanh" in (tmp_path / "forward.dot").read_text()


def gcd(monkeypatch, tmp_path):
    compute = module("data.tf_inputs").compute_single_result
    assert (compute("gcd", [12, 18]), compute("lcm", [4, 6])) == (6, 12)


def device_put_replicated(monkeypatch, tmp_path):
    replicated = tl.for_n_devices({"w": np.arange(3.0)}, 2)["w"]
    assert replicated.shape == (jax.local_device_count(), 3)
    np.testing.assert_array_equal(replicated[0], [0, 1, 2])
    assert replicated.devices() == set(jax.local_devices())


def local_cpu(monkeypatch, tmp_path):
    # As in the second of two processes: the first CPU of all belongs to the first process.
    monkeypatch.setattr(jax, "devices", lambda backend=None: ["a device of another process"])
    assert tl.on_cpu(jnp.ones(1)).devices() <= set(jax.local_devices(backend="cpu"))


def host_count(monkeypatch, tmp_path):
    assert _trax.training.init_host_and_devices(random_seed=0)[1] == jax.process_count()


def live_buffers(monkeypatch, tmp_path):
    if not BY_NAME["live_buffers"].needed():
        pytest.skip("Trax's own function would delete every array of this process")
    matrix, scalar = jnp.ones((2, 2)), jnp.ones(())
    monkeypatch.setattr(jax, "live_arrays", lambda: [matrix, scalar])
    trainer = module("optimizers.trainer").ReversibleSerialTrainer
    trainer._free_accelerators(types.SimpleNamespace())
    assert (matrix.is_deleted(), scalar.is_deleted()) == (True, False)


def gpu_cluster(monkeypatch, tmp_path):
    if not BY_NAME["gpu_cluster"].needed():
        pytest.skip("Trax's own function would wait for a cluster")
    calls = []
    monkeypatch.setattr(jax.distributed, "initialize", lambda *args: calls.append(args))
    module("trainer")._make_jax_gpu_cluster(1, "10.0.0.1", n_hosts=4, server_port=5000)
    assert calls == [("10.0.0.1:5000", 4, 1)]
    assert "jax.lib.xla_extension" not in sys.modules


def config(monkeypatch, tmp_path):
    assert module("rl_trainer").config is jax.config
    assert "jax.config" not in sys.modules


EXERCISES = {
    exercise.__name__: exercise
    for exercise in (
        cond,
        config,
        custom_grad,
        device_put_replicated,
        gcd,
        gpu_cluster,
        host_count,
        live_buffers,
        local_cpu,
        markers,
        solve,
        stop_gradient,
        threefry,
        tree_functions,
        xla_computation,
    )
}
# Needs more than one device, so a process of its own; or TensorFlow: tests/test_as_keras.py.
ELSEWHERE = {"as_keras", "pmap"}
# The module itself cannot be imported without these; nothing in it is to be put back.
AT_IMPORT = {"trainer": "gpu_cluster", "rl_trainer": "config"}


def put_back(monkeypatch, name):
    for holder, attribute, original in _repair.originals(name):
        if isinstance(holder, dict):
            monkeypatch.setitem(holder, attribute, original)
        else:
            monkeypatch.setattr(holder, attribute, original)


def test_every_repair_is_exercised():
    assert {*EXERCISES, *ELSEWHERE} == set(NAMES)


# Of `trax.rl`, which needs Gym.
NEEDS = {"config": pytest.mark.tensorflow}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in sorted(EXERCISES)]
)
def test_trax_works_with_it(name, monkeypatch, tmp_path):
    EXERCISES[name](monkeypatch, tmp_path)


@pytest.mark.parametrize("name", sorted({*EXERCISES} - {*AT_IMPORT.values()}))
def test_trax_fails_without_it(name, monkeypatch, tmp_path):
    if not BY_NAME[name].applied:
        pytest.skip(f"JAX {jax.__version__} still has {BY_NAME[name].gone}")
    put_back(monkeypatch, name)
    with pytest.raises((AssertionError, AttributeError, TypeError, UserWarning, ValueError)):
        EXERCISES[name](monkeypatch, tmp_path)


@pytest.mark.parametrize("name", sorted(AT_IMPORT))
def test_module_cannot_be_imported_without_it(name):
    if not BY_NAME[AT_IMPORT[name]].needed():
        pytest.skip(f"JAX {jax.__version__} still has {BY_NAME[AT_IMPORT[name]].gone}")
    spec = machinery.PathFinder.find_spec(f"trax.{name}", _trax.trax.__path__)
    with pytest.raises(ImportError, match=r"xla_extension|jax\.config"):
        spec.loader.exec_module(util.module_from_spec(spec))


def test_stock_loop_trains_on_two_devices():
    if not BY_NAME["pmap"].needed():
        pytest.skip("JAX still moves arrays for pmap")
    code = """
        import itertools, json
        import numpy as np
        from trax_activations._trax import _repair, layers as tl, optimizers, training

        def train():
            batch = np.ones((4, 3)), np.ones((4, 2)), np.ones((4, 2))
            task = training.TrainTask(itertools.repeat(batch), tl.L2Loss(), optimizers.Adam(0.1))
            loop = training.Loop(tl.Serial(tl.Dense(2)), [task], random_seed=0)
            loop.run(2)
            return loop.n_devices, loop.step

        trained = train()
        (holder, name, original), = _repair.originals("pmap")
        holder[name] = original
        try:
            train()
            without = None
        except ValueError as error:
            without = str(error)
        print(json.dumps([trained, without]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
    )
    assert done.returncode == 0, done.stderr
    trained, without = json.loads(done.stdout.splitlines()[-1])
    assert trained == [2, 2]
    assert "sharding" in without
