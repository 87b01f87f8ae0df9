"""What no function can work with is refused in words of ours."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import KEY, every_spec

from trax_activations import functional as F

pytestmark = pytest.mark.quick
X = jnp.linspace(-1.0, 1.0, 32).reshape(4, 8)
WRONG = {bool: "yes", int: 1.5, float: "a"}


def initial(spec):
    return [parameter.initial for parameter in spec.parameters]


@every_spec
@pytest.mark.parametrize("x", [None, "a", object()], ids=["None", "text", "object"])
def test_an_input_that_is_no_array(spec, x):
    key = (KEY,) if spec.random else ()
    with pytest.raises(TypeError, match=rf"^{spec.name} takes a number or an array as x"):
        spec.function(x, *key, *initial(spec))


@every_spec
def test_a_parameter_that_is_no_array(spec):
    key = (KEY,) if spec.random else ()
    for i, parameter in enumerate(spec.parameters):
        for wrong in ("a", None):
            values = initial(spec)
            values[i] = wrong
            with pytest.raises(TypeError, match=rf"as {parameter.name}, but received"):
                spec.function(X, *key, *values)


@every_spec
def test_a_parameter_of_several_values_given_as_one(spec):
    key = (KEY,) if spec.random else ()
    for i, parameter in enumerate(spec.parameters):
        if np.ndim(parameter.initial):
            values = initial(spec)
            values[i] = 1.0
            with pytest.raises(ValueError, match=rf"^{spec.name} takes .*{parameter.name}"):
                spec.function(X, *key, *values)


@every_spec
def test_a_hyperparameter_of_another_kind(spec):
    key = (KEY,) if spec.random else ()
    for name, default in spec.hyperparameters.items():
        if type(default) in WRONG:
            with pytest.raises(TypeError, match=rf"^{spec.name} takes .* as {name}, for example"):
                spec.function(X, *key, *initial(spec), **{name: WRONG[type(default)]})


@every_spec
def test_a_key_that_is_none(spec):
    if spec.random:
        for wrong in (0, None, jax.random.split(KEY), jnp.zeros(2)):
            with pytest.raises(TypeError, match=rf"^{spec.name} takes one JAX random key"):
                spec.function(X, wrong, *initial(spec))


def test_numbers_of_numpy_and_lists_are_as_good():
    np.testing.assert_array_equal(
        F.leaky_relu([-1.0, 2.0], negative_slope=np.float32(0.5)), [-0.5, 2]
    )
    assert F.softmax(X, axis=np.int64(0)).sum() == pytest.approx(8)
    np.testing.assert_array_equal(F.parametric_relu([[-1.0, -2.0]], [0.5, 0.25]), [[-0.5, -0.5]])
