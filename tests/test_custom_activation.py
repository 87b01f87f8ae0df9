"""A function in jax.numpy becomes a layer like those of the package, and only once."""

import copy
import importlib
import math
import pickle
import sys

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations.functional._custom import checked_function
from trax_activations.layers import _custom

X = np.linspace(-2, 2, 8, dtype=np.float32).reshape(2, 4)


def bend(x, a, *, sharpness=1.0):
    """Bends a line."""
    return x + a * jnp.tanh(sharpness * x)


@pytest.fixture
def layer_class():
    return ta.activation(parameters={"a": 0.25})(bend)


def initialised(layer, x=X):
    layer.init(jax.ShapeDtypeStruct(x.shape, x.dtype))
    return layer


def test_the_function_keeps_shape_and_dtype():
    function = checked_function(bend, "bend", {"a": 0.25})
    np.testing.assert_allclose(function(X), X + 0.25 * np.tanh(X), rtol=1e-6)
    np.testing.assert_allclose(function(X, 0.5, sharpness=2.0), X + 0.5 * np.tanh(2 * X), rtol=1e-6)
    for dtype in (jnp.float16, jnp.bfloat16):
        assert function(X.astype(dtype)).dtype == dtype
    with pytest.raises(TypeError, match="bend takes floating-point input"):
        function(jnp.arange(3))


def test_bfloat16_parameter_gradient_is_summed_in_float32():
    function = checked_function(lambda x, a: a * x, "scale", {"a": 1.0})
    ones = jnp.ones(4096, jnp.bfloat16)
    assert jax.grad(lambda a: function(ones, a).astype(jnp.float32).sum())(1.0) == 4096


def no_name(x):
    return x if x > 0 else 0


@pytest.mark.parametrize(
    ("fn", "learned", "error", "message"),
    [
        (lambda x, b: x * b, {}, TypeError, "b has no value"),
        (lambda x: x, {"c": 1.0}, TypeError, "parameters names c"),
        (lambda x, *rest: x, {}, TypeError, r"\*rest cannot be an argument"),
        (lambda: 1, {}, TypeError, "must be a function of x"),
        (lambda *, x: x, {}, TypeError, "first positional argument"),
        (lambda x: np.tanh(x), {}, TypeError, "cannot trace it.*NumpyActivation"),
        (no_name, {}, TypeError, "cannot trace it.*jnp.where"),
        (lambda x: math.exp(x), {}, TypeError, "cannot trace it"),
        (lambda x: x.sum(), {}, ValueError, r"shape \[2, 4\]; it returned shape \[\]"),
        (lambda x: x + 1j, {}, TypeError, "real numbers"),
        (lambda x: None, {}, TypeError, "returned None"),
    ],
)
def test_functions_that_cannot_be_layers_are_refused(fn, learned, error, message):
    with pytest.raises(error, match=message):
        checked_function(fn, "q", learned)


def test_the_layer_computes_the_function(layer_class):
    layer = initialised(layer_class(num_parameters=4, sharpness=2.0))
    assert layer.weight_names == ("a",)
    np.testing.assert_array_equal(layer.weights, np.full(4, 0.25))
    layer.weights = slopes = jnp.arange(4.0)
    np.testing.assert_allclose(layer(X), X + slopes * np.tanh(2 * X), rtol=1e-6)
    assert repr(layer) == "Bend(num_parameters=4, a=0.25, sharpness=2.0, axis=-1)"
    assert layer_class.__doc__ == "Bends a line."


def test_it_is_found_like_any_other(layer_class):
    assert ta.Bend is layer_class
    assert "Bend" in dir(ta)
    assert ta.registry.get("bend").function is layer_class.function
    gin.parse_config("trax_activations.Bend.sharpness = 3.0")
    assert layer_class()._sharpness == 3.0


def test_copies_and_pickles(layer_class):
    layer = initialised(layer_class())
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin(X), layer(X))


def test_pickles_find_the_module_that_makes_the_class(tmp_path, monkeypatch):
    lines = "import trax_activations as ta", "@ta.activation", "def slanted(x):", "    return 2 * x"
    (tmp_path / "slanting.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("slanting")
    layer, spec = initialised(module.slanted()), ta.registry.get("slanted")
    pickled = pickle.dumps((layer, module.slanted, spec))
    _custom._unregister("slanted")
    monkeypatch.delitem(sys.modules, "slanting")
    again, made, record = pickle.loads(pickled)
    assert type(again) is made is ta.Slanted is not module.slanted
    assert record is ta.registry.get("slanted")
    np.testing.assert_array_equal(again(X), layer(X))


def test_its_function_checks_arguments_as_others_do(layer_class):
    with pytest.raises(TypeError, match="bend takes real numbers as a"):
        layer_class.function(X, 1j)
    with pytest.raises(TypeError, match=r"bend: missing a required argument.*bend\(x"):
        layer_class.function()


def test_a_key_and_a_mode_make_it_random_in_training_only():
    from trax_activations import modes

    @ta.activation
    def noisy(x, key, *, mode="train"):
        return x + jax.random.normal(key, x.shape) if mode == "train" else x

    layer = initialised(noisy())
    assert (np.asarray(layer(X)) != X).all()
    np.testing.assert_array_equal(modes.with_mode(layer, "eval")(X), X)


def test_a_name_is_taken_once_and_may_be_replaced(layer_class):
    with pytest.raises(ValueError, match=r"named 'bend' already.*name='my_bend'.*replace=True"):
        ta.activation(bend, parameters={"a": 0.25})
    again = ta.activation(bend, parameters={"a": 0.25}, replace=True)
    assert ta.Bend is again is not layer_class
    with pytest.raises(ValueError, match="'Relu' already"):
        ta.activation(lambda x: x, name="relu", replace=True)


def test_a_cell_of_a_notebook_run_again_replaces_what_it_has_made():
    cell = "import trax_activations as ta\n@ta.activation\ndef celled(x):\n    return {} * x\n"
    for factor in (2, 3):
        exec(cell.format(factor), names := {"__name__": "__main__"})
        assert ta.Celled is names["celled"]
        assert ta.registry.get("celled").function(1.0) == factor
    with pytest.raises(ValueError, match="'celled' already"):
        exec(cell.format(4), {"__name__": "another_module"})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fn": 3}, TypeError, "received 3"),
        ({"fn": lambda x: x}, ValueError, "'<lambda>' is no name"),
        ({"fn": lambda x, weights=1: x, "name": "q"}, TypeError, "cannot be named 'weights'"),
        ({"fn": lambda x: x, "name": "dense_relu"}, ValueError, "'DenseRelu' already"),
    ],
)
def test_nonsense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        ta.activation(**arguments)


def test_numpy_layer_trains_in_a_model():
    from trax_activations._trax import layers as tl

    def leaky(x, a):
        return np.where(x > 0, x, a * x)

    def slopes(x, a):
        return np.where(x > 0, 1, a), np.where(x > 0, 0, x)

    layer = ta.NumpyActivation(leaky, slopes, {"a": 0.25}, num_parameters=3)
    model = initialised(tl.Serial(tl.Dense(3), layer))

    def loss(weights):
        return (model.pure_fn(X, weights, model.state, jax.random.key(0))[0] ** 2).sum()

    gradient = jax.jit(jax.grad(loss))(model.weights)
    assert layer.weight_names == ("a",)
    assert gradient[1].shape == (3,)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
