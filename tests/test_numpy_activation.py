"""NumPy and plain Python code is an activation like any other, and its failures are explained."""

import copy
import math
import pickle

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations import functional as F

X = jnp.array([0.2, 0.7, 1.2, 1.7])


def sawtooth(x):
    return np.where(x % 1 <= 0.5, x % 1, 0)


def sawtooth_slope(x):
    return np.where(x % 1 <= 0.5, 1, 0)


def sawtooth_of_number(x):
    rest = x % 1
    return rest if rest <= 0.5 else 0


def slope_of_number(x):
    return 1 if x % 1 <= 0.5 else 0


def leaky(x, a):
    return np.where(x > 0, x, a * x)


def leaky_slopes(x, a):
    return np.where(x > 0, 1, a), np.where(x > 0, 0, x)


PAIRS = {
    "arrays": (sawtooth, sawtooth_slope),
    "numbers": (sawtooth_of_number, slope_of_number),
    "both": (sawtooth, slope_of_number),
}


@pytest.fixture(params=PAIRS, name="f")
def activation(request):
    return F.numpy_activation(*PAIRS[request.param])


@pytest.fixture(name="prelu")
def learned():
    return F.numpy_activation(leaky, leaky_slopes, parameters={"a": 0.25})


def total(function):
    return lambda *args: function(*args).astype(jnp.float32).sum()


def test_the_standing_example(f):
    np.testing.assert_allclose(f(X), [0.2, 0, 0.2, 0], rtol=1e-6)
    np.testing.assert_array_equal(jax.grad(total(f))(X), [1, 0, 1, 0])
    np.testing.assert_array_equal(jax.jit(jax.grad(total(f)))(X), [1, 0, 1, 0])


def test_jit_vmap_scan_and_forward_mode(f):
    x = jnp.linspace(-3, 3, 24).reshape(4, 6)
    expected = sawtooth(np.asarray(x))
    np.testing.assert_array_equal(jax.jit(f)(x), expected)
    np.testing.assert_array_equal(jax.vmap(jax.vmap(f))(x), expected)
    _, carried = jax.lax.scan(lambda carry, row: (carry, f(row)), 0, x)
    np.testing.assert_array_equal(carried, expected)
    y, y_dot = jax.jvp(f, (x,), (2 * jnp.ones_like(x),))
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(y_dot, 2 * sawtooth_slope(np.asarray(x)))
    np.testing.assert_array_equal(jax.jacfwd(f)(x[0]), jax.jacrev(f)(x[0]))


def test_gradient_through_scan_and_checkpoint(f):
    def scanned(x):
        return jax.lax.scan(lambda carry, _: (f(carry) + 0.1, None), x, None, length=3)[0].sum()

    def unrolled(x):
        for _ in range(3):
            x = f(x) + 0.1
        return x.sum()

    np.testing.assert_allclose(jax.grad(scanned)(X), jax.grad(unrolled)(X))
    np.testing.assert_allclose(jax.grad(jax.checkpoint(total(f)))(X), jax.grad(total(f))(X))


def test_vmap_makes_one_call():
    shapes = []

    def recorded(x):
        shapes.append(x.shape)
        return np.sin(x)

    f = F.numpy_activation(recorded)
    shapes.clear()  # Of the call that found out that it takes arrays.
    jax.block_until_ready(jax.jit(jax.vmap(f))(jnp.ones((5, 3))))
    assert shapes == [(5, 3)]


def test_a_training_step_calls_value_and_slope_once():
    calls = []
    f = F.numpy_activation(
        lambda x: (calls.append("value"), np.sin(x))[1],
        lambda x: (calls.append("slope"), np.cos(x))[1],
    )
    calls.clear()
    jax.block_until_ready(jax.jit(jax.grad(total(f)))(X))
    assert sorted(calls) == ["slope", "value"]


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_half_precision_stays_and_numpy_sees_float32(dtype):
    seen = set()

    def wide(x):
        seen.add(x.dtype)
        return np.asarray(x, np.float64) ** 2

    f = F.numpy_activation(wide, lambda x: 2 * x)
    x = X.astype(dtype)
    assert f(x).dtype == jax.grad(total(f))(x).dtype == dtype
    assert seen == {np.dtype(np.float32)}
    np.testing.assert_allclose(np.asarray(f(x), np.float32), np.float32(x) ** 2, rtol=1e-2)


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 1, 3)])
def test_every_shape(f, shape):
    x = jnp.full(shape, 0.3)
    y, gradient = f(x), jax.grad(total(f))(x)
    assert y.shape == gradient.shape == shape
    np.testing.assert_allclose(y, np.full(shape, 0.3), rtol=1e-6)


def test_ten_million_elements():
    x = jnp.linspace(-4, 4, 10**7)
    f = F.numpy_activation(lambda x: np.maximum(x, 0), lambda x: x > 0)
    assert float(jax.jit(jax.grad(total(f)))(x).sum()) == 5e6


def test_nan_gives_what_the_function_gives():
    x = jnp.array([jnp.nan, jnp.inf])
    np.testing.assert_array_equal(F.numpy_activation(np.tanh)(x), [np.nan, 1])
    np.testing.assert_array_equal(F.numpy_activation(sawtooth)(x), [0, 0])


def test_code_may_keep_and_change_what_it_gets():
    kept = []

    def clipped(x):
        kept.append(x)
        x[x < 0] = 0
        return x

    x = jnp.array([-1.0, 2.0])
    np.testing.assert_array_equal(F.numpy_activation(clipped)(x), [0, 2])
    np.testing.assert_array_equal(x, [-1, 2])
    np.testing.assert_array_equal(kept[-1], [0, 2])


def test_numpy_does_not_warn():
    x = jnp.array([1e30, -1.0])
    assert np.isnan(F.numpy_activation(lambda x: np.log(x) + np.exp(x))(x)[1])


def test_each_parameter_is_learned(prelu):
    x = jnp.array([[-1.0, 2.0], [-3.0, -4.0]])
    np.testing.assert_allclose(prelu(x, 0.5), [[-0.5, 2], [-1.5, -2]])
    x_bar, a_bar = jax.grad(total(prelu), (0, 1))(x, jnp.array([0.5, 0.25]))
    np.testing.assert_allclose(x_bar, [[0.5, 1], [0.5, 0.25]])
    np.testing.assert_allclose(a_bar, [-4, -4])
    np.testing.assert_allclose(jax.vmap(prelu, (None, 0))(x, jnp.ones(3))[2], x)
    assert prelu(jnp.float32(-1), jnp.ones(3)).shape == (3,)


def test_derivatives_may_be_functions_of_their_own():
    one, other = (lambda x, a: leaky_slopes(x, a)[0]), (lambda x, a: leaky_slopes(x, a)[1])
    f = F.numpy_activation(leaky, (one, other), parameters=["a"])
    np.testing.assert_allclose(jax.grad(total(f), 1)(-X, 0.25), jnp.sum(-X), rtol=1e-6)


def test_an_infinite_slope_of_what_is_not_learned_does_no_harm():
    f = F.numpy_activation(
        lambda x, a: x, lambda x, a: (np.ones_like(x), np.full_like(x, np.inf)), parameters=["a"]
    )
    np.testing.assert_array_equal(jax.grad(lambda x: f(x, 0.5).sum())(X), 1)


def test_bfloat16_parameter_gradient_is_summed_in_float32(prelu):
    x = -jnp.ones(4096, jnp.bfloat16)
    assert jax.grad(lambda a: prelu(x, a).astype(jnp.float32).sum())(0.25) == -4096


def test_central_differences_by_name():
    f = F.numpy_activation(np.tanh, "central_differences")
    np.testing.assert_allclose(jax.grad(total(f))(X), 1 - np.tanh(X) ** 2, rtol=1e-5)
    erf = F.numpy_activation(math.erf, "central_differences")
    assert "for each element" in repr(erf)
    np.testing.assert_allclose(erf(X), jax.scipy.special.erf(X), rtol=1e-6)


def test_vectorize_decides_where_finding_out_does_not():
    assert F.numpy_activation(sawtooth_of_number).vectorized
    assert not F.numpy_activation(sawtooth).vectorized
    assert F.numpy_activation(sawtooth, vectorize=True).vectorized
    assert F.numpy_activation(math.log).vectorized  # It fails for most of what is tried.


def test_a_missing_derivative_offers_three_ways_out():
    f = F.numpy_activation(np.sin)
    np.testing.assert_allclose(f(X), np.sin(X), rtol=1e-6)
    for way_out in (r"\(sin, grad_fn\)", r"trax_activations\.activation", "central_differences"):
        with pytest.raises(ValueError, match=way_out):
            jax.grad(f)(0.5)


def test_there_is_no_second_derivative(f):
    with pytest.raises(NotImplementedError, match="only the first derivative"):
        jax.hessian(total(f))(X)


FAILURES = {
    "exception": (lambda x: x.nothing, "raised AttributeError: .*'nothing'"),
    "shape": (lambda x: x[:1], r"float32\[1\] as its value.*x: float32\[4\].*shape \[4\]"),
    "sum": (np.sum, r"'sum' returned float32\[\]"),
    "complex": (lambda x: x + 1j, "complex64.*must be real"),
    "none": (lambda x: None, "returned NoneType"),
    "object": (lambda x: np.array([x] * 4, object)[:, 0] * 1j, "returned ndarray.*must be real"),
    "masked": (lambda x: np.ma.log(1 - x), r"masked elements as its value.*value\.filled\(0\)"),
    "count": (lambda x: np.count_nonzero(x > 0) + np.int64(0), r"returned int64\[\]"),
}


@pytest.mark.parametrize(("fn", "message"), FAILURES.values(), ids=FAILURES)
def test_failures_are_explained_and_survived(fn, message):
    bad, good = F.numpy_activation(fn, sawtooth_slope), F.numpy_activation(sawtooth)
    with pytest.raises(F.NumpyActivationError, match=message):
        bad(X)
    with pytest.raises(F.NumpyActivationError, match=message):
        jax.grad(total(bad))(X)
    with pytest.raises(RuntimeError, match=message):
        jax.block_until_ready(jax.jit(bad)(X))
    np.testing.assert_allclose(jax.jit(good)(X), [0.2, 0, 0.2, 0], rtol=1e-6)


def test_results_may_be_constants_of_numpy_or_objects():
    constant = F.numpy_activation(lambda x: np.float64(2.5), lambda x: np.float32(0))
    np.testing.assert_array_equal(jax.jit(constant)(X), np.full(4, 2.5))
    np.testing.assert_array_equal(jax.grad(total(constant))(X), np.zeros(4))
    objects = F.numpy_activation(np.frompyfunc(lambda number: 2 * number, 1, 1))
    np.testing.assert_array_equal(objects(X), 2 * X)
    whole = F.numpy_activation(lambda x: np.ma.array(x, mask=False))
    np.testing.assert_array_equal(whole(X), X)


def test_switches_that_numpy_code_feels():
    logarithm = F.numpy_activation(np.log)
    with jax.debug_nans(True), pytest.raises(FloatingPointError, match="nan"):
        jax.jit(logarithm)(-X - 1)
    with jax.disable_jit():
        np.testing.assert_allclose(logarithm(X + 1), np.log(np.asarray(X) + 1), rtol=1e-6)
    (batch,) = jax.export.symbolic_shape("batch")
    with pytest.raises(TypeError, match="log is NumPy code, which needs a size of each axis"):
        jax.eval_shape(logarithm, jax.ShapeDtypeStruct((batch, 2), jnp.float32))


def test_parameters_are_real_numbers(prelu):
    np.testing.assert_array_equal(prelu(X, True), prelu(X, 1.0))
    with pytest.raises(TypeError, match="leaky takes real numbers as a"):
        prelu(X, 1j)
    with pytest.raises(TypeError, match="leaky takes x, a; received 0 values"):
        prelu()


def test_a_failing_derivative_names_itself_and_its_argument():
    f = F.numpy_activation(leaky, lambda x, a: (x, x[:1]), parameters=["a"])
    with pytest.raises(F.NumpyActivationError, match=r"derivative in a.*a: float32\[\]"):
        jax.grad(total(f))(X, 0.5)
    f = F.numpy_activation(leaky, lambda x, a: x, parameters=["a"])
    with pytest.raises(F.NumpyActivationError, match="must return a tuple"):
        jax.grad(total(f))(X, 0.5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: F.numpy_activation(3), TypeError, "takes a function of x as fn, but received 3"),
        (lambda: F.numpy_activation(np.sin, 3), TypeError, "takes a function of x as grad_fn"),
        (lambda: F.numpy_activation(np.sin, "central"), ValueError, "'central_differences'"),
        (lambda: F.numpy_activation(leaky), TypeError, r"called with \(x\).*takes \(x, a\)"),
        (lambda: F.numpy_activation(np.sin, parameters={"a": "b"}), TypeError, "one number"),
        (lambda: F.numpy_activation(np.sin, parameters=["x"]), TypeError, "other than x"),
        (lambda: F.numpy_activation(np.sin, (np.cos,) * 2), ValueError, "sequence of 2 functions"),
        (
            lambda: F.numpy_activation(lambda x, b, a: x, parameters=["a", "b"]),
            TypeError,
            "in this order",
        ),
        (lambda: F.numpy_activation(leaky, parameters=["a"])(X), TypeError, "takes x, a; received"),
        (
            lambda: F.numpy_activation(leaky, parameters=["a"])(X, jnp.ones(3)),
            ValueError,
            r"do not broadcast together: x \[4\], a \[3\]",
        ),
        (lambda: F.numpy_activation(np.sin)(jnp.arange(3)), TypeError, "floating-point input"),
    ],
)
def test_nonsense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_second_call_compiles_nothing(f):
    traces = []

    @jax.jit
    def step(x):
        traces.append(1)
        return jax.grad(total(f))(x)

    step(X)
    step(X + 1)
    assert len(traces) == 1


def test_copies_and_pickles_are_the_same_activation():
    f = F.numpy_activation(sawtooth, sawtooth_slope, name="saw")
    for twin in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert repr(twin) == repr(f)
        np.testing.assert_array_equal(twin(X), f(X))


RIGHT = [
    (sawtooth, sawtooth_slope, None),
    (sawtooth_of_number, slope_of_number, None),
    (np.log, lambda x: 1 / x, None),
    (leaky, leaky_slopes, {"a": 0.25}),
    (lambda x: np.tanh(np.float32(x)), lambda x: 1 - np.tanh(x) ** 2, None),
]


@pytest.mark.parametrize(("fn", "grad_fn", "parameters"), RIGHT)
def test_a_right_derivative_passes(fn, grad_fn, parameters):
    F.check_numpy_activation(fn, grad_fn, parameters=parameters, rtol=1e-2)


@pytest.mark.parametrize(
    ("fn", "grad_fn", "parameters", "message"),
    [
        (np.tanh, np.tanh, None, "in x is wrong at 2041 of 2041 points"),
        (sawtooth, lambda x: np.where(x % 1 <= 0.5, 1, 0.01), None, "as 0.01, and is 0.000000"),
        (leaky, lambda x, a: (leaky_slopes(x, a)[0], -x), {"a": 0.25}, "the derivative in a"),
        (np.sin, lambda x: np.nan * x, None, "given as nan"),
        (np.sin, None, None, "grad_fn is None"),
        (lambda x: np.nan * x, np.sin, None, "none could be compared"),
    ],
)
def test_a_wrong_derivative_is_found(fn, grad_fn, parameters, message):
    with pytest.raises(ValueError, match=message):
        F.check_numpy_activation(fn, grad_fn, parameters=parameters)


def test_the_check_says_where():
    with pytest.raises(ValueError, match=r"1 of 3 points\. At x = 5\.5 it was given as 0"):
        F.check_numpy_activation(np.sin, lambda x: np.cos(x) * (x < 5), points=[1, 2, 5.5])
