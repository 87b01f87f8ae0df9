"""How many digits are right: inputs of every size, float64 derivatives, distances in ulp."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from references import REFERENCES
from scipy import special

NARROW = ("float16", "bfloat16")
# As much is an exponential, which is 0 from 1.2e-38 on, times an input and its square.
SMALLEST = 4e-35


@functools.cache
def double_precision():
    """The context manager under which JAX has float64, by whatever name this JAX knows it."""
    return jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64


# Where functions are put together without a kink: no difference is taken across.
JOINTS = {
    **dict.fromkeys(("celu", "isrlu", "pelu", "soft_sign"), (0.0,)),
    "hard_mish": (0.0,),
    "sparse_plus": (-1.0, 1.0),
    "squared_relu": (0.0,),
    "star_relu": (0.0,),
    "xielu": (0.0,),
    "b_spline": np.linspace(-2.2, 2.2, 12),
    "threshold": (0.0,),
}

# Derivatives where differences of a value that is nearly constant have none of their digits.
SLOPES = {
    "exp": np.exp,
    "celu": lambda x, alpha: np.exp(np.minimum(x, 0) / alpha),
    "dyt": lambda x, alpha, gamma, beta: gamma * alpha / np.square(np.cosh(alpha * x)),
    "elu": lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
    "evo_norm_b0": lambda x, v, gamma, batch_variance, instance_variance, epsilon, **_: np.where(
        v * x + np.sqrt(instance_variance + epsilon) > np.sqrt(batch_variance + epsilon),
        gamma
        * np.sqrt(instance_variance + epsilon)
        / np.square(v * x + np.sqrt(instance_variance + epsilon)),
        gamma / np.sqrt(batch_variance + epsilon),
    ),
    "derf": lambda x, alpha, shift, gamma, beta: (
        gamma * alpha * 2 / np.sqrt(np.pi) * np.exp(-np.square(alpha * x + shift))
    ),
    "gaussian": lambda x, sigma: -x / sigma**2 * np.exp(-np.square(x / sigma) / 2),
    "isrlu": lambda x, alpha: (1 + alpha * np.square(np.minimum(x, 0))) ** -1.5,
    "isru": lambda x, alpha: (1 + alpha * np.square(x)) ** -1.5,
    "laplace": lambda x, mu, sigma: (
        np.exp(-np.square((x - mu) / sigma) / 2) / (sigma * np.sqrt(2 * np.pi))
    ),
    "log": lambda x: 1 / x,
    "mpelu": lambda x, alpha, beta: np.where(x > 0, 1, alpha * beta * np.exp(beta * x)),
    "pelu": lambda x, alpha, beta: alpha / beta * np.exp(np.minimum(x, 0) / beta),
    "selu": lambda x, alpha, lmbda: lmbda * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
    "shifted_softplus": special.expit,
    "sigmoid": lambda x: special.expit(x) * special.expit(-x),
    "sine": lambda x, w0: w0 * np.cos(w0 * x),
    "snake": lambda x, alpha: 1 + np.sin(2 * alpha * x),
    "snake_beta": lambda x, alpha, beta: 1 + alpha / (beta + 1e-9) * np.sin(2 * alpha * x),
    "soft_sign": lambda x: np.square(1 / (1 + np.abs(x))),
    "tanh": lambda x: 4 * special.expit(2 * x) * special.expit(-2 * x),
    "tanh_shrink": lambda x: np.square(np.tanh(x)),
    "xatlu": lambda x, alpha: _xatlu_slope(x, alpha),
}


def _xatlu_slope(x, alpha):
    r = 1 / np.maximum(np.abs(x), 1e-300)
    series = sum((-1) ** (k + 1) * 2 * k / (2 * k + 1) * r ** (2 * k + 1) for k in range(1, 12))
    rest = np.where(r < 0.05, series, np.arctan2(1, np.abs(x)) - np.abs(x) / (1 + x * x)) / np.pi
    return np.where(x > 0, 1 + alpha - (1 + 2 * alpha) * rest, (1 + 2 * alpha) * rest - alpha)


def every_finite(dtype):
    """All finite numbers in 16 bit; else a few of each exponent."""
    if dtype == "float64":
        rng = np.random.default_rng(0)
        sizes = np.exp2(rng.uniform(-20, 60, 100))
        near = rng.uniform(-20, 20, 400)
        return np.concatenate([sizes, -sizes, near, near[:200] * 0.15])
    if dtype in NARROW:
        x = np.arange(2**16, dtype=np.uint16).view(jnp.dtype(dtype))
        wide = np.abs(x.astype(np.float32))
        # Subnormal inputs of bfloat16 are 0 for the processor.
        return x[np.isfinite(wide) & ((wide == 0) | (wide >= 2.0**-126) | (dtype == "float16"))]
    rng = np.random.default_rng(0)
    sizes = np.exp2(rng.uniform(-40, 127, 4096))
    near = rng.uniform(-20, 20, 12288)
    return np.concatenate([sizes, -sizes, near, [0.0]]).astype(np.float32)


def values_of(spec):
    """The values of parameters and hyperparameters, by name."""
    return {p.name: p.initial for p in spec.parameters} | spec.hyperparameters


def exact(spec, x):
    """Value and derivative in the dtype of the inputs; the declared derivative at kinks."""
    values = values_of(spec)
    of, kinks = REFERENCES[spec.name], spec.kinks_at(**values)
    joints = [*kinks, *JOINTS.get(spec.name, ())]
    difference = _difference if x.dtype == np.float64 else _short_difference
    with np.errstate(all="ignore"):
        y = np.asarray(of(x, **values), x.dtype)
        if spec.name in SLOPES:
            slope = np.asarray(SLOPES[spec.name](x, **values), x.dtype) + 0 * x
        else:
            slope = difference(lambda x: np.asarray(of(x, **values), x.dtype), x, y, joints)
    slope = np.where((x == 0) & (np.abs(slope) < 1e-15), 0, slope)
    for kink, declared in kinks.items():
        slope = np.where(x == kink, declared, slope)
    return y, slope


def _difference(of, x, y, joints):
    """Central differences, with a relative step; an absolute one where a value is constant."""
    far = np.full_like(x, np.inf)
    side = np.ones_like(x)
    for joint in joints:
        near = np.abs(x - joint) / 4 < far
        far = np.where(near, np.abs(x - joint) / 4, far)
        side = np.where(near, np.where(x < joint, -1, 1), side)
    relative = _central(of, x, np.minimum(np.abs(x) * 2e-4, far))
    absolute = np.where(
        far < 1e-4, _one_sided(of, x, side * 1e-4), _central(of, x, np.full_like(x, 1e-4))
    )
    noise = 1e-12 * np.abs(y / (x * relative))
    good = (noise < 1e-9) | ((np.abs(x) > 1) & ~np.isnan(relative))
    return np.where(good, relative, absolute)


def _short_difference(of, x, y, joints):
    """As far as long doubles go: to the last place of float64. Near a joint it is NaN."""
    size = np.abs(x)
    step = np.where(size > 30, size * 1e-4, np.clip(size * 1e-3, 3e-4, 2e-3))
    near = np.any([np.abs(x - joint) < 0.01 for joint in joints], axis=0) if joints else False
    return np.where(near, np.nan, _central(of, x, step))


def _one_sided(of, x, h):
    """Of the fourth order."""
    weights = (-25, 48, -36, 16, -3)
    return sum(w * of(x + k * h) for k, w in enumerate(weights)) / (12 * h)


def _central(of, x, h):
    """Of the sixth order."""
    differences = [of(x + k * h) - of(x - k * h) for k in (1, 2, 3)]
    return (45 * differences[0] - 9 * differences[1] + differences[2]) / (60 * h)


def ulps(found, wanted, dtype):
    """How many numbers of the dtype lie between what was found and the rounded exact number.

    What the processor takes for 0 counts as 0: subnormal numbers of float32 and bfloat16, and
    what is made of them: of an exponential and an input, say.
    """
    dtype = jnp.dtype(dtype)
    with np.errstate(all="ignore"):
        rounded = np.asarray(wanted).astype(dtype)
    distance = np.abs(_places(np.asarray(found, dtype)) - _places(rounded))
    nothing = (np.abs(wanted) < SMALLEST) & (np.abs(np.asarray(found, np.float64)) < SMALLEST)
    return distance if dtype == np.float16 else np.where(nothing, 0, distance)


def _places(x):
    """The place of each number among all of its dtype; both zeros have the same."""
    bits = {2: np.int16, 4: np.int32, 8: np.int64}[x.dtype.itemsize]
    tiny = 0 if x.dtype == np.float16 else float(jnp.finfo(x.dtype).tiny)
    wide = x.astype(np.float64)
    x = np.where(np.abs(wide) < tiny, np.zeros_like(x), x)
    # As long doubles, since float64 has no room for all places of its own numbers.
    whole = x.view(bits).astype(np.longdouble)
    places = np.where(whole < 0, -(whole + 2.0 ** (8 * x.dtype.itemsize - 1)), whole)
    return np.where(np.isnan(wide), np.nan, places)


def measured(function, x, *arguments):
    """Value and derivative in the dtype of x, from one program."""

    def both(x, *arguments):
        return jax.jvp(lambda x: function(x, *arguments), (x,), (jnp.ones_like(x),))

    with double_precision()(x.dtype == np.float64):
        return jax.device_get(jax.jit(both)(jnp.asarray(x), *arguments))


# The most distance, in ulp, of a value and of a derivative. From float32 on where the problem is
# well conditioned: there an error of an ulp in the input makes four in the result at most.
BUDGET = {"float16": (1, 1), "bfloat16": (1, 1), "float32": (4, 8), "float64": (8, 16)}
CONDITION = 4.0

HALF = "The derivative is made of the output, for half the memory"
FROM_OUTPUT = f"{HALF}; in 16 bit it is not."
SUM = "A sum of terms of both signs, each of which is rounded."
PHASE = "The phase is rounded before the sine is taken."
COMPOUND = "Near its least value, where two terms cancel."

# What misses the budget, by name and dtype: by how much, and why.
MISSES = {
    ("apl", "bfloat16"): (1, np.inf, "Slopes that cancel: their sum is 0, or rounding."),
    ("apl", "float32"): (6, np.inf, "Slopes that cancel: their sum is 0, or rounding."),
    ("b_spline", "float32"): (25, 41, SUM),
    ("celu", "float32"): (4, 16, FROM_OUTPUT),
    ("elu", "float32"): (4, 16, FROM_OUTPUT),
    ("erf_act", "float32"): (7, 13, COMPOUND),
    ("apl", "float64"): (2, np.inf, "Slopes that cancel: their sum is 0, or rounding."),
    ("b_spline", "float64"): (40, np.inf, SUM),
    ("isrlu", "float64"): (4, np.inf, FROM_OUTPUT),
    ("isru", "float64"): (4, np.inf, FROM_OUTPUT),
    ("laplace", "float64"): (16, 16, "The standardized input is rounded before it is squared."),
    ("logish", "float64"): (8, 24, "The complement of a gate near 1 is rounded."),
    ("quick_gelu", "float64"): (4, 24, "The complement of a gate near 1 is rounded."),
    ("rational", "float64"): (64, 256, SUM),
    ("selu", "float64"): (4, 24, FROM_OUTPUT),
    ("shifted_softplus", "float64"): (4, 64, FROM_OUTPUT),
    ("sigmoid", "float64"): (4, 48, FROM_OUTPUT),
    ("soft_sign", "float64"): (4, np.inf, FROM_OUTPUT),
    ("tanh", "float64"): (8, 32, FROM_OUTPUT),
    ("xatlu", "float64"): (4, 24, "Where two forms meet, the series has few terms."),
    ("isrlu", "float32"): (4, np.inf, FROM_OUTPUT),
    ("isru", "float32"): (4, np.inf, FROM_OUTPUT),
    ("laplace", "float32"): (18, 20, "The standardized input is rounded before it is squared."),
    ("logish", "float32"): (4, 11, COMPOUND),
    ("mish", "float32"): (4, 11, COMPOUND),
    ("phish", "float32"): (7, 12, COMPOUND),
    ("pserf", "float32"): (8, 16, COMPOUND),
    ("rational", "float32"): (67, 600, SUM),
    ("selu", "float32"): (4, 30, FROM_OUTPUT),
    ("serf", "float32"): (5, 10, COMPOUND),
    ("shifted_softplus", "float32"): (4, 67, FROM_OUTPUT),
    ("sigmoid", "float32"): (4, 44, FROM_OUTPUT),
    ("sine", "bfloat16"): (np.inf, np.inf, PHASE),
    ("sine", "float32"): (4, np.inf, PHASE),
    ("snake", "float16"): (1, 2, "Double roots of the derivative."),
    ("snake_beta", "float16"): (1, 2, "Double roots of the derivative."),
    ("snake", "bfloat16"): (1, np.inf, "Double roots of the derivative."),
    ("snake_beta", "bfloat16"): (1, np.inf, "Double roots of the derivative."),
    ("soft_sign", "float32"): (4, np.inf, FROM_OUTPUT),
    ("squared_relu", "float32"): (4, np.inf, FROM_OUTPUT + " Beyond 1.8e19 that is infinite."),
    ("squareplus", "float16"): (1, 2, f"{HALF}."),
    ("squareplus", "bfloat16"): (1, 2, f"{HALF}."),
    ("tanh", "float32"): (4, 52, FROM_OUTPUT),
    ("tanh_exp", "float32"): (4, 11, COMPOUND),
    ("xgelu", "float32"): (4, 9, SUM),
    ("xielu", "float32"): (11, 8, SUM),
}


def distances(spec, x, dtype, found):
    """Of values and derivatives, in ulp; 0 where the problem is badly conditioned."""
    wide = np.asarray(x, np.longdouble if dtype == "float64" else np.float64)
    wanted = exact(spec, wide)
    distance = [ulps(each, right, dtype) for each, right in zip(found, wanted, strict=True)]
    if dtype in NARROW:
        return distance
    step = 1e-6 * np.abs(wide)
    with np.errstate(all="ignore"):
        slopes = (
            wanted[1],
            (exact(spec, wide + step)[1] - exact(spec, wide - step)[1]) / (2 * step),
        )
        conditions = [
            np.abs(wide * slope / value) for slope, value in zip(slopes, wanted, strict=True)
        ]
    return [
        np.where(condition <= CONDITION, each, 0)
        for each, condition in zip(distance, conditions, strict=True)
    ]


def second_derivative(spec, x):
    """That of float64, by differences of the first."""
    with np.errstate(all="ignore"):
        joints = [*spec.kinks_at(**values_of(spec)), *JOINTS.get(spec.name, ())]
        far = np.min([np.abs(x - joint) for joint in joints], axis=0) / 4 if joints else np.inf
        step = np.minimum(1e-4 * np.maximum(np.abs(x), 1), far)
        return _central(lambda x: exact(spec, x)[1], x, step)
