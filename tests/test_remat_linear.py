"""What is computed again in the backward pass, and only there."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._remat import depends_on, remat, remat_linear

pytestmark = pytest.mark.quick

X = jnp.linspace(-2.0, 2.0, 12).reshape(4, 3)
A = jnp.array([0.1, -0.2, 0.0])


def _bend_plain(x, a):
    return jnp.sin(x) * a + x


@elementwise(saves="x")
def bend(x, a):
    return _bend_plain(x, a)


@elementwise(saves="x")
def bend_by_hand(x, a):
    return _bend_plain(x, a)


@bend_by_hand.partials
def _(x, a):
    return jnp.cos(x) * a + 1, jnp.sin(x)


def _same(one, other):
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-5, atol=2e-5), one, other)


@pytest.mark.parametrize("function", [bend, bend_by_hand])
def test_every_transformation_passes_a_remat_linear(function):
    def total(function, x, a):
        return (function(x, a) ** 3).sum()

    ours, plain = partial(total, function), partial(total, _bend_plain)
    for transform in (
        lambda f: jax.grad(f, (0, 1)),
        lambda f: jax.jit(jax.hessian(f, (0, 1))),
        lambda f: jax.jacfwd(jax.grad(f, 1)),
        lambda f: jax.jacrev(jax.jacrev(f, 0), 1),
        lambda f: jax.vmap(jax.grad(f, (0, 1)), (1, 0)),
        lambda f: jax.vmap(jax.grad(f, (0, 1)), (None, 0)),
        lambda f: lambda x, a: jax.jvp(f, (x, a), (x, a))[1],
        lambda f: lambda x, a: jax.jvp(partial(f, x), (a,), (a,))[1],
        lambda f: jax.grad(jax.checkpoint(f)),
    ):
        _same(transform(ours)(X, A), transform(plain)(X, A))


def test_a_remat_linear_can_be_transposed_in_some_of_its_dots():
    _, linear = jax.linearize(bend, X, A)
    _, expected = jax.linearize(_bend_plain, X, A)
    (found,) = jax.linear_transpose(lambda a: linear(X, a), A)(X)
    _same(found, jax.linear_transpose(lambda a: expected(X, a), A)(X)[0])


def test_functions_of_a_remat_linear_are_compiled_once():
    traces = []

    def times(dot, x):
        traces.append(1)
        return dot * x

    for _ in range(3):
        remat_linear(times, [X], [X])
    assert len(traces) == 1


@pytest.mark.parametrize("shape", [(4, 3), (4,), (2, 5), (), (0, 3)])
@pytest.mark.parametrize("sign", [-jnp.inf, 0.5, jnp.nan])
def test_after_is_the_identity_whatever_the_gradient(shape, sign):
    for dtype in (jnp.float32, jnp.bfloat16, jnp.int32, jnp.uint32):
        np.testing.assert_array_equal(
            depends_on(X.astype(dtype), jnp.full(shape, sign)), X.astype(dtype)
        )
    key = jax.random.key(0)
    assert depends_on(key, jnp.full(shape, sign)) == key


def test_remat_functions_take_masks_keys_and_numbers():
    def function(weights, inputs, constants):
        x, mask = inputs
        scale, key = constants
        noise = jax.random.uniform(key, x.shape)
        return jnp.where(mask, jnp.sin(x) * noise, 0) @ weights * scale, (mask, x.sum())

    arguments = jnp.ones((3, 2)), (X, X > 0), (2.0, jax.random.key(1))

    def gradient(function):
        def loss(weights, x):
            y, aux = function(weights, (x, arguments[1][1]), arguments[2])
            return y.sum(), aux

        return jax.grad(loss, (0, 1), has_aux=True)(arguments[0], X)

    _same(gradient(remat(function)), gradient(function))


def test_remat_functions_have_no_forward_mode():
    f = remat(lambda weights, x, _: (jnp.sin(x) * weights, ()))
    with pytest.raises(TypeError, match="gradients in reverse mode only"):
        jax.jvp(lambda x: f(1.0, x, ())[0], (X,), (X,))
