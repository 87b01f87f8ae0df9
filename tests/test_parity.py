"""Our functions are those of jax.nn, torch, keras and trax, but for what the table of them says."""

import functools
import importlib
import importlib.metadata

import jax
import jax.numpy as jnp
import numpy as np
import parity
import pytest

from trax_activations import functional as F
from trax_activations import registry

LINE = np.concatenate(
    [
        [-np.inf, -parity.MAX, -1e30, -1e10, -1000, -100, -30],
        np.linspace(-20, 20, 81),
        [30, 100, 1000, 1e10, 1e30, parity.MAX, np.inf, np.nan],
    ]
).astype(np.float32)
TABLE = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32) * 3

# Where the peers keep their functions; of trax they are layers.
MODULES = {
    "jax.nn": ("jax.nn", "jax.numpy"),
    "torch": ("torch.nn.functional", "torch"),
    "keras": ("keras.activations",),
    "trax": ("trax.layers",),
}

SAME_NAME = {
    "jax.nn": """celu elu exp hard_sigmoid hard_swish hard_tanh identity leaky_relu log log_sigmoid
        mish relu relu6 selu sigmoid silu soft_sign softplus sparse_plus sparse_sigmoid squareplus
        tanh glu softmax log_softmax""",
    "torch": "celu elu exp gelu leaky_relu log mish relu relu6 selu sigmoid silu softplus tanh glu",
    "keras": """celu elu gelu hard_shrink hard_sigmoid hard_swish hard_tanh log_sigmoid mish relu
        relu6 selu sigmoid silu soft_shrink softplus sparse_plus sparse_sigmoid squareplus tanh
        tanh_shrink glu softmax log_softmax""",
    "trax": "",
}

BOUNDS = {"min_val": -2.0, "max_val": 3.0}
THRESHOLD = {"threshold": 1.0, "value": -2.0}

# Ours, theirs, the arguments of theirs and of ours.
OTHER_NAMES = {
    "jax.nn": [
        ("gelu", "gelu", {"approximate": False}, {}),
        ("fast_gelu", "gelu", {"approximate": True}, {}),
        ("celu", "celu", {"alpha": 2.0}, {"alpha": 2.0}),
        ("elu", "elu", {"alpha": 2.0}, {"alpha": 2.0}),
        ("squareplus", "squareplus", {"b": 1.0}, {"b": 1.0}),
        ("softmax", "softmax", {"axis": 0}, {"axis": 0}),
    ],
    "torch": [
        ("fast_gelu", "gelu", {"approximate": "tanh"}, {}),
        ("hard_shrink", "hardshrink", {}, {}),
        ("hard_shrink", "hardshrink", {"lambd": 0.75}, {"lambd": 0.75}),
        ("hard_sigmoid", "hardsigmoid", {}, {}),
        ("hard_swish", "hardswish", {}, {}),
        ("hard_tanh", "hardtanh", {}, {}),
        ("hard_tanh", "hardtanh", BOUNDS, BOUNDS),
        ("leaky_relu", "leaky_relu", {"negative_slope": -0.5}, {"negative_slope": -0.5}),
        ("log_sigmoid", "logsigmoid", {}, {}),
        ("randomized_relu", "rrelu", {"training": False}, {}),
        ("soft_shrink", "softshrink", {}, {}),
        ("soft_sign", "softsign", {}, {}),
        ("softplus", "softplus", {"beta": 2.0}, {"beta": 2.0}),
        ("tanh_shrink", "tanhshrink", {}, {}),
        ("threshold", "threshold", THRESHOLD, THRESHOLD),
        ("softmax", "softmax", {"dim": -1}, {}),
        ("softmin", "softmin", {"dim": -1}, {}),
        ("log_softmax", "log_softmax", {"dim": -1}, {}),
        ("glu", "glu", {"dim": 0}, {"axis": 0}),
    ],
    "keras": [
        ("exp", "exponential", {}, {}),
        ("fast_gelu", "gelu", {"approximate": True}, {}),
        ("identity", "linear", {}, {}),
        ("leaky_relu", "leaky_relu", {"negative_slope": 0.01}, {}),
        ("leaky_relu", "relu", {"negative_slope": 0.25}, {"negative_slope": 0.25}),
        ("soft_sign", "softsign", {}, {}),
        ("threshold", "threshold", {"threshold": 0.0, "default_value": 0.0}, {}),
    ],
    "trax": [
        ("elu", "Elu", {}, {}),
        ("exp", "Exp", {}, {}),
        ("log", "Log", {}, {}),
        ("selu", "Selu", {}, {}),
        ("fast_gelu", "FastGelu", {}, {}),
        ("gelu", "Gelu", {}, {}),
        ("hard_tanh", "HardTanh", {}, {}),
        ("leaky_relu", "LeakyRelu", {"a": 0.25}, {"negative_slope": 0.25}),
        ("log_softmax", "LogSoftmax", {}, {}),
        ("relu", "Relu", {}, {}),
        ("sigmoid", "Sigmoid", {}, {}),
        ("silu", "Swish", {}, {}),
        ("softmax", "Softmax", {}, {}),
        ("softplus", "Softplus", {}, {}),
        ("tanh", "Tanh", {}, {}),
    ],
}

PAIRS = [
    pytest.param(peer, *pair, id="-".join(map(str, (peer, pair[1], *pair[2].values()))))
    for peer in MODULES
    for pair in (
        *((name, name, {}, {}) for name in SAME_NAME[peer].split()),
        *OTHER_NAMES[peer],
    )
]


def known(peer):
    """Whether the peer is of the version that the table was made with; skips if it is missing."""
    module = peer.partition(".")[0]
    pytest.importorskip(module, reason=f"{module} is not installed")
    return importlib.metadata.version(module).startswith(parity.MADE_WITH[peer] + ".")


def theirs(peer, name, arguments):
    """A peer's function of a NumPy array: value, and gradient of the weighted sum of the output."""
    modules = map(importlib.import_module, MODULES[peer])
    function = next(getattr(module, name) for module in modules if hasattr(module, name))
    if peer == "trax":
        return of_jax(function(**arguments))
    return OF[peer](functools.partial(function, **arguments))


def weights(y):
    """Of each output: all the same for those that depend on one input each."""
    ones = np.ones(y.shape, np.float32)
    return ones if ones.ndim == 1 else np.cos(np.cumsum(ones).reshape(ones.shape))


def of_jax(function):
    def value_and_gradient(x):
        y, pull = jax.vjp(function, jnp.asarray(x))
        return np.asarray(y), np.asarray(pull(jnp.asarray(weights(y)))[0])

    return value_and_gradient


def of_torch(function):
    import torch

    def value_and_gradient(x):
        x = torch.tensor(x, requires_grad=True)
        y = function(x)
        y.backward(torch.tensor(weights(y)))
        return y.detach().numpy(), x.grad.numpy()

    return value_and_gradient


def of_keras(function):
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        pytest.skip("The table is that of keras on TensorFlow, which comes with Trax.")

    def value_and_gradient(x):
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y.numpy(), tape.gradient(y, x, weights(y)).numpy()

    return value_and_gradient


OF = {"jax.nn": of_jax, "torch": of_torch, "keras": of_keras}


@functools.cache
def ours(name, arguments):
    """Value and gradient of one of our functions, tried once for all peers."""
    x = TABLE if registry.get(name).along_axis else line(name)
    if name == "randomized_relu":  # Outside of training.
        return of_jax(functools.partial(F.leaky_relu, negative_slope=(1 / 8 + 1 / 3) / 2))(x)
    return of_jax(functools.partial(getattr(F, name), **dict(arguments)))(x)


def line(name):
    """Where a function is defined, and NaN."""
    return LINE[(registry.get(name).domain[0] <= LINE) | np.isnan(LINE)]


def different(a, b, tolerance=3e-6):
    return ~np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.parametrize(("peer", "name", "function", "arguments", "own"), PAIRS)
def test_they_differ_only_as_the_table_says(peer, name, function, arguments, own):
    exact = known(peer)
    spec = registry.get(name)
    x = TABLE if spec.along_axis else line(name)
    pairs = zip(ours(name, tuple(own.items())), theirs(peer, function, arguments)(x), strict=True)
    for what, (here, there) in zip(("value", "gradient"), pairs, strict=True):
        if spec.along_axis:
            assert not different(here, there).any(), what
            continue
        # The gradient at NaN says nothing. XLA's tanh without optimisations, of which jax.nn.mish
        # makes its slope, is 7e-6 off near 1.
        says = ~(np.isnan(x) & (what == "gradient"))
        points, apart = x[different(here, there) & says], x[different(here, there, 1e-5) & says]
        listed = parity.listed(name, peer, what)
        if not exact:
            listed |= {parity.in_words(np.float32(kink)) for kink in spec.kinks_at(**own)}
            near = {parity.in_words(at) for at in apart if abs(at) <= 100}
            assert near <= listed, what
            continue
        assert {parity.in_words(at) for at in apart} <= listed, f"{what}: not in the table"
        found = {parity.in_words(at) for at in points}
        assert listed <= found or arguments, f"{what}: in the table, but no longer so"


@pytest.mark.parametrize(
    ("peer", "module"),
    [
        ("jax.nn", "jax.nn"),
        ("torch", "torch.nn.modules.activation"),
        ("keras", "keras.activations"),
    ],
)
def test_every_activation_of_the_peers_is_here(peer, module):
    if not known(peer):
        pytest.skip("Other versions may have others.")
    module = importlib.import_module(module)
    public = getattr(module, "__all__", [n for n in dir(module) if not n.startswith("_")])
    others = set(parity.NO_ACTIVATIONS[peer].split())
    assert others <= set(public)
    for name in set(public) - others:
        assert registry.get(name)


@pytest.mark.parametrize("name", parity.DEFAULTS)
def test_what_has_the_same_name_and_is_something_else(name):
    peer = parity.DEFAULTS[name][0]
    known(peer)
    function = registry.get(name).layer_name if peer == "trax" else name
    spec = registry.get(name)
    here = spec.function(TABLE, *(parameter.initial for parameter in spec.parameters))
    there, _ = theirs(peer, function, {})(TABLE)
    assert abs(np.asarray(here) - there).max() > 1e-4


def test_learned_slopes_and_their_gradient_are_those_of_torch():
    torch = pytest.importorskip("torch")
    slopes = np.linspace(-1, 2, TABLE.shape[1]).astype(np.float32)
    x, a = torch.tensor(TABLE, requires_grad=True), torch.tensor(slopes, requires_grad=True)
    y = torch.nn.functional.prelu(x, a)
    y.square().sum().backward()
    gradients = jax.grad(lambda x, a: (F.parametric_relu(x, a) ** 2).sum(), (0, 1))(TABLE, slopes)
    np.testing.assert_allclose(F.parametric_relu(TABLE, slopes), y.detach(), rtol=1e-6)
    for here, there in zip(gradients, (x.grad, a.grad), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-5)


def test_random_slopes_are_spread_as_those_of_torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    there = -torch.nn.functional.rrelu(-torch.ones(20_000), training=True).numpy()
    here = -np.asarray(F.randomized_relu(-jnp.ones(20_000), jax.random.key(0)))
    parts = [1 / 8, 0.2, 0.25, 0.3, 1 / 3]
    counts = [np.histogram(slopes, parts)[0] for slopes in (here, there)]
    assert [count.sum() for count in counts] == [20_000, 20_000]
    assert abs(counts[0] - counts[1]).max() < 400


def test_the_page_has_the_table():
    assert parity.PAGE.read_text() == parity.page()
