"""What a record says of its parameters is what the layer learns: values, bounds, shapes, draws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations import _spec
from trax_activations._trax import ShapeDtype, shapes
from trax_activations._trax import layers as tl
from trax_activations.layers import LearnedActivation

X = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 3, 4)


def hinges(x, slopes, start, end, shift, *, least=0.5):
    """A parameter of every kind: several values, drawn, bounded, one in all."""
    ends = sum(slope * jnp.maximum(x, 0) ** i for i, slope in enumerate(slopes))
    return jnp.clip(x, start, end) + ends + shift + least


class Hinges(LearnedActivation):
    """The layer of the function above."""

    _activation = _spec.ActivationSpec(
        name="hinges",
        function=hinges,
        paper="",
        parameters=(
            _spec.Parameter("slopes", (0.5, 0.25)),
            _spec.Parameter("start", 1.0, lower="least"),
            _spec.Parameter("end", 2.0, lower="start", drawn=_spec.Uniform(0.0, 3.0)),
            _spec.Parameter("shift", 0.0, per_channel=False, drawn=_spec.Normal(5.0, 0.5)),
        ),
    )

    def __init__(
        self,
        num_parameters=1,
        slopes=(0.5, 0.25),
        start=1.0,
        end=None,
        shift=None,
        least=0.5,
        axis=-1,
    ):
        super().__init__(
            num_parameters=num_parameters,
            slopes=slopes,
            start=start,
            end=end,
            shift=shift,
            least=least,
            axis=axis,
        )


def initialised(layer, x=X, seed=0):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(seed))
    return layer


@pytest.mark.parametrize(
    ("num_parameters", "axis", "channels"),
    [(1, -1, (1,)), (None, -1, ()), (4, -1, (4,)), (3, 1, (3,)), ("channels", 1, (3,))],
)
def test_shapes(num_parameters, axis, channels):
    layer = initialised(Hinges(num_parameters, axis=axis))
    several = (2, *channels) if channels not in ((), (1,)) else (2,)
    assert [w.shape for w in layer.weights] == [several, channels, channels, ()]
    assert {w.dtype for w in layer.weights} == {jnp.dtype("float32")}
    assert layer.weight_names == ("slopes", "start", "end", "shift")


def test_initial_values_are_those_given_and_bounds_hold():
    layer = initialised(Hinges(4, slopes=[1, 2, 3], start=0.75, end=8.0, shift=-1))
    values = layer.values()
    np.testing.assert_allclose(values["slopes"], [[1] * 4, [2] * 4, [3] * 4])
    np.testing.assert_allclose(values["start"], [0.75] * 4, rtol=1e-6)
    np.testing.assert_allclose(values["end"], [8.0] * 4, rtol=1e-6)
    np.testing.assert_allclose(values["shift"], -1.0)
    assert layer.initial_values() == {
        "slopes": (1.0, 2.0, 3.0),
        "start": 0.75,
        "end": 8.0,
        "shift": -1.0,
    }
    layer.weights = tuple(w - 50 for w in layer.weights)
    values = layer.values()
    np.testing.assert_allclose(values["start"], 0.5)
    np.testing.assert_allclose(values["end"], values["start"])


def test_draws_are_those_of_the_record_and_of_the_key():
    x = np.zeros((2, 2000), np.float32)
    layer = initialised(Hinges("channels", start=4.0), x)
    end = np.asarray(layer.values()["end"], np.float64)
    assert end.min() >= 4.0
    assert end.max() <= 7.0  # The draw is what it is above its bound.
    assert end.mean() == pytest.approx(5.5, abs=0.1)
    again, other = initialised(Hinges("channels"), x), initialised(Hinges("channels"), x, seed=1)
    np.testing.assert_array_equal(again.weights[2], layer.weights[2])
    assert (np.asarray(other.weights[2]) != layer.weights[2]).all()
    shifts = [initialised(Hinges(), seed=seed).weights[3] for seed in range(20)]
    assert np.mean(shifts) == pytest.approx(5.0, abs=0.5)
    assert np.std(shifts) == pytest.approx(0.5, abs=0.25)
    assert layer.initial_values()["end"] == 2.0  # What is typical.


@pytest.mark.parametrize(("num_parameters", "axis"), [(1, -1), (4, -1), (3, 1), (3, -2)])
def test_the_layer_is_the_function_of_its_values(num_parameters, axis):
    layer = initialised(Hinges(num_parameters, axis=axis))
    layer.weights = tuple(
        w + jnp.arange(w.size, dtype=w.dtype).reshape(w.shape) for w in layer.weights
    )
    values = layer.values()
    x = np.moveaxis(X, axis, -1)
    slopes = values["slopes"] if num_parameters != 1 else values["slopes"][:, None]
    expected = hinges(x, slopes, values["start"], values["end"], values["shift"])
    np.testing.assert_allclose(layer(X), np.moveaxis(expected, -1, axis), rtol=1e-6)


def test_every_weight_is_learned():
    layer = initialised(Hinges(4))

    def total(weights):
        return layer.pure_fn(X * 9, weights, (), None)[0].sum()

    for gradient, weight in zip(jax.grad(total)(layer.weights), layer.weights, strict=True):
        assert gradient.shape == weight.shape
        assert (np.abs(gradient) > 0).all()


def test_repr_says_what_is_drawn():
    assert repr(Hinges()) == (
        "Hinges(num_parameters=1, slopes=(0.5, 0.25), start=1.0, end=None, shift=None, least=0.5, "
        "axis=-1)"
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"start": 0.5},
            ValueError,
            r"takes start greater than least=0.5.*start=1.0.*received start=0.5",
        ),
        ({"start": 3.0, "end": 2.0}, ValueError, "takes end greater than start=3.0"),
        ({"start": None}, TypeError, "takes a finite number as start"),
        ({"slopes": 0.5}, ValueError, "takes a sequence of finite numbers as slopes"),
        ({"slopes": ()}, TypeError, "takes a sequence of finite numbers as slopes"),
        ({"slopes": (0.5, "a")}, TypeError, r"takes a finite number as slopes\[1\]"),
        (
            {"num_parameters": 0},
            ValueError,
            "takes a positive integer, 'channels'",
        ),
        (
            {"num_parameters": "all"},
            TypeError,
            "takes a positive integer, 'channels'",
        ),
        ({"axis": 0.5}, ValueError, "takes an integer as axis"),
        ({"least": "a"}, TypeError, "takes a finite number as least"),
    ],
)
def test_bad_hyperparameters_are_refused_at_construction(arguments, error, message):
    with pytest.raises(error, match=f"Hinges {message}"):
        Hinges(**arguments)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Hinges(3), (2, 4), "Use num_parameters=4 for that axis, num_parameters='channels'"),
        (Hinges("channels"), (), "one value per element of axis -1, but .* lacks that axis"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_at_init(layer, shape, message):
    with pytest.raises(tl.LayerError) as caught:
        layer.init(ShapeDtype(shape, np.float32))
    assert message.partition(" .* ")[0] in " ".join(str(caught.value).split())
