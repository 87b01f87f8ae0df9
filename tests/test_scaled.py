"""A layer that multiplies an activation by a gain stands for that activation in a model."""

import copy
import pickle

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import compiled_quickly
from test_trainer_memory import WIDTH, slope

import trax_activations as ta
from trax_activations import modes, registry, training, weights
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers, shapes
from trax_activations.functional._gain import unit_gain
from trax_activations.layers._scaled import GAINS
from trax_activations.training.decay import exempt_from_decay

X = np.random.default_rng(0).normal(size=(16, 3, 4)).astype(np.float32) * 2
KEY = jax.random.PRNGKey(3)

# Whose gain must be given: they are no functions of single numbers.
WITHOUT = {s.name for s in registry.specs() if s.along_axis and s.name not in GAINS} | {
    *("dice", "dy_relu", "evo_norm_b0", "evo_norm_s0", "funnel_relu", "log", "meta_acon")
}


def pair(make, gamma):
    """The activation, and it times the gain, with the same weights and state."""
    plain, scaled = make(), ta.ScaledActivation(make(), gamma)
    plain.init(shapes.signature(X), rng=KEY)
    scaled.init(shapes.signature(X), rng=KEY)
    scaled.weights, scaled.state = (plain.weights,), (plain.state,)
    return plain, scaled


@pytest.mark.parametrize("name", registry.names())
def test_any_activation_of_the_catalogue_is_multiplied(name):
    plain, scaled = pair(getattr(ta, registry.get(name).layer_name), 1.5)

    if plain.spec.random:
        plain, scaled = (modes.with_mode(layer, "eval") for layer in (plain, scaled))

    def call(layer, weights):
        def loss(x, w):
            y, state = layer.pure_fn(x, w, layer.state, None)
            return (jnp.cos(jnp.arange(y.size)).reshape(y.shape) * y).sum(), (y, state)

        return jax.value_and_grad(loss, (0, 1), has_aux=True)(X, weights)

    def both(*weights):
        return call(plain, weights[0]), call(scaled, weights[1])

    given = plain.weights, scaled.weights
    found, multiplied = compiled_quickly(both, *given)(*given)
    (total, (y, state)), (x_bar, w_bar) = found
    (scaled_total, (z, (scaled_state,))), (scaled_x_bar, (scaled_w_bar,)) = multiplied
    np.testing.assert_allclose(scaled_total, 1.5 * total, rtol=1e-4, atol=1e-4)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(b, 1.5 * a, rtol=1e-4, atol=1e-4),
        (y, x_bar, w_bar),
        (z, scaled_x_bar, scaled_w_bar),
    )
    jax.tree.map(np.testing.assert_array_equal, scaled_state, state)


def test_layers_of_trax_and_of_others_are_multiplied_too():
    np.testing.assert_allclose(ta.ScaledActivation(tl.Relu(), 2.0)(X), 2 * np.maximum(X, 0))
    np.testing.assert_allclose(ta.ScaledActivation(tl.Fn("Same", lambda x: x), -1.0)(X), -X)
    twice = ta.ScaledActivation(ta.ScaledActivation(ta.Relu(), 2.0), 3.0)
    np.testing.assert_allclose(twice(X), 6 * np.maximum(X, 0), rtol=1e-6)


def test_an_activation_with_a_forward_of_its_own_is_multiplied_once():
    class Shifted(ta.layers.Activation):
        _activation = registry.get("relu")

        def forward(self, x):
            return jnp.maximum(x, 0) + 1

    np.testing.assert_allclose(ta.ScaledActivation(Shifted(), 2.0)(X), 2 * np.maximum(X, 0) + 2)


def test_one_that_occurs_twice_has_its_weights_once():
    once = ta.ScaledActivation(ta.ParametricRelu(a=0.5), 2.0)
    model = tl.Serial(once, once)
    model.init(shapes.signature(X))
    assert len(jax.tree.leaves(model.weights)) == len(weights.names(model)) == 1
    expected = np.where(X > 0, 4 * X, X)
    np.testing.assert_allclose(model(X), expected, rtol=1e-6)
    y, _ = jax.jit(model.pure_fn)(X, model.weights, model.state, KEY)
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_the_gain_is_gone_when_the_activation_runs_by_itself_or_has_failed():
    relu = ta.Relu()
    ta.ScaledActivation(relu, 2.0)(X)
    np.testing.assert_array_equal(relu(X), np.maximum(X, 0))
    with pytest.raises(tl.LayerError):
        ta.ScaledActivation(relu, 2.0)(np.arange(3))
    np.testing.assert_array_equal(relu(X), np.maximum(X, 0))


@pytest.mark.parametrize("name", sorted(GAINS))
def test_gains_of_the_table_are_the_computed_ones_nearly(name):
    spec = registry.get(name)
    assert ta.ScaledActivation(getattr(ta, spec.layer_name)())._gamma == GAINS[name]
    if not spec.along_axis:
        assert unit_gain(spec.function, spec.kinks_at()) == pytest.approx(GAINS[name], rel=1e-3)


@pytest.mark.parametrize("name", sorted(set(registry.names()) - WITHOUT))
def test_by_default_normal_input_has_output_of_variance_1(name):
    """Of what is drawn at the start, the typical values count."""
    layer = getattr(ta, registry.get(name).layer_name)()
    if isinstance(layer, ta.layers.LearnedActivation):
        layer = type(layer)(**layer.initial_values())
    scaled = modes.with_mode(ta.ScaledActivation(layer), "eval")
    x = np.random.default_rng(0).normal(size=(400_000, 1)).astype(np.float32)
    if registry.get(name).along_axis:
        x = x.reshape(-1, 100)
    scaled.init(shapes.signature(x))
    assert np.std(scaled(x)) == pytest.approx(1, rel=0.02)


def test_other_hyperparameters_have_another_gain():
    assert ta.ScaledActivation(ta.LeakyRelu(0.01))._gamma == GAINS["leaky_relu"]
    slope = 0.5
    variance = (1 + slope**2) / 2 - (1 - slope) ** 2 / (2 * np.pi)
    computed = ta.ScaledActivation(ta.LeakyRelu(slope))._gamma
    assert computed == pytest.approx(variance**-0.5, rel=1e-6)
    learned = ta.ScaledActivation(ta.ParametricRelu(64, a=slope))._gamma
    assert learned == pytest.approx(computed, rel=1e-6)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_where_there_is_no_gain_it_must_be_given(name):
    layer = getattr(ta, registry.get(name).layer_name)
    with pytest.raises(ValueError, match=r"has no known gain, since .* Give one, for example"):
        ta.ScaledActivation(layer())


def model(activation):
    return tl.Serial(tl.Dense(4), activation, tl.Dense(2))


def test_names_and_files_are_those_of_the_model_without(tmp_path):
    plain, scaled = model(ta.ParametricRelu(4)), model(ta.ScaledActivation(ta.ParametricRelu(4)))
    for each in (plain, scaled):
        each.init(shapes.signature(X))
    assert weights.names(scaled) == weights.names(plain)
    weights.save(plain, tmp_path / "plain.safetensors")
    weights.load(scaled, tmp_path / "plain.safetensors")
    gain = scaled.sublayers[1]._gamma
    _, bias = (np.asarray(w) for w in plain.weights[2])
    np.testing.assert_allclose(
        scaled(X) - bias, gain * (np.asarray(plain(X)) - bias), rtol=1e-4, atol=1e-5
    )
    assert exempt_from_decay(scaled) == exempt_from_decay(plain)


def test_modes_pass_through():
    trained = model(ta.ScaledActivation(ta.RandomizedRelu()))
    assert modes.modes(trained) == {"serial/randomized_relu": "train"}
    assert set(modes.modes(modes.with_mode(trained, "eval")).values()) == {"eval"}


def test_repr_copy_and_pickle():
    layer = ta.ScaledActivation(ta.LeakyRelu(0.2), 1.25)
    assert repr(layer) == "ScaledActivation(LeakyRelu(negative_slope=0.2), gamma=1.25)"
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin(X), layer(X))
        assert repr(twin) == repr(layer)


def test_gin_makes_it_of_an_activation():
    gin.parse_config(
        "trax_activations.ScaledActivation.activation = @trax_activations.Gelu()\n"
        "trax_activations.Gelu.approximate = False"
    )
    assert "Gelu(approximate=False), gamma=1.70150" in repr(ta.ScaledActivation())


def test_it_learns_in_a_loop():
    batch = (X[:, 0], np.arange(16) % 2)
    net = model(ta.ScaledActivation(ta.ParametricRelu(4)))
    task = training.TrainTask(
        iter(lambda: batch, None), tl.CategoryCrossEntropy(), optimizers.Adam(0.05)
    )
    evals = training.EvalTask(iter(lambda: batch, None), [tl.CategoryCrossEntropy()])
    loop = training.Loop(net, task, eval_tasks=evals, random_seed=0, n_devices=1)
    loop.run_evals()
    loop.run(20)
    loop.run_evals()
    values = [value for _, value in loop.history.get("eval", "metrics/CategoryCrossEntropy")]
    assert values[-1] < values[0]
    (slopes,) = net.sublayers[1].weights
    assert (np.asarray(slopes) != 0.25).all()


@pytest.mark.parametrize("activation", [ta.Relu, ta.Tanh, ta.Gelu])
def test_trainers_keep_no_more_than_for_the_activation(activation):
    plain = slope(lambda: [activation(), tl.Dense(WIDTH)])
    assert slope(lambda: [ta.ScaledActivation(activation()), tl.Dense(WIDTH)]) <= plain + 0.1


def test_an_economized_model_joins_it():
    plain = model(ta.ScaledActivation(ta.Gelu()))
    plain.init(shapes.signature(X))
    joined = ta.economize(plain)
    assert "ScaledActivation" in repr(joined)
    np.testing.assert_allclose(joined(X), plain(X), rtol=1e-6)
    gradients = [
        jax.grad(lambda x, m=m: jnp.sin(m.pure_fn(x, m.weights, m.state, KEY)[0]).sum())(X)
        for m in (joined, plain)
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-6)
    assert slope(lambda: [ta.ScaledActivation(ta.Gelu()), tl.Dense(WIDTH)], ta.economize) <= 1.25


def test_what_cannot_be_multiplied_is_refused():
    with pytest.raises(
        TypeError, match=r"takes a layer as activation, for example ScaledActivation\("
    ):
        ta.ScaledActivation(jax.nn.relu)
    with pytest.raises(
        ValueError, match="one input and one output, but received Add, which has 2 and 1"
    ):
        ta.ScaledActivation(tl.Add())
    with pytest.raises(ValueError, match=r"none of the catalogue\. Give one"):
        ta.ScaledActivation(tl.Relu())
    with pytest.raises(ValueError, match="takes a number other than 0 as gamma"):
        ta.ScaledActivation(ta.Relu(), 0)
    with pytest.raises(TypeError, match="takes a finite number as gamma"):
        ta.ScaledActivation(ta.Relu(), "1")
