"""``from trax_activations import layers as tl_act`` can take the place of Trax's activations."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations import layers as tl_act
from trax_activations._trax import layers as tl
from trax_activations._trax import models

NAMES = sorted(
    name
    for name, member in vars(tl.activation_fns).items()
    if name[0].isupper() and member.__module__ == tl.activation_fns.__name__
)
X = np.linspace(-2.5, 2.5, 24, dtype=np.float32).reshape(4, 6)

# What Trax has under these names is broken, or is something else than everywhere: docs/parity.md.
REPAIRED = {"Glu", "HardSigmoid", "ParametricRelu"}


def test_trax_has_the_activations_that_are_known():
    assert len(NAMES) == 17
    assert set(NAMES) >= REPAIRED


@pytest.mark.parametrize("name", [*NAMES, "Softmax", "LogSoftmax"])
def test_every_activation_of_trax_is_here_with_its_arguments_and_values(name):
    stock, ours = getattr(tl, name), getattr(tl_act, name)
    arguments = dict(inspect.signature(stock).parameters)
    taken = {key: each.default for key, each in arguments.items() if each.default is not each.empty}
    layer = ours(**({} if name in REPAIRED else taken))
    layer.init(jax.ShapeDtypeStruct(X.shape, X.dtype))
    y = layer(jnp.asarray(X))
    assert jnp.isfinite(y[X.min(-1) > 0]).all()
    if name not in REPAIRED:
        theirs = stock()
        theirs.init(jax.ShapeDtypeStruct(X.shape, X.dtype))
        np.testing.assert_allclose(y, theirs(jnp.asarray(X)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["Relu", "Gelu", "ThresholdedLinearUnit"])
def test_models_of_trax_take_ours(name):
    outputs = []
    for library in (tl, tl_act):
        model = models.MLP(layer_widths=(4, 3), activation_fn=getattr(library, name))
        model.init(jax.ShapeDtypeStruct(X.shape, X.dtype), rng=jax.random.PRNGKey(0))
        outputs.append(model(X))
    np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-6)
