"""What our activations are measured against: textbook formulas, jax.nn, Flax and PyTorch.

Used by memory.py and speed.py.
"""

import contextlib
import functools
import os
import platform
from collections.abc import Callable
from importlib import metadata
from typing import Any

import jax
import jax.numpy as jnp
from jax.lax import erf

from trax_activations import registry

Function = Callable[..., Any]

KEY = jax.random.key(0)
_softplus = jax.nn.softplus
_sigmoid = jax.nn.sigmoid


def _halves(x: jax.Array) -> list[jax.Array]:
    return jnp.split(x, 2, -1)


def _gate(function: Function) -> Function:
    def gated(x: jax.Array) -> jax.Array:
        gate, value = _halves(x)
        return function(gate) * value

    return gated


def _gelu(x: jax.Array) -> jax.Array:
    return 0.5 * x * (1 + erf(x / jnp.sqrt(2.0)))


def _clamped_swiglu(x: jax.Array) -> jax.Array:
    gate, value = jnp.minimum(x[..., ::2], 7.0), jnp.clip(x[..., 1::2], -7.0, 7.0)
    return gate * _sigmoid(1.702 * gate) * (value + 1)


# As one writes them down from the paper, for plain autodiff.
TEXTBOOK: dict[str, Function] = {
    "affine_thresholded_linear_unit": lambda x, t, a: jnp.maximum(x, a * x + t),
    "bent_identity": lambda x: (jnp.sqrt(x * x + 1) - 1) / 2 + x,
    "bilinear": _gate(lambda x: x),
    "celu": lambda x: jnp.maximum(x, 0) + jnp.minimum(jnp.expm1(x), 0),
    "clamped_swiglu": _clamped_swiglu,
    "crelu": lambda x: jnp.concatenate([jax.nn.relu(x), jax.nn.relu(-x)], -1),
    "e_swish": lambda x: 1.375 * x * _sigmoid(x),
    "elu": lambda x: jnp.where(x > 0, x, jnp.expm1(jnp.minimum(x, 0))),
    "exp": jnp.exp,
    "fast_gelu": lambda x: 0.5 * x * (1 + jnp.tanh(0.7978845608 * (x + 0.044715 * x**3))),
    "gaussian": lambda x: jnp.exp(-(x**2) / 2),
    "geglu": _gate(_gelu),
    "gelu": _gelu,
    "glu": lambda x: _halves(x)[0] * _sigmoid(_halves(x)[1]),
    "golu": lambda x: x * jnp.exp(-jnp.exp(-x)),
    "hard_mish": lambda x: x / 2 * jnp.clip(x + 2, 0, 2),
    "hard_shrink": lambda x: jnp.where(jnp.abs(x) > 0.5, x, 0),
    "hard_sigmoid": lambda x: jnp.clip(x + 3, 0, 6) / 6,
    "hard_swish": lambda x: x * jnp.clip(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x: jnp.clip(x, -1, 1),
    "identity": lambda x: x,
    "isrlu": lambda x: jnp.where(x >= 0, x, x / jnp.sqrt(1 + x * x)),
    "isru": lambda x: x / jnp.sqrt(1 + x * x),
    "laplace": lambda x: 0.5 * (1 + erf((x - 0.707107) / (0.282095 * jnp.sqrt(2.0)))),
    "leaky_relu": lambda x: jnp.where(x > 0, x, 0.01 * x),
    "lisht": lambda x: x * jnp.tanh(x),
    "log": jnp.log,
    "log_sigmoid": lambda x: -_softplus(-x),
    "log_softmax": lambda x: x - jax.scipy.special.logsumexp(x, -1, keepdims=True),
    "logish": lambda x: x * jnp.log(1 + _sigmoid(x)),
    "maxout": lambda x: x.reshape(*x.shape[:-1], -1, 2).max(-1),
    "mish": lambda x: x * jnp.tanh(_softplus(x)),
    "parametric_relu": lambda x, a: jnp.where(x > 0, x, a * x),
    "phish": lambda x: x * jnp.tanh(_gelu(x)),
    "quick_gelu": lambda x: x * _sigmoid(1.702 * x),
    "randomized_relu": lambda x, key: jnp.where(
        x > 0, x, jax.random.uniform(key, x.shape, x.dtype, 1 / 8, 1 / 3) * x
    ),
    "reglu": _gate(jax.nn.relu),
    "relu": lambda x: jnp.maximum(x, 0),
    "relu6": lambda x: jnp.clip(x, 0, 6),
    "selu": lambda x: (
        1.0507009873554805 * jnp.where(x > 0, x, 1.6732632423543772 * jnp.expm1(jnp.minimum(x, 0)))
    ),
    "serf": lambda x: x * erf(_softplus(x)),
    "shifted_softplus": lambda x: _softplus(x) - jnp.log(2.0),
    "sigmoid": lambda x: 1 / (1 + jnp.exp(-x)),
    "silu": lambda x: x / (1 + jnp.exp(-x)),
    "sine": lambda x: jnp.sin(30 * x),
    "smish": lambda x: x * jnp.tanh(jnp.log(1 + _sigmoid(x))),
    "soft_shrink": lambda x: jnp.sign(x) * jnp.maximum(jnp.abs(x) - 0.5, 0),
    "soft_sign": lambda x: x / (1 + jnp.abs(x)),
    "softmax": lambda x: (
        jnp.exp(x - x.max(-1, keepdims=True))
        / jnp.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)
    ),
    "softmin": lambda x: jax.nn.softmax(-x),
    "softplus": lambda x: jnp.logaddexp(x, 0),
    "solu": lambda x: x * jax.nn.softmax(x),
    "sparse_plus": lambda x: jnp.where(x <= -1, 0, jnp.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: jnp.clip(x + 1, 0, 2) / 2,
    "squared_relu": lambda x: jax.nn.relu(x) ** 2,
    "squareplus": lambda x: (x + jnp.sqrt(x * x + 4)) / 2,
    "swiglu": _gate(jax.nn.silu),
    "tanh": jnp.tanh,
    "tanh_exp": lambda x: x * jnp.tanh(jnp.exp(x)),
    "tanh_shrink": lambda x: x - jnp.tanh(x),
    "threshold": lambda x: jnp.where(x > 0, x, 0),
    "thresholded_linear_unit": jnp.maximum,
}


def conditions() -> dict[str, Any]:
    """What figures depend on: the machine, and the versions of what was measured."""
    versions = {}
    for name in ("jax", "jaxlib", "trax", "flax", "torch"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return {
        "device": jax.devices()[0].device_kind,
        "devices": jax.device_count(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": versions,
    }


def parameters(spec: registry.ActivationSpec) -> list[jax.Array]:
    """The learned parameters at their initial values, one per activation."""
    return [jnp.asarray(parameter.initial, jnp.float32) for parameter in spec.parameters]


def jax_functions(spec: registry.ActivationSpec) -> dict[str, Function]:
    """Ours and its peers in JAX: functions of ``x``, of a key if random, and of the parameters."""
    found: dict[str, Function] = {"ours": spec.function, "plain": spec.function.__wrapped__}
    if spec.name in TEXTBOOK:
        found["textbook"] = TEXTBOOK[spec.name]
    if spec.name == "gelu":
        found["jax.nn"] = functools.partial(jax.nn.gelu, approximate=False)
    elif hasattr(jax.nn, spec.name):
        found["jax.nn"] = getattr(jax.nn, spec.name)
    found.update(_flax_functions(spec))
    return found


def _flax_functions(spec: registry.ActivationSpec) -> dict[str, Function]:
    """Flax's function, unless it is that of jax.nn under another name."""
    try:
        from flax import linen
    except ImportError:
        return {}
    if spec.name == "parametric_relu":
        layer = linen.PReLU()
        return {"flax": lambda x, a: layer.apply({"params": {"negative_slope": a}}, x)}
    function = getattr(linen, spec.name, None)
    if function is None or function is getattr(jax.nn, spec.name, None):
        return {}
    return {"flax": function}


_TORCH_NAMES = {
    "fast_gelu": ("gelu", {"approximate": "tanh"}),
    "parametric_relu": ("prelu", {}),
    "randomized_relu": ("rrelu", {"training": True}),
    "threshold": ("threshold", {"threshold": 0.0, "value": 0.0}),
}


def torch_function(spec: registry.ActivationSpec) -> Function | None:
    """PyTorch's function of the same name, if PyTorch is there and has it."""
    try:
        import torch
    except ImportError:
        return None
    if spec.name == "bilinear":  # That of PyTorch is a layer of two inputs.
        return None
    name, arguments = _TORCH_NAMES.get(spec.name, (spec.name.replace("_", ""), {}))
    if spec.along_axis:
        arguments = {"dim": -1}
    for place in (torch.nn.functional, torch):
        for candidate in (name, spec.name):
            function = getattr(place, candidate, None)
            if callable(function):
                return functools.partial(function, **arguments)
    return None
