"""What PyTorch, Keras and Flax keep of an activation becomes the weights of ours, or is refused.

The arrays are as torch 2.13, Keras 3.15 and Flax 0.12 give them.
"""

import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import weights
from trax_activations._trax import shapes

SLOPES = np.array([0.1, 0.2, 0.3], np.float32)


class Tensor:
    """As a tensor of PyTorch: NumPy cannot read one that records gradients, or bfloat16."""

    def __init__(self, array, is_detached=False):
        self._array, self._is_detached = array, is_detached
        self.shape = array.shape

    def detach(self):
        return Tensor(self._array, is_detached=True)

    def cpu(self):
        return self

    def float(self):
        return self

    def __array__(self, dtype=None, copy=None):
        assert self._is_detached, "Can't call numpy() on Tensor that requires grad."
        return np.asarray(self._array, dtype)


@pytest.mark.parametrize(
    "source",
    [
        SLOPES,
        SLOPES.tolist(),
        {"weight": Tensor(SLOPES)},
        Tensor(SLOPES),
        SLOPES.reshape(1, 3, 1, 1),
        np.broadcast_to(SLOPES.reshape(1, 3, 1), (1, 3, 7)),
    ],
    ids=["array", "list", "state dict", "tensor", "1 C 1 1", "1 C 7"],
)
def test_slopes_of_pytorch_are_per_channel_on_axis_1(source):
    found = weights.from_torch(ta.ParametricRelu(3), source)
    np.testing.assert_array_equal(found, SLOPES)
    assert found.dtype == jnp.float32


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (ta.ParametricRelu(3), (1, 1, 3)),  # shared_axes=[1, 2]
        (ta.ParametricRelu(3), (3,)),
        (ta.ParametricRelu(3, axis=-2), (1, 3, 1)),
        (ta.ParametricRelu(3, axis=2), (1, 3, 1)),  # Keras leaves out the batch.
        (ta.ParametricRelu(3, axis=1), (3,)),
    ],
    ids=repr,
)
def test_slopes_of_keras_lack_the_batch_axis(layer, shape):
    found = weights.from_keras(layer, [SLOPES.reshape(shape)])
    np.testing.assert_array_equal(found, SLOPES)


def test_slopes_of_keras_per_element_are_taken_if_they_are_equal_along_the_rest():
    alpha = np.broadcast_to(SLOPES, (8, 8, 3)).copy()
    np.testing.assert_array_equal(weights.from_keras(ta.ParametricRelu(3), [alpha]), SLOPES)
    alpha[4, 5, 1] += 1e-6
    with pytest.raises(ValueError, match=r"shape \(8, 8, 3\) for 'a', with values that differ"):
        weights.from_keras(ta.ParametricRelu(3), [alpha])


@pytest.mark.parametrize(
    "source",
    [
        np.float32(0.01),
        {"params": {"negative_slope": jnp.array(0.01)}},
        {"params": {"PReLU_0": {"negative_slope": np.array(0.01)}}},
    ],
)
def test_the_one_slope_of_flax_is_for_all(source):
    assert weights.from_flax(ta.ParametricRelu(), source).tolist() == [np.float32(0.01)]
    assert weights.from_flax(ta.ParametricRelu(3), source).tolist() == [np.float32(0.01)] * 3
    assert weights.from_flax(ta.ThresholdedLinearUnit(), source).shape == ()


def test_equal_slopes_become_one():
    assert weights.from_torch(ta.ParametricRelu(), np.full(3, 0.5)).tolist() == [0.5]
    assert weights.from_keras(ta.ParametricRelu(), np.zeros((8, 8, 3))).tolist() == [0]


def test_several_weights_are_found_by_name_or_in_order():
    layer = ta.ThresholdedLinearUnit(3, affine=True)
    for source in ({"a": SLOPES, "threshold": np.zeros(3)}, [np.zeros(3), SLOPES]):
        threshold, a = weights.from_keras(layer, source)
        np.testing.assert_array_equal(a, SLOPES)
        np.testing.assert_array_equal(threshold, np.zeros(3))


def test_one_value_in_all_may_stand_beside_one_per_channel():
    source = {"alpha": np.array([0.5]), "gamma": SLOPES, "beta": np.zeros(3)}
    alpha, gamma, beta = weights.from_torch(ta.Dyt(), source)
    assert (alpha.shape, float(alpha)) == ((), 0.5)
    np.testing.assert_array_equal(gamma, SLOPES)
    np.testing.assert_array_equal(beta, np.zeros(3))


@pytest.mark.parametrize("from_framework", [weights.from_torch, weights.from_flax])
def test_the_result_fits_the_layer_and_the_names(from_framework):
    layer = ta.ParametricRelu(3)
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    layer.init(shapes.signature(x))
    weights.assign(layer, {"parametric_relu/a": from_framework(layer, SLOPES)})
    np.testing.assert_allclose(layer(x), np.where(x > 0, x, SLOPES * x))
    layer.weights = from_framework(layer, SLOPES)
    np.testing.assert_allclose(layer(x), np.where(x > 0, x, SLOPES * x))


@pytest.mark.parametrize(
    ("layer", "source", "error", "message"),
    [
        (ta.ParametricRelu(4), SLOPES, ValueError, "layer has 4. Use num_parameters=3"),
        (
            ta.ParametricRelu(),
            SLOPES,
            ValueError,
            "values that differ where the layer has one",
        ),
        (ta.ParametricRelu(3), np.array([np.nan, 0, 0]), ValueError, "that are not finite"),
        (ta.ParametricRelu(3), np.zeros(0), ValueError, "with no values"),
        (ta.ParametricRelu(3), {}, TypeError, "the source has no arrays"),
        (
            ta.ParametricRelu(3),
            {"0.weight": SLOPES, "2.weight": SLOPES},
            TypeError,
            "the source has '0.weight', '2.weight'. Take the entries of one layer",
        ),
        (ta.ParametricRelu(3), [SLOPES, SLOPES], TypeError, "the source has 2 arrays"),
        (ta.ParametricRelu(3), object(), TypeError, "received object of object. Of a module"),
        (ta.ParametricRelu(3), "weights.pt", TypeError, "takes floating-point arrays as weights"),
        (ta.ParametricRelu(3), np.arange(3), TypeError, "received ndarray of int64"),
        (ta.Relu(), SLOPES, TypeError, r"Relu\(\) is no activation that learns"),
        (None, SLOPES, TypeError, "None is no activation that learns"),
        (
            ta.ThresholdedLinearUnit(affine=True),
            {"tau": SLOPES, "alpha": SLOPES},
            TypeError,
            "call them as the weights are called",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_refused(layer, source, error, message):
    with pytest.raises(error, match=message):
        weights.from_torch(layer, source)


def test_keras_has_no_values_along_the_batch():
    with pytest.raises(ValueError, match="axis 0, the batch"):
        weights.from_keras(ta.ParametricRelu(3, axis=0), SLOPES)
    with pytest.raises(ValueError, match="lacks the layer's axis"):
        weights.from_keras(ta.ParametricRelu(3, axis=3), SLOPES)
