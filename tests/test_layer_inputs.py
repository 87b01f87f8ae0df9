"""What layers receive that they cannot use, or of which there is nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations._trax import layers as tl

X = jnp.asarray(np.random.default_rng(0).normal(size=(2, 4, 4, 8)), jnp.float32)


@pytest.mark.parametrize("layer", [ta.Relu, ta.ParametricRelu, ta.Softmax])
def test_several_tensors_are_not_stacked(layer):
    made = layer()
    made.init(jax.ShapeDtypeStruct(X.shape, X.dtype))
    with pytest.raises(Exception, match="takes one tensor, but received 2"):
        made((X, X))
    with pytest.raises(Exception, match="takes one tensor, but received 2"):
        layer().init((jax.ShapeDtypeStruct(X.shape, X.dtype),) * 2)


@pytest.mark.parametrize("layer", [ta.ParametricRelu, ta.Apl, ta.Dyt, ta.Srelu])
def test_another_number_of_channels_than_in_init_is_told(layer):
    made = layer(num_parameters="channels")
    made.init(jax.ShapeDtypeStruct(X.shape, X.dtype))
    with pytest.raises(Exception, match=r"has 8 values of \w+, one per element of axis -1"):
        made(X[..., :5])


@pytest.mark.parametrize(
    "layer", [ta.Dice, ta.MetaAcon, ta.EvoNormB0, ta.EvoNormS0, ta.FunnelRelu, ta.DyRelu]
)
@pytest.mark.parametrize("empty", [X[:0], X[:, :0]], ids=["batch", "positions"])
def test_nothing_leaves_no_nan(layer, empty):
    made = layer()
    made.init(jax.ShapeDtypeStruct(X.shape, X.dtype))
    assert made(empty).shape == empty.shape
    for statistic in jax.tree.leaves(made.state):
        assert np.isfinite(statistic).all()
    assert np.isfinite(made(X)).all()


def test_functions_are_taken_by_trax_itself():
    from trax_activations import functional as F

    assert tl.Fn("Mish", F.mish)(X).shape == X.shape
