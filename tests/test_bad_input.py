"""What no function can work with is refused in words of ours."""

import pickle

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


def test_hyperparameters_by_position_and_what_is_wrong_with_them():
    np.testing.assert_array_equal(F.leaky_relu(X, 0.3), F.leaky_relu(X, negative_slope=0.3))
    np.testing.assert_array_equal(F.gelu(X, True), F.fast_gelu(X))
    np.testing.assert_array_equal(F.softmax(X, 0), jax.nn.softmax(X, 0))
    assert (
        F.randomized_relu(X, KEY).shape == F.gelu(X, True).shape == X.shape
    )  # What is remembered of it is not for 1.
    for call, words in (
        (
            lambda: F.elu(X, alfa=1.0),
            r"elu: .*'alfa'\. Did you mean 'alpha'\?.*elu\(x, alpha=1.0\)",
        ),
        (lambda: F.relu(X, 1.0), r"relu: too many positional arguments.*relu\(x\)"),
        (lambda: F.randomized_relu(X, X), "randomized_relu takes one JAX random key as key"),
        (lambda: F.parametric_relu(X, KEY), "parametric_relu takes real numbers as a"),
        (lambda: F.relu(), r"relu: missing a required argument: 'x'.*relu\(x\)"),
        (lambda: F.gelu(X, 1), "gelu takes True or False as approximate"),
        (lambda: F.parametric_relu(X), r"parametric_relu: missing a required argument: 'a'"),
        (lambda: F.sparsemax(X, axis=(0, 1)), "sparsemax takes one axis"),
    ):
        with pytest.raises(TypeError, match=words):
            call()
    with pytest.raises(ValueError, match=r"randomized_relu takes .* as shared_axes"):
        F.randomized_relu(X, KEY, shared_axes=0)


def test_a_ceiling_may_lie_at_the_threshold():
    x = jnp.array([-10.0, 0.0, 5.0, 10.0])
    y, pull = jax.vjp(lambda x: F.clipped_relu(x, 5.0, 0.5, 5.0), x)
    np.testing.assert_array_equal(y, [-7.5, -2.5, 0.0, 5.0])
    np.testing.assert_array_equal(pull(jnp.ones(4))[0], [0.5, 0.5, 0.5, 0.0])
    with pytest.raises(ValueError, match="takes max_value >= threshold"):
        F.clipped_relu(x, 5.0, 0.5, 6.0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_masks_and_several_axes_are_those_of_jax(name):
    ours, theirs = getattr(F, name), getattr(jax.nn, name)
    mask = np.cos(np.arange(32)).reshape(4, 8) > -0.3
    mask[1] = False
    for arguments in ({"axis": (0, 1)}, {"where": mask}, {"where": mask[0], "axis": (-1, 0)}):

        def loss(x, function, arguments=arguments):
            y = function(x, **arguments)
            return jnp.where(arguments.get("where", True), y * X, 0).sum(), y

        (_, y), slope = jax.value_and_grad(loss, has_aux=True)(X, ours)
        (_, right), expected = jax.value_and_grad(loss, has_aux=True)(X, theirs)
        np.testing.assert_allclose(y, right, rtol=1e-5)
        np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-6)
    assert F.sparsemax(jnp.zeros((2, 0))).shape == F.entmax15(jnp.zeros((2, 0))).shape == (2, 0)


def test_gains_are_pickled():
    for function in (F.relu, F.gelu):
        again = pickle.loads(pickle.dumps(F.with_gain(function, 2.0)))
        np.testing.assert_array_equal(again(X), 2 * function(X))


def test_jet_is_told_that_it_cannot():
    jet = pytest.importorskip("jax.experimental.jet")
    x = jnp.ones(3)
    with pytest.raises(TypeError, match=r"gelu has a derivative of its own.*jax\.jvp"):
        jet.jet(F.gelu, (x,), ((x,),))
