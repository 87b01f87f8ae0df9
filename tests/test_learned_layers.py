"""Every layer that learns: its weights are what the record says, and all of them learn."""

import inspect

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import layers, modes, registry, weights
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(16, 3, 4)).astype(np.float32) * 5

# By default one value per channel, as in the papers or the authors' code; others have one in all.
PER_CHANNEL = {"acon_c", "apl", "b_spline", "derf", "dyt", "mpelu", "snake", "snake_beta", "srelu"}

LEARNED = {
    spec.name: getattr(ta, spec.layer_name)
    for spec in registry.specs()
    if issubclass(getattr(ta, spec.layer_name), layers.LearnedActivation)
}
# Those that are the function of input and weights, and of nothing else.
PLAIN = {
    name: layer
    for name, layer in LEARNED.items()
    if all(p.learned for p in layer._activation.parameters) and not layer._activation.random
}

every_layer = pytest.mark.parametrize("name", LEARNED)
every_plain_layer = pytest.mark.parametrize("name", PLAIN)


def arguments(make):
    """The constructor's arguments and their defaults."""
    parameters = list(inspect.signature(make.__init__).parameters.values())
    return {parameter.name: parameter.default for parameter in parameters[1:]}


def initialised(layer, x=X, seed=0):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(seed))
    return layer


def arrays(layer):
    return layer.weights if isinstance(layer.weights, tuple) else (layer.weights,)


def moved(layer):
    """Its weights after some training."""
    rng = np.random.default_rng(3)
    return jax.tree.map(
        lambda w: w + 0.02 * rng.normal(size=w.shape).astype(w.dtype), layer.weights
    )


@every_layer
def test_constructor_has_the_defaults_of_record_and_function(name):
    make = LEARNED[name]
    spec, defaults = make._activation, arguments(make)
    if name.endswith("thresholded_linear_unit"):
        spec = registry.get(name)
    for parameter in spec.parameters:
        if parameter.learned:
            expected = None if parameter.drawn else parameter.initial
            assert defaults[parameter.name] in (expected, None)
            assert make().initial_values()[parameter.name] == parameter.initial
    assert defaults["num_parameters"] == spec.num_parameters
    assert all(defaults[key] == value for key, value in spec.hyperparameters.items())
    documented = inspect.getdoc(make).partition("Args:")[2].partition("Example:")[0]
    assert all(f"{argument}:" in documented for argument in defaults)


def test_those_with_a_value_per_channel_are_those_of_the_papers():
    found = {n for n, make in PLAIN.items() if arguments(make)["num_parameters"] == "channels"}
    assert found == PER_CHANNEL


@every_plain_layer
def test_weights_have_the_names_shapes_and_values_of_the_record(name):
    layer = PLAIN[name]()
    assert layer.weights == ()
    initialised(layer)
    channels = {"channels": (4,), 1: (1,), None: ()}[layer._num_parameters]
    assert layer.weight_names == tuple(p.name for p in layer.spec.parameters)
    for parameter, weight in zip(layer.spec.parameters, arrays(layer), strict=True):
        several = np.shape(parameter.initial)
        shape = channels if parameter.per_channel else ()
        shape = (*several, *shape) if shape != (1,) or not several else several
        value = layer.values()[parameter.name]
        assert (weight.shape, weight.dtype) == (shape, jnp.float32)
        assert value.shape == shape
        if parameter.drawn is None:
            initial = np.reshape(parameter.initial, (*several, *(1,) * (len(shape) - len(several))))
            np.testing.assert_allclose(value, np.broadcast_to(initial, shape), rtol=1e-6)
        else:
            other = initialised(PLAIN[name](), seed=1).values()[parameter.name]
            assert (np.asarray(other) != value).any()


@every_plain_layer
def test_along_an_axis_it_is_the_function_of_each_channel(name):
    layer = PLAIN[name](num_parameters=3, axis=1)
    x = np.moveaxis(X, 1, -1) if layer.spec.along_axis else X
    axis = -1 if layer.spec.along_axis else 1
    if layer.spec.along_axis:
        layer = PLAIN[name](num_parameters=3)
    initialised(layer, x)
    layer.weights = moved(layer)
    values = layer.values()
    y = np.asarray(layer(x))
    for channel in range(3):
        own = [
            value[..., channel] if parameter.per_channel else value
            for parameter, value in zip(layer.spec.parameters, values.values(), strict=True)
        ]
        expected = np.asarray(layer.spec.function(x, *own, **layer._function_arguments()))
        np.testing.assert_allclose(
            np.take(y, channel, axis), np.take(expected, channel, axis), rtol=2e-6, atol=1e-6
        )


@every_plain_layer
def test_every_weight_learns(name):
    layer = initialised(PLAIN[name]())
    cotangent = jax.random.normal(jax.random.key(1), X.shape)

    @jax.jit
    @jax.grad
    def gradient(weights):
        return (cotangent * layer.pure_fn(X, weights, layer.state, None)[0]).sum()

    for found in jax.tree.leaves(gradient(moved(layer))):
        assert (np.abs(found) > 0).all()
        assert np.isfinite(found).all()


@every_layer
def test_wrong_number_of_channels_is_refused(name):
    layer = LEARNED[name](num_parameters=5)
    with pytest.raises(tl.LayerError, match=r"Use\s+num_parameters=4"):
        layer.init(ShapeDtype((2, 4), np.float32))


@every_layer
def test_gin_sets_and_repr_names_every_hyperparameter(name):
    make = LEARNED[name]
    gin.parse_config(f"trax_activations.{make.__name__}.num_parameters = 4")
    shown = repr(make())
    assert shown.startswith(f"{make.__name__}(num_parameters=4, ")
    # The layers that have shared axes name them where they are used: a test of its own below.
    named = set(arguments(make)) - {"shared_axes"}
    assert all(f"{argument}=" in shown for argument in named)


@every_layer
def test_modes_share_weights_and_files_give_them_back(name, tmp_path):
    model = tl.Serial(tl.Dense(4), LEARNED[name]())
    initialised(model, X)
    assert len(set(weights.names(model))) == len(jax.tree.leaves(model.weights))
    for mode in ("eval", "predict"):
        view = modes.with_mode(model, mode)
        assert jax.tree.structure(view.weights) == jax.tree.structure(model.weights)
        assert jax.tree.structure(view.state) == jax.tree.structure(model.state)
    weights.save(model, tmp_path / "model.safetensors")
    other = initialised(tl.Serial(tl.Dense(4), LEARNED[name]()), X, seed=1)
    weights.load(other, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(
        modes.with_mode(model, "eval")(X), modes.with_mode(other, "eval")(X)
    )


@pytest.mark.parametrize("version", ["A", "B", "C"])
def test_each_version_of_rational_begins_as_a_leaky_relu(version):
    layer = initialised(ta.Rational(version=version))
    x = np.linspace(-3, 3, 61, dtype=np.float32)
    np.testing.assert_allclose(layer(x), np.where(x > 0, x, 0.01 * x), atol=0.1)
    assert layer.weights[1].shape == ((5,) if version == "C" else (4,))


def test_hinges_are_as_many_as_asked_for():
    layer = initialised(ta.Apl(pieces=2))
    assert [w.shape for w in layer.weights] == [(2, 4), (2, 4)]
    layer = initialised(ta.Apl(1, pieces=1, a=[0.5], b=[1.0]))
    np.testing.assert_allclose(layer(X), np.maximum(X, 0) + 0.5 * np.maximum(1 - X, 0), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "shared_axes", "shape"),
    [
        (ta.ParametricRelu, (), (3, 4)),
        (ta.ParametricRelu, (1,), (1, 4)),
        (ta.ParametricRelu, (-1,), (3, 1)),
        (ta.ThresholdedLinearUnit, (), (3, 4)),
    ],
)
def test_a_value_of_each_element_is_shared_along_axes(make, shared_axes, shape):
    """The shapes are those of Keras, whose values it takes over."""
    layer = initialised(make(shared_axes=shared_axes))
    assert f"shared_axes={shared_axes}" in repr(layer)
    alpha = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    (initial,) = layer.initial_values().values()
    np.testing.assert_array_equal(layer.weights, np.full(shape, initial, np.float32))
    layer.weights = weights.from_keras(layer, [alpha])
    below = alpha * X if make is ta.ParametricRelu else alpha
    on = X > 0 if make is ta.ParametricRelu else alpha < X
    np.testing.assert_allclose(layer(X), np.where(on, X, below), rtol=1e-6)
    with pytest.raises(tl.LayerError, match=r"values of shape .* its input has shape \(2, 9, 5\)"):
        layer(np.ones((2, 9, 5), np.float32))


@pytest.mark.parametrize("axis", [0, 3, -3])
def test_axes_that_cannot_be_shared_are_refused(axis):
    with pytest.raises(tl.LayerError, match=rf"along axis {axis}, .* it has axes 1 to 2"):
        initialised(ta.ParametricRelu(shared_axes=[axis]))


def test_values_stay_above_their_bounds():
    for layer, name, bound in ((ta.Pelu(), "alpha", 0.1), (ta.Mpelu(), "beta", 0.0)):
        initialised(layer)
        layer.weights = tuple(w - 100 for w in layer.weights)
        np.testing.assert_allclose(layer.values()[name], bound, atol=1e-7)
    layer = initialised(ta.Srelu(t_left=1.0, t_right=1.5))
    np.testing.assert_allclose(layer.values()["t_right"], 1.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ta.Pelu(alpha=0.1), ValueError, "Pelu takes alpha greater than 0.1"),
        (lambda: ta.Mpelu(beta=0.0), ValueError, "Mpelu takes beta greater than 0.0"),
        (lambda: ta.Xielu(alpha_n=0.5), ValueError, "Xielu takes alpha_n greater than beta=0.5"),
        (
            lambda: ta.Srelu(t_left=1.0, t_right=0.5),
            ValueError,
            "takes t_right greater than t_left=1.0",
        ),
        (
            lambda: ta.Apl(pieces=3, a=(0.5,)),
            ValueError,
            "takes 3 values as a for pieces=3, but received 1",
        ),
        (
            lambda: ta.ParametricRelu(3, shared_axes=()),
            ValueError,
            "takes num_parameters or shared_axes, but received num_parameters=3",
        ),
        (lambda: ta.Entmax(1, alpha=1.0), ValueError, "takes alpha greater than 1.0"),
        (lambda: ta.Apl(pieces=0), ValueError, "takes a positive integer as pieces"),
        (
            lambda: ta.Rational(version="E"),
            ValueError,
            "versions 'A', 'B', 'C' and 'N'.*version='E'",
        ),
        (
            lambda: ta.Rational(numerator=1.0),
            ValueError,
            "takes a sequence of finite numbers as numerator",
        ),
        (lambda: ta.Dyt(alpha=None), TypeError, "Dyt takes a finite number as alpha"),
        (lambda: ta.PolyNorm(epsilon="a"), TypeError, "takes a finite number as epsilon"),
        (lambda: ta.PolyNorm(epsilon=-1.0), ValueError, "epsilon=-1.0"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(make, error, message):
    with pytest.raises(error, match=message):
        make()
