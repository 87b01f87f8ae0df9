"""`with_mode` copies a model's layers, shares its arrays, and switches every layer there is."""

import copy
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes
from trax_activations._trax import base, shapes
from trax_activations._trax import layers as tl

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
KEYS = [jax.random.PRNGKey(seed) for seed in (1, 2)]


class Noise(base.Layer):
    """A random layer of a user: noise in training, nothing else."""

    def __init__(self, scale=1.0, mode="train"):
        super().__init__()
        self._scale, self._mode = scale, mode

    def forward(self, x):
        on = self._scale if self._mode == "train" else 0.0
        return x + on * jax.random.normal(self.rng, x.shape)


class Holder(base.Layer):
    """A layer that keeps others wherever one can, without calling them sublayers."""

    def __init__(self, **held):
        super().__init__()
        vars(self).update({f"_{name}": value for name, value in held.items()})

    def forward(self, x):
        for layer in _layers_in(list(vars(self).values())):
            x, _ = layer.pure_fn(x, layer.weights, layer.state, self.rng)
        return x


def _layers_in(value):
    if isinstance(value, base.Layer):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _layers_in(item)


class ReversibleNoise(tl.ReversibleLayer):
    """A reversible layer with a mode."""

    def __init__(self, mode="train"):
        super().__init__(n_in=2, n_out=2)
        self._mode = mode

    def forward(self, xs):
        return xs[0] + (jax.random.normal(self.rng, ()) if self._mode == "train" else 0.0), xs[1]


def _captured(layer):
    def run(x):
        key = jnp.stack([jnp.uint32(0), x[0, 0].astype(jnp.uint32)])
        return layer.pure_fn(x, (), (), key)[0]

    return tl.Fn("Captured", run)


def _unary(model):
    """A model of one input and output, whatever is inside."""
    return tl.Serial(tl.Dense(6), model, tl.Dense(3))


MODELS = {
    "Serial": lambda: tl.Dropout(0.5),
    "Branch": lambda: tl.Serial(tl.Branch(Noise(), tl.Dense(6)), tl.Add()),
    "Residual": lambda: tl.Residual(tl.LayerNorm(), Noise(), shortcut=Noise()),
    "Parallel": lambda: tl.Serial(tl.Dup(), tl.Parallel(Noise(), None), tl.Concatenate()),
    "Cache": lambda: tl.Cache(tl.Serial(Noise(), tl.Dense(6))),
    "ReversibleSerial": lambda: tl.Serial(
        tl.Dup(), tl.ReversibleSerial(ReversibleNoise(), tl.ReversibleSwap()), tl.Concatenate()
    ),
    "ReversibleHalfResidual": lambda: tl.Serial(
        tl.Dup(), tl.ReversibleHalfResidual(Noise(), attention_layer=Noise()), tl.Concatenate()
    ),
    "AssertFunction": lambda: tl.AssertFunction("bd->bd", Noise()),
    "BatchLeadingAxes": lambda: tl.BatchLeadingAxes(Noise()),
    "Chunk": lambda: tl.Chunk(Noise(), 2),
    "attribute": lambda: Holder(inner=Noise()),
    "list in a dictionary": lambda: Holder(inner={"a": [Noise(), (tl.Dropout(0.5),)]}),
    "attribute of an attribute": lambda: Holder(inner=Holder(inner=Noise())),
    "closure": lambda: _captured(Noise()),
    "BatchNorm": lambda: tl.BatchNorm(axis=(0,)),
    "RandomizedRelu": lambda: ta.RandomizedRelu(),
}


@pytest.fixture(params=MODELS)
def model(request):
    """An initialised model that depends on its mode."""
    made = _unary(MODELS[request.param]())
    made.init(shapes.signature(X))
    return made


def _run(model, key):
    """One call from the model's present state, without moving it on."""
    return model.pure_fn(X, model.weights, model.state, key)[0]


def test_copy_is_deterministic_and_the_model_stays_random(model):
    evaluated = modes.with_mode(model, "eval")
    np.testing.assert_array_equal(*[_run(evaluated, key) for key in KEYS])
    assert not np.array_equal(_run(model, KEYS[0]), _run(evaluated, KEYS[0]))
    assert set(modes.modes(evaluated).values()) == {"eval"}
    assert set(modes.modes(model).values()) == {"train"}


def test_copy_shares_every_array(model):
    evaluated = modes.with_mode(model, "eval")
    for ours, theirs in [(evaluated.weights, model.weights), (evaluated.state, model.state)]:
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        assert all(a is b for a, b in zip(*map(jax.tree.leaves, (ours, theirs)), strict=True))


def test_copy_goes_back(model):
    trained = modes.with_mode(modes.with_mode(model, "eval"), "train")
    np.testing.assert_array_equal(_run(trained, KEYS[0]), _run(model, KEYS[0]))


def test_copy_in_the_same_mode_has_layers_of_its_own(model):
    same = modes.with_mode(model, "train")
    assert modes.modes(same) == modes.modes(model)
    assert same is not model and same.sublayers[0] is not model.sublayers[0]
    np.testing.assert_array_equal(_run(same, KEYS[0]), _run(model, KEYS[0]))


def test_setting_weights_of_the_copy_leaves_the_model(model):
    before = jax.tree.leaves(model.weights)
    evaluated = modes.with_mode(model, "eval")
    evaluated.weights = jax.tree.map(jnp.zeros_like, evaluated.weights)
    assert all(a is b for a, b in zip(jax.tree.leaves(model.weights), before, strict=True))


def test_a_model_that_is_not_initialised_can_be_switched_and_initialised():
    evaluated = modes.with_mode(_unary(tl.Serial(Noise(), tl.BatchNorm(axis=(0,)))), "eval")
    evaluated.init(shapes.signature(X))
    np.testing.assert_array_equal(*[_run(evaluated, key) for key in KEYS])


def test_recurrent_and_bidirectional_layers():
    model = tl.Serial(tl.Bidirectional(tl.GRU(4)), Noise())
    assert modes.modes(modes.with_mode(model, "viz")) == dict.fromkeys(modes.modes(model), "viz")
    assert len(modes.modes(model)) == 3


def test_shared_layers_stay_shared():
    shared = tl.Serial(tl.Dense(6), tl.Dropout(0.5))
    model = tl.Serial(shared, tl.Relu(), shared, Holder(also=shared))
    switched = modes.with_mode(model, "eval")
    first, _, second, holder = switched.sublayers
    assert first is second is holder._also is not shared
    assert list(modes.modes(model)) == ["serial/serial/dropout"]


def test_weights_shared_by_sharing_a_layer_stay_shared():
    shared = tl.Dense(6)
    model = tl.Serial(shared, Noise(), shared)
    model.init(shapes.signature(X))
    switched = modes.with_mode(model, "eval")
    switched.sublayers[0].weights = (jnp.zeros((6, 6)), jnp.ones(6))
    np.testing.assert_array_equal(_run(switched, KEYS[0]), np.ones((4, 6)))


def test_compiled_code_of_the_model_is_not_used_by_the_copy():
    model = tl.Accelerate(tl.Serial(tl.Dense(6), Noise()), n_devices=1)
    model.init(shapes.signature(X))
    random = model(X, rng=KEYS[0])
    evaluated = modes.with_mode(model, "eval")
    assert not np.array_equal(evaluated(X, rng=KEYS[0]), random)
    np.testing.assert_array_equal(*[evaluated(X, rng=key) for key in KEYS])
    np.testing.assert_array_equal(model(X, rng=KEYS[0]), random)


def test_what_a_cache_holds_from_another_mode_is_forgotten():
    model = tl.Cache(Noise())
    model.init(shapes.signature(X))
    model(X)
    np.testing.assert_array_equal(modes.with_mode(model, "eval")(X), X)
    np.testing.assert_array_equal(modes.with_mode(model, "train")(X), model(X))


def test_bound_methods_and_partials_are_of_the_copy():
    model = Holder(inner=Noise())
    vars(model).update(
        _method=model._inner.forward, _partial=functools.partial(_call, model._inner)
    )
    switched = modes.with_mode(model, "eval")
    assert switched._method.__self__ is switched._inner is switched._partial.args[0]
    assert switched._inner is not model._inner


def _call(layer, x):
    return layer(x)


def test_recursive_function_over_a_layer_is_copied():
    layer = Noise()

    def repeat(x, times=2):
        return repeat(layer.pure_fn(x, (), (), KEYS[0])[0], times - 1) if times else x

    model = Holder(function=repeat)
    switched = modes.with_mode(model, "eval")
    np.testing.assert_array_equal(switched._function(X), X)
    assert not np.array_equal(repeat(X), X)
    assert modes.modes(switched) == {"holder/noise": "eval"}


def test_functions_without_layers_are_shared():
    model = tl.Serial(tl.Fn("Double", lambda x: 2 * x), tl.Dense(3))
    switched = modes.with_mode(model, "eval")
    assert switched.sublayers[0]._forward_fn is model.sublayers[0]._forward_fn


def test_a_mode_that_is_none_is_left_alone():
    model = Holder(mode="same")
    assert modes.modes(model) == {}
    assert modes.with_mode(model, "eval")._mode == "same"


def test_a_class_can_switch_itself():
    class Baked(base.Layer):
        def __init__(self, rate, mode="train"):
            super().__init__()
            self._rate, self._mode = rate, mode
            self._now = rate if mode == "train" else 0.0

        def _set_mode(self, mode):
            self._mode, self._now = mode, self._rate if mode == "train" else 0.0

    model = tl.Serial(Baked(0.5), tl.Relu())
    evaluated = modes.with_mode(model, "eval")
    assert evaluated.sublayers[0]._now == 0.0
    assert modes.with_mode(evaluated, "train").sublayers[0]._now == 0.5


def test_works_while_jax_traces():
    model = tl.Serial(tl.Dense(6), Noise())
    model.init(shapes.signature(X))

    @jax.jit
    def loss(weights):
        model.weights = weights
        evaluated = modes.with_mode(model, "eval")
        assert jax.tree.leaves(evaluated.weights)[0] is jax.tree.leaves(weights)[0]
        return evaluated.pure_fn(X, weights, evaluated.state, KEYS[0])[0].sum()

    weights = model.weights
    want = _run(modes.with_mode(model, "eval"), KEYS[0]).sum()
    np.testing.assert_allclose(loss(weights), want, rtol=1e-5)


def test_attention_strengths_are_shown_in_viz_and_gone_after():
    model = tl.Serial(tl.Dup(), tl.Dup(), tl.DotProductCausalAttention())
    x = X[None]
    model.init(shapes.signature(x))
    shown = modes.with_mode(model, "viz")
    shown(x)
    assert [leaf.shape for leaf in jax.tree.leaves(shown.state)] == [(1, 4, 4)]
    assert jax.tree.leaves(modes.with_mode(shown, "eval").state) == []


def test_copy_for_predict_can_be_copied_by_others():
    model = tl.Serial(tl.Dense(6), tl.PositionalEncoding(max_len=8))
    model.init(shapes.signature(X[None]))
    model.rng = KEYS[0]  # Trax leaves tracers there, which nobody can copy (base.py:524).
    predictor = modes.with_mode(model, "predict")
    want = modes.with_mode(model, "eval")(X[None])
    for mine in (copy.deepcopy(predictor), predictor):
        steps = [mine(X[None, i : i + 1]) for i in range(len(X))]
        np.testing.assert_allclose(np.concatenate(steps, axis=1), want, atol=1e-6)


def test_state_of_layers_without_modes_survives_a_signature():
    model = tl.Serial(tl.BatchNorm(axis=(0, 1)), tl.PositionalEncoding(max_len=8))
    model.init(shapes.signature(X[None]))
    model(X[None])
    predictor = modes.with_mode(model, "predict", shapes.signature(X[None, :1]))
    assert predictor.sublayers[0].state[0] is model.sublayers[0].state[0]
    assert predictor.sublayers[1].state.shape == ()
    assert predictor.weights[1] is model.weights[1]


def test_modes_are_trax_modes():
    assert modes.MODES == ("train", "eval", "predict", "viz", "collect") == modes.Mode.__args__
