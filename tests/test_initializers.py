"""Initial kernels are drawn as the papers say, and do what they are for."""

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import trax_activations as ta
from trax_activations._trax import layers as tl

KEY = jax.random.PRNGKey(0)


@pytest.mark.parametrize(
    ("first", "w0", "shape", "bound"),
    [
        (False, 30.0, (64, 128), np.sqrt(6 / 64) / 30),
        (False, -5.0, (64, 128), np.sqrt(6 / 64) / 5),
        (True, 30.0, (2, 512), 1 / 2),
        (False, 30.0, (3, 3, 8, 64), np.sqrt(6 / 72) / 30),
    ],
)
def test_siren_kernels_are_uniform_up_to_the_bound(first, w0, shape, bound):
    kernel = np.asarray(ta.SirenInitializer(w0, first)(shape, KEY))
    assert (kernel.shape, kernel.dtype) == (shape, np.float32)
    assert stats.kstest(kernel.ravel() / bound, stats.uniform(-1, 2).cdf).pvalue > 0.01


def phases(w0, depth, **initializers):
    """Standard deviations of what goes into each sine of a model, times its frequency."""
    width, found = 256, []
    x = jax.random.uniform(KEY, (512, 2), minval=-1.0)
    for i in range(depth):
        dense = tl.Dense(width, **(initializers or {"kernel_initializer": siren(w0, i == 0)}))
        dense.init(jax.ShapeDtypeStruct(x.shape, x.dtype), rng=jax.random.fold_in(KEY, i))
        before = dense(x)
        found.append(float(jnp.std(w0 * before)))
        x = ta.Sine(w0)(before)
    return found


def siren(w0, first):
    return ta.SirenInitializer(w0, first=first)


@pytest.mark.parametrize("w0", [30.0, 5.0])
def test_phases_of_a_deep_siren_keep_their_variance(w0):
    """The variance v of a normal phase becomes 1 - exp(-2 v), whose fixed point is 0.797."""
    first, *inner = phases(w0, 8)
    assert first == pytest.approx(w0 / np.sqrt(18), rel=0.1)
    assert inner == pytest.approx([np.sqrt(0.797)] * 7, abs=0.13)


def test_with_other_kernels_they_do_not():
    assert phases(30.0, 3, use_bias=True)[-1] > 20


def test_gin_takes_it_where_trax_takes_an_initializer():
    gin.parse_config(
        "trax_activations.DenseRelu.kernel_initializer = @trax_activations.SirenInitializer()\n"
        "trax_activations.SirenInitializer.w0 = 3.0"
    )
    weights, _ = ta.DenseRelu(40).init(jax.ShapeDtypeStruct((1, 6), jnp.float32))
    assert 0.3 < np.abs(weights[0]).max() <= 1 / 3


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ta.SirenInitializer("30"), TypeError, "takes a finite number as w0"),
        (lambda: ta.SirenInitializer(0.0), ValueError, "takes a number other than 0 as w0"),
        (lambda: ta.SirenInitializer(first=1), ValueError, "takes True or False as first"),
        (lambda: ta.SirenInitializer()((4,), KEY), ValueError, r"asked for shape \(4,\)"),
        (lambda: ta.SirenInitializer()((0, 4), KEY), ValueError, "whose axes but the last"),
    ],
)
def test_nonsense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
