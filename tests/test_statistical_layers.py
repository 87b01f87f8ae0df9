"""Layers with statistics, with a network of their own, or with noise: Dice to ProbAct."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from scipy.special import expit

import trax_activations as ta
from trax_activations import modes, training, weights
from trax_activations._trax import ShapeDtype, optimizers, shapes
from trax_activations._trax import layers as tl
from trax_activations.training.decay import exempt_from_decay

X = np.random.default_rng(0).normal(size=(6, 4, 3, 8)).astype(np.float32) * 3 + 1

LAYERS = {
    "Dice": lambda **kwargs: ta.Dice(beta=1.0, **kwargs),
    "MetaAcon": lambda **kwargs: ta.MetaAcon(reduction=2, **kwargs),
    "FunnelRelu": ta.FunnelRelu,
    "LightFunnelRelu": lambda **kwargs: ta.FunnelRelu(light=True, **kwargs),
    "EvoNormB0": ta.EvoNormB0,
    "EvoNormS0": lambda: ta.EvoNormS0(groups=2),
    "ProbAct": lambda **kwargs: ta.ProbAct("channels", sigma=0.3, **kwargs),
    "RandomizedRational": ta.RandomizedRational,
    "DyReluA": lambda: ta.DyRelu("A"),
    "DyReluB": lambda: ta.DyRelu("B"),
    "DyReluC": lambda: ta.DyRelu("C"),
    "BSpline": ta.BSpline,
}
STATISTICAL = ("Dice", "MetaAcon", "FunnelRelu", "LightFunnelRelu", "EvoNormB0")
RANDOM = ("ProbAct", "RandomizedRational")
every_layer = pytest.mark.parametrize("name", LAYERS)
with_statistics = pytest.mark.parametrize("name", STATISTICAL)
with_modes = pytest.mark.parametrize("name", STATISTICAL + RANDOM)


def initialised(layer, x=X, seed=0):
    layer.init(shapes.signature(x), rng=jax.random.PRNGKey(seed))
    return layer


def close(a, b, tolerance=1e-4):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def standardized(x):
    """Mean 0 and variance 1 of each channel, in float64."""
    x = np.asarray(x, np.float64)
    others = tuple(range(x.ndim - 1))
    return (x - x.mean(others)) / np.sqrt(x.var(others) + 1e-5)


def test_dice_is_its_paper():
    layer = initialised(ta.Dice(alpha=0.25, beta=1.0))
    gate = expit(standardized(X))
    close(layer(X), gate * X + (1 - gate) * 0.25 * X)


def test_meta_acon_is_its_paper():
    layer = initialised(ta.MetaAcon(reduction=2))
    p1, p2, fc1, scale1, fc2, scale2, bias2 = (np.asarray(w, np.float64) for w in layer.weights)
    assert [fc1.shape, fc2.shape] == [(8, 4), (4, 8)]
    hidden = scale1 * standardized(X.mean((1, 2)) @ fc1)
    beta = expit(scale2 * standardized(hidden @ fc2) + bias2)[:, None, None, :]
    line = (p1 - p2) * X
    close(layer(X), line * expit(beta * line) + p2 * X)


def test_meta_acon_has_the_hidden_units_of_the_authors():
    for channels, hidden in ((8, 16), (1024, 64)):
        weights_, _ = ta.MetaAcon().init(ShapeDtype((2, channels), np.float32))
        assert weights_[2].shape == (channels, hidden)


def test_funnel_relu_is_its_paper():
    layer = initialised(ta.FunnelRelu())
    kernel = np.asarray(layer.weights[0], np.float64)
    padded = np.pad(X.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    condition = sum(
        kernel[i, j, 0] * padded[:, i : i + X.shape[1], j : j + X.shape[2]]
        for i in range(3)
        for j in range(3)
    )
    close(layer(X), np.maximum(X, standardized(condition)))


def test_the_light_funnel_is_that_of_the_authors():
    layer = initialised(ta.FunnelRelu(light=True))
    assert [weight.shape for weight in layer.weights] == [(2, 3, 1, 8), (2, 8), (8,)]
    rng = np.random.default_rng(2)
    layer.weights = (layer.weights[0], *(rng.normal(size=n) for n in ((2, 8), 8)))
    kernel, scale, bias = (np.asarray(w, np.float64) for w in layer.weights)
    high, wide = (
        sum(line[i, 0] * np.take(np.pad(X, padding), range(i, i + size), axis) for i in range(3))
        for axis, size, line, padding in (
            (1, 4, kernel[0], ((0, 0), (1, 1), (0, 0), (0, 0))),
            (2, 3, kernel[1], ((0, 0), (0, 0), (1, 1), (0, 0))),
        )
    )
    condition = scale[0] * standardized(high) + scale[1] * standardized(wide) + bias
    close(layer(X), np.maximum(X, condition))


def test_along_one_axis_the_light_funnel_is_the_funnel():
    x = X[:, :, 0]
    full, light = initialised(ta.FunnelRelu(), x), initialised(ta.FunnelRelu(light=True), x)
    light.weights = (full.weights[0][None], full.weights[1][None], full.weights[2])
    close(light(x), full(x), 1e-6)


@pytest.mark.parametrize("ndim", [3, 5])
def test_funnel_relu_takes_sequences_and_volumes(ndim):
    x = np.random.default_rng(1).normal(size=(2, *(5,) * (ndim - 2), 3)).astype(np.float32)
    layer = initialised(ta.FunnelRelu(window=5), x)
    assert layer.weights[0].shape == (*(5,) * (ndim - 2), 1, 3)
    assert layer(x).shape == x.shape


@pytest.mark.parametrize("version", "ABC")
def test_dy_relu_is_its_paper(version):
    layer = initialised(ta.DyRelu(version, reduction=2))
    fc1, bias1, fc2, bias2, *position = (np.asarray(w, np.float64) for w in layer.weights)
    assert fc2.shape == (4, 4 if version == "A" else 32)
    hidden = np.maximum(X.mean((1, 2)) @ fc1 + bias1, 0)
    shift = 2 * expit(hidden @ fc2 + bias2).reshape(6, 4, 1, 1, -1) - 1
    first = (1 + shift[:, 0]) * X + 0.5 * shift[:, 2]
    expected = np.maximum(first, shift[:, 1] * X + 0.5 * shift[:, 3])
    if version == "C":
        looked_at = np.exp((X @ position[0]) / 10)
        share = looked_at / looked_at.sum((1, 2), keepdims=True)
        expected *= np.minimum(share * 12 / 3, 1)[..., None]
    close(layer(X), expected)


def test_dy_relu_starts_near_a_relu_and_takes_more_lines():
    layer = initialised(ta.DyRelu(lines=3))
    layer.weights = jax.tree.map(jnp.zeros_like, layer.weights)
    np.testing.assert_array_equal(layer(X), np.maximum(X, 0))
    assert layer.weights[2].shape == (2, 6 * 8)


@with_statistics
def test_running_statistics_are_averages_of_the_batches_in_training_only(name):
    layer = initialised(LAYERS[name]())
    batches = [X, 2 * X + 1, X[:3] - 1, X * X]
    found = []
    for x in batches:
        before = layer.state
        modes.with_mode(layer, "eval")(x)
        assert layer.state is before
        layer(x)
        found.append(layer.state)
    first, last = (jax.tree.leaves(state) for state in (found[0], found[-1]))
    assert [leaf.dtype for leaf in last[:3]] == [jnp.float32, jnp.float32, jnp.int32]
    assert last[2] == len(batches)
    if name == "Dice":
        close(first[0], X.mean((0, 1, 2)))
        close(last[0], np.mean([x.mean((0, 1, 2)) for x in batches], 0))
        close(last[1], np.mean([x.var((0, 1, 2)) for x in batches], 0), 1e-3)


def test_running_statistics_forget_at_last():
    layer = initialised(ta.Dice(momentum=0.5))
    for shift in (0, 0, 100):
        layer(X + shift)
    close(layer.state[0] - X.mean((0, 1, 2)), np.full(8, 50.0), 1e-3)


@with_modes
def test_structure_is_the_same_in_every_mode_and_eval_is_deterministic(name):
    made = {mode: initialised(LAYERS[name](mode=mode)) for mode in modes.MODES}
    trained = made["train"]
    for mode, layer in made.items():
        for part in ("weights", "state"):
            ours, theirs = (shapes.signature(getattr(m, part)) for m in (layer, trained))
            assert jax.tree.structure(ours) == jax.tree.structure(theirs)
            assert str(ours) == str(theirs)
        first, second = (
            layer.pure_fn(X, layer.weights, layer.state, key)[0]
            for key in jax.random.split(jax.random.PRNGKey(5))
        )
        assert (first == second).all() == (mode != "train" or name in STATISTICAL)
    assert (trained(X) != modes.with_mode(trained, "eval")(X)).any() == (name in RANDOM)
    assert (trained(2 * X) != modes.with_mode(trained, "eval")(2 * X)).any()


@every_layer
def test_gradients_reach_input_and_every_weight_and_are_the_slopes(name):
    layer = initialised(LAYERS[name]())
    key = jax.random.PRNGKey(1)

    def call(x, w):
        y = layer.pure_fn(x, w, layer.state, key)[0]
        return jnp.sum(y * jnp.cos(jnp.arange(y.size).reshape(y.shape)))

    gradients = jax.jit(jax.grad(call, (0, 1)))(X, layer.weights)
    assert all(jnp.abs(leaf).max() > 1e-4 for leaf in jax.tree.leaves(gradients))
    with_doubles = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    with with_doubles(True):
        x = jnp.asarray(X[:3, :2, :, :2], jnp.float64)
        layer = initialised(LAYERS[name](), x)
        wide = jax.tree.map(lambda w: w.astype(jnp.float64), layer.weights)
        check_grads(jax.jit(call), (x, wide), order=1, modes=("rev",), atol=1e-4, rtol=1e-4)


@every_layer
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_stays_and_weights_and_statistics_are_float32(name, dtype):
    x = jnp.asarray(X, dtype)
    layer = initialised(LAYERS[name](), x)
    y = layer(x)
    assert (y.dtype, y.shape) == (dtype, x.shape)
    assert not jnp.isnan(y).any()
    kept = {leaf.dtype for leaf in jax.tree.leaves((layer.weights, layer.state))}
    assert kept <= {jnp.dtype("float32"), jnp.dtype("int32")}


@every_layer
def test_saved_loaded_and_named_in_a_model(name, tmp_path):
    def model(seed):
        return initialised(tl.Serial(tl.Dense(8), LAYERS[name](), tl.Dense(2)), seed=seed)

    first, second = model(1), model(2)
    own = len(jax.tree.leaves(first.sublayers[1].weights))
    names = weights.names(first)
    assert len(names) == own + 4
    assert all(name.split("/")[-1].isidentifier() for name in names)
    weights.save(first, tmp_path / "model.safetensors")
    weights.load(second, tmp_path / "model.safetensors")
    first, second = (modes.with_mode(m, "eval") for m in (first, second))
    np.testing.assert_array_equal(first(X), second(X))


def test_the_names_of_weights_in_networks():
    named = weights.names(initialised(ta.DyRelu("C")))
    assert (named[0], named[-1]) == ("dy_relu/fc1_kernel", "dy_relu/position_kernel")
    assert weights.names(initialised(ta.MetaAcon()))[:4] == (
        "meta_acon/p1",
        "meta_acon/p2",
        "meta_acon/fc1_kernel",
        "meta_acon/norm1_scale",
    )


def test_weight_decay_spares_what_is_no_kernel():
    decayed = {
        name: tuple(not spared for spared in exempt_from_decay(initialised(make())))
        for name, make in LAYERS.items()
    }
    for name, make in LAYERS.items():
        kernels = tuple("kernel" in each for each in weights.names(initialised(make())))
        assert decayed[name] == kernels, name


def test_a_loop_with_dice_and_noise_evaluates_the_same_twice():
    x = X[:, 0, 0]
    batch = (x, np.arange(6) % 2)
    model = tl.Serial(tl.Dense(8), ta.Dice(), ta.ProbAct(sigma=0.5), tl.Dense(2))
    task = training.TrainTask(
        itertools.repeat(batch), tl.CategoryCrossEntropy(), optimizers.Adam(0.01)
    )
    evals = training.EvalTask(itertools.repeat(batch), [tl.CategoryCrossEntropy()])
    loop = training.Loop(model, task, eval_tasks=evals, random_seed=0, n_devices=1)
    loop.run(30)
    for _ in range(2):
        loop.run_evals()
    values = [value for _, value in loop.history.get("eval", "metrics/CategoryCrossEntropy")]
    assert values[-1] == values[-2] < values[0]
    (mean, variance, n_batches) = model.state[1]
    assert n_batches == 30
    # The Dense layer before has moved all the while, so nearly.
    before = np.asarray(model.sublayers[0](x))
    close(mean, before.mean(0), 0.5)
    assert (np.asarray(variance) > 0).all()
    assert np.abs(np.asarray(model.weights[1][1])).max() > 0.05  # The sharpness has been learned.
