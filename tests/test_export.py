"""Exported programs: the same outputs, for batches of any size, where only the reader is there."""

import functools
import subprocess
import sys

import gin
import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes, registry, training
from trax_activations._trax import layers as tl
from trax_activations._trax import models, shapes
from trax_activations.cli import main
from trax_activations.replacement import replace

pytest.importorskip("flatbuffers")

X = np.random.default_rng(0).normal(size=(3, 2, 2, 8)).astype(np.float32)
TOKENS = np.arange(24, dtype=np.int32).reshape(3, 8) % 16


def read(path):
    with open(path, "rb") as file:
        return jax.export.deserialize(bytearray(file.read()))


@functools.cache
def zoo():
    """One activation of each family, the random and the learned among them, in one model."""
    families = {}
    for spec in registry.specs():
        families[spec.function.__module__, spec.random, bool(spec.parameters)] = spec.layer_name
    layers = [getattr(ta, name)() for name in sorted(families.values())]
    assert len(layers) > 30
    model = tl.Branch(*layers)
    model.init(shapes.signature(X), rng=jax.random.PRNGKey(0))
    return model


@pytest.fixture(scope="module")
def expected():
    model = modes.with_mode(zoo(), "eval")
    run = jax.jit(lambda x: model.pure_fn(x, model.weights, model.state, model.rng)[0])
    return [np.asarray(y) for y in run(X)]


def outside(tmp_path, code, *hidden):
    """Runs code in a process that cannot import what is hidden, on ``X``; returns its outputs."""
    np.save(tmp_path / "x.npy", X)
    hide = f"""
import sys
class Hide:
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hide())
import numpy as np
x = np.load("x.npy")
"""
    code = f"{hide}{code}\nnp.savez('y.npz', *[np.asarray(y) for y in ys])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "y.npz") as found:
        return [found[name] for name in found.files]


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_each_family_is_the_same_where_only_jax_is(tmp_path, expected):
    path = ta.export(zoo(), X[:2], tmp_path)
    assert path == str(tmp_path / "model.jax_export")
    code = """
from jax import export
with open("model.jax_export", "rb") as file:
    ys = export.deserialize(bytearray(file.read())).call(x)
"""
    ys = outside(tmp_path, code, "trax_activations", "trax", "tensorflow", "gin")
    assert_equal(ys, expected)


@pytest.mark.tensorflow
def test_each_family_is_the_same_where_only_tensorflow_is(tmp_path, expected):
    pytest.importorskip("tensorflow")
    (tmp_path / "saved_model" / "of_another").mkdir(parents=True)
    path = ta.export(zoo(), X[:2], tmp_path, format="savedmodel")
    assert not (tmp_path / "saved_model" / "of_another").exists()
    assert path == str(tmp_path / "saved_model")
    code = "import tensorflow as tf\nloaded = tf.saved_model.load('saved_model')\nys = loaded.f(x)"
    assert_equal(outside(tmp_path, code, "trax_activations", "trax", "jax"), expected)


def test_each_family_is_the_same_in_onnxruntime(tmp_path, expected):
    pytest.importorskip("jax2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    path = ta.export(zoo(), X[:2], tmp_path, format="onnx")
    assert_equal(onnxruntime.InferenceSession(path).run(None, {"x": X}), expected)
    lm = language_model()
    with pytest.raises(ValueError, match="jax2onnx has no ONNX for this model: "):
        ta.export(lm, TOKENS, tmp_path, format="onnx")


@functools.cache
def language_model():
    model = models.TransformerLM(
        16, d_model=8, d_ff=16, n_layers=1, n_heads=2, max_len=16, ff_activation=ta.RandomizedRelu
    )
    model.init(shapes.signature(TOKENS), rng=jax.random.PRNGKey(0))
    return model


def test_a_language_model_for_sequences_and_step_by_step(tmp_path):
    model = language_model()
    told = modes.modes(model)
    whole = read(ta.export(model, TOKENS[:1], tmp_path / "eval")).call(TOKENS)
    np.testing.assert_allclose(whole, modes.with_mode(model, "eval")(TOKENS), atol=1e-5)
    assert modes.modes(model) == told

    step = read(ta.export(model, TOKENS[:, :1], tmp_path / "predict", mode="predict"))
    state = read(tmp_path / "predict" / "start.jax_export").call()
    reader = modes.with_mode(model, "predict", shapes.signature(TOKENS[:, :1]))
    for i in range(3):
        y, state = step.call(state, TOKENS[:, i : i + 1])
        np.testing.assert_allclose(y, reader(TOKENS[:, i : i + 1]), atol=1e-5)


def test_several_inputs_are_several_arguments_and_sizes_may_be_fixed(tmp_path):
    model = tl.Serial(tl.Parallel(tl.Dense(2), tl.Dense(2)), tl.Add())
    x = np.ones((2, 3), np.float32)
    model.init(shapes.signature((x, x)))
    program = read(ta.export(model, (x, x), tmp_path))
    five = np.ones((5, 3), np.float32)
    np.testing.assert_allclose(program.call(five, five), model((five, five)), rtol=1e-6)

    needs_number = tl.Serial(tl.Fn("ByHalf", lambda x: x[: len(x) // 2] + x[len(x) // 2 :]))
    needs_number.init(shapes.signature(x))
    with pytest.raises(ValueError, match="give batch_size=2"):
        ta.export(needs_number, x, tmp_path)
    fixed = read(ta.export(needs_number, x, tmp_path, batch_size=4))
    np.testing.assert_array_equal(fixed.call(np.ones((4, 3), np.float32)), np.full((2, 3), 2.0))


def test_what_cannot_be_exported_says_why(tmp_path):
    x = np.ones((2, 3), np.float32)
    numpy = tl.Serial(tl.Dense(3), ta.NumpyActivation(np.tanh, lambda x: 1 - np.tanh(x) ** 2))
    numpy.init(shapes.signature(x))
    with pytest.raises(ValueError, match="calls Python code at 'serial/numpy_activation', which"):
        ta.export(numpy, x, tmp_path)
    replaced = replace(numpy, "serial/numpy_activation", ta.Tanh)
    assert read(ta.export(replaced, x, tmp_path)).call(x).shape == (2, 3)
    tanh = ta.functional.numpy_activation(np.tanh)
    function = tl.Serial(tl.Fn("Tanh", lambda x: tanh(x)))
    function.init(shapes.signature(x))
    with pytest.raises(ValueError, match=r"calls Python code \(numpy_call\)"):
        ta.export(function, x, tmp_path)
    model = tl.Serial(tl.Dense(2))
    with pytest.raises(ValueError, match="not initialised"):
        ta.export(model, x, tmp_path)
    model.init(shapes.signature(x))
    for signature, error, words in (
        ("x", TypeError, "takes as signature the shapes and dtypes"),
        ((x, x), ValueError, "takes 1 inputs"),
        (jnp.ones((2, 4)), ValueError, r"cannot take inputs of float32\[2, 4\]"),
    ):
        with pytest.raises(error, match=words):
            ta.export(model, signature, tmp_path)
    with pytest.raises(ValueError, match="Did you mean 'onnx'"):
        ta.export(model, x, tmp_path, format="onx")
    with pytest.raises(ValueError, match="draws at random"):
        ta.export(model, x, tmp_path, mode="train")
    with pytest.raises(ValueError, match="remembers earlier steps"):
        ta.export(model, x, tmp_path, mode="predict", format="onnx")
    with pytest.raises(TypeError, match="takes a Trax layer as model"):
        ta.export("model", x, tmp_path)


@pytest.mark.parametrize(
    ("package", "format"),
    [("jax2onnx", "onnx"), ("tensorflow", "savedmodel"), ("flatbuffers", "stablehlo")],
)
def test_a_missing_package_is_named(tmp_path, monkeypatch, package, format):
    monkeypatch.setitem(sys.modules, package, None)
    model = tl.Serial(tl.Dense(2))
    model.init(shapes.signature(X))
    with pytest.raises(ModuleNotFoundError, match=r"pip install ('trax-activations\[|flatbuffers)"):
        ta.export(model, X, tmp_path, format=format)


def test_the_command_exports_a_run(tmp_path, capsys):
    run, out = tmp_path / "run", tmp_path / "out"
    gin.parse_config(
        """
        MLP.layer_widths = (8, 10)
        MLP.activation_fn = @trax_activations.ParametricRelu
        import trax.models
        import trax.optimizers
        import trax_activations.datasets
        train.model = @trax.models.MLP
        train.inputs = @trax_activations.digits
        train.optimizer = @trax.optimizers.Adam
        train.steps = 1
        train.eval_frequency = 1
        train.eval_steps = 1
        """
    )
    loop = training.train(str(run))
    assert main(["export", str(run), f"--output={out}"]) == 0
    assert f"Wrote {out / 'model.jax_export'}" in capsys.readouterr().out
    x = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    np.testing.assert_allclose(read(out / "model.jax_export").call(x), loop.model(x), rtol=1e-5)
    assert main(["export", str(tmp_path), f"--output={out}"]) == 2
    assert "there is no run in" in capsys.readouterr().err
