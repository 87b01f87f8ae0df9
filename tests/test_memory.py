"""What a backward pass keeps, by the compiler's own account: nothing is run."""

import jax
import jax.numpy as jnp
import pytest
from cases import KEY, compiled_quickly

from trax_activations import registry
from trax_activations.functional._remat import remat

pytestmark = pytest.mark.quick

WIDTH, BATCH = 64, 256

# 1 is the output, which the next Dense layer keeps: these have their derivative from it.
FROM_OUTPUT = {
    *("relu", "leaky_relu", "relu6", "elu", "celu", "selu", "softplus", "soft_sign", "sigmoid"),
    *("tanh", "log_sigmoid", "hard_tanh", "hard_sigmoid", "thresholded_linear_unit"),
    "randomized_relu",
}
# Their input counts twice, since it is twice as wide as the output.
GATED = ("bilinear", "clamped_swiglu", "geglu", "glu", "reglu", "swiglu")
# More than input and output.
MORE = {
    **dict.fromkeys(GATED, 3.1),
    "clamped_swiglu": 3.3,  # The same from 8 to 16 layers; in so few the scheduler keeps one more.
    "erf_act": 2.3,  # Of every fourth layer the exponential too: the scheduler's choice.
}
# More than one tensor when joined to the next layer.
JOINED = {
    **dict.fromkeys((*GATED, "maxout"), 2.25),
    "identity": 1.5,  # In so few layers; 1 from 8 to 16 layers.
    "prob_act": 1.26,  # With its key.
}
SPECS = [pytest.param(spec, id=spec.name) for spec in registry.specs()]


def tensors_per_layer(spec, joined=False):
    """Slope of the gradient's temporary memory between stacks of 4 and 8 layers."""
    key = (KEY,) if spec.random else ()
    parameters = [jnp.asarray(p.initial, jnp.float32) for p in spec.parameters]
    y = jax.eval_shape(lambda x: spec.function(x, *key, *parameters), jnp.zeros((1, 64)))
    units = max(WIDTH * 64 // y.shape[1], 4)
    width = units * y.shape[1] // 64

    def layer(weights, x, key):
        kernel, parameters = weights
        return spec.function(x, *([key] if spec.random else []), *parameters) @ kernel, ()

    def loss(weights, x):
        x = x @ weights[0][0]
        for i, own in enumerate(weights[1:]):
            x = (remat(layer) if joined else layer)(own, x, jax.random.fold_in(KEY, i))[0]
        return x.sum()

    def temporary(layers):
        weights = [(jnp.zeros((width, units)), parameters)] * layers
        x = jax.ShapeDtypeStruct((BATCH, width), jnp.float32)
        compiled = compiled_quickly(jax.grad(loss), weights, x)
        return compiled.memory_analysis().temp_size_in_bytes / (4 * BATCH * width)

    return (temporary(8) - temporary(4)) / 4


@pytest.mark.parametrize("spec", SPECS)
def test_no_more_is_kept_than_the_derivative_needs(spec):
    limit = 1.1 if spec.name in FROM_OUTPUT else MORE.get(spec.name, 2.1)
    limit += 0.2 if jax.__version_info__ < (0, 7) else 0  # Its scheduler keeps one more in a few.
    assert tensors_per_layer(spec) <= limit


@pytest.mark.thorough
@pytest.mark.parametrize("spec", SPECS)
def test_joined_to_the_next_layer_only_the_input_is_kept(spec):
    assert tensors_per_layer(spec, joined=True) <= JOINED.get(spec.name, 1.25)
