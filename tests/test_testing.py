"""What `check_activation` lets pass keeps the rules, and what breaks one is told which."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import functional as F


@pytest.mark.parametrize("name", ["leaky_relu", "parametric_relu", "randomized_relu", "glu"])
def test_activations_of_the_registry_pass(name):
    ta.testing.check_activation(name)


def test_layers_classes_and_functions_pass():
    ta.testing.check_activation(ta.ParametricRelu(8, a=-0.5))
    ta.testing.check_activation(ta.ThresholdedLinearUnit)
    ta.testing.check_activation(jnp.tanh, reference=np.tanh)
    ta.testing.check_activation(F.parametric_relu, parameters={"a": 0.25}, kinks={0.0: 0.25})
    ta.testing.check_activation(
        F.numpy_activation(np.tanh, lambda x: 1 - np.tanh(x) ** 2), reference=np.tanh
    )


BROKEN = {
    "value": (jnp.tanh, {"reference": np.sin}, "x is float32"),
    "shape": (lambda x: x.sum(), {}, r"\(16, 8\) became \(\)"),
    "dtype": (lambda x: x.astype("float32"), {}, "float16 became float32"),
    "gradient": (F.numpy_activation(np.tanh, lambda x: 1 - np.tanh(x)), {}, "forward mode in x"),
    "jit": (lambda x: x + np.random.rand(), {}, ""),
    "limits": (lambda x: x * jax.nn.sigmoid(x), {}, "the value of float32 is NaN at -inf"),
    "nan": (lambda x: jnp.where(x > 0, x, 0), {}, "NaN became 0.0"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named(name):
    function, arguments, message = BROKEN[name]
    with pytest.raises(AssertionError, match=f"'{name}' does not hold: (?s:.*){message}"):
        ta.testing.check_activation(function, **arguments)


def test_a_wrong_derivative_at_a_kink_is_found():
    with pytest.raises(AssertionError, match=r"at the kink 0\.0"):
        ta.testing.check_activation(F.parametric_relu, parameters=[0.25], kinks={0.0: 1.0})


def test_what_is_skipped_need_not_hold():
    ta.testing.check_activation(lambda x: jnp.where(x > 0, x, 0), skip={"nan"})
    with pytest.raises(ValueError, match=r"'limit' to skip\. Did you mean 'limits'"):
        ta.testing.check_activation(jnp.tanh, skip={"limit"})


def test_nonsense_is_refused():
    with pytest.raises(TypeError, match="received 3"):
        ta.testing.check_activation(3)
    with pytest.raises(KeyError, match="Did you mean 'gelu'"):
        ta.testing.check_activation("gelo")
