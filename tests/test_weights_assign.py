"""Weights are set by name, all or nothing, and the structure that Trax keeps them in stays."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from weighted_models import MODELS, numbers, weighted

import trax_activations as ta
from trax_activations import training, weights
from trax_activations._trax import base, optimizers
from trax_activations._trax import layers as tl


def small(seed=0):
    model = tl.Serial(tl.Dense(3), ta.ParametricRelu(3), tl.Dense(2))
    model.init(numbers(1, 4), rng=jax.random.PRNGKey(seed))
    return model


@pytest.mark.parametrize("name", MODELS)
def test_what_is_assigned_is_there_in_every_stock_model(name):
    model = weighted(name)
    before, structure = weights.to_dict(model), jax.tree.structure(model.weights)
    changed = {path: array + 1 for path, array in before.items()}
    weights.assign(model, changed)
    after = weights.to_dict(model)
    assert jax.tree.structure(model.weights) == structure
    assert list(after) == list(before)
    for path in before:
        np.testing.assert_array_equal(after[path], changed[path])
        assert after[path].dtype == before[path].dtype


def test_weights_of_a_shared_layer_stay_shared():
    shared = tl.Dense(3)
    model = tl.Serial(shared, tl.Relu(), shared)
    model.init(numbers(1, 3))
    weights.assign(model, {name: 2 * w for name, w in weights.to_dict(model).items()})
    assert model.weights[2] == base.GET_WEIGHTS_FROM_CACHE
    x = np.ones((1, 3), np.float32)
    once = tl.Serial(shared, tl.Relu())(x)
    np.testing.assert_array_equal(model(x), shared(once))


def test_to_dict_gives_the_arrays_themselves():
    model = small()
    assert weights.to_dict(model)["serial/dense_1/kernel"] is model.weights[0][0]


def test_values_take_the_dtype_of_the_model():
    model = tl.Serial(tl.Dense(2, use_bfloat16=True), ta.ParametricRelu())
    model.init(numbers(1, 3))
    weights.assign(
        model,
        {
            "serial/dense/kernel": np.ones((3, 2), np.float64),
            "serial/dense/bias": [1, 2],
            "serial/parametric_relu/a": np.array([True]),
        },
    )
    assert [w.dtype for w in weights.to_dict(model).values()] == [
        jnp.bfloat16,
        jnp.bfloat16,
        jnp.float32,
    ]
    assert model.weights[0][1].tolist() == [1, 2]


def test_partial_leaves_the_rest_as_it_is():
    model = small()
    kernel = model.weights[2][0]
    weights.assign(model, {"serial/parametric_relu/a": [1, 2, 3]}, partial=True)
    assert model.weights[1].tolist() == [1, 2, 3]
    assert model.weights[2][0] is kernel


def test_everything_wrong_is_in_one_error_and_nothing_is_set():
    model = small()
    before = weights.to_dict(model)
    mapping = {
        "serial/dense_1/kernel": np.ones((3, 4)),
        "serial/dense_1/bias": np.ones(3) * 1j,
        "serial/dense_2/kernal": np.ones((3, 2)),
        "elsewhere": np.ones(1),
        "serial/parametric_relu/a": np.ones(3),
    }
    with pytest.raises(ValueError, match="Cannot assign weights to Serial") as caught:
        weights.assign(model, mapping)
    assert str(caught.value).splitlines()[1:] == [
        "  unknown: 'serial/dense_2/kernal'. Did you mean 'serial/dense_2/kernel'?",
        "  unknown: 'elsewhere'",
        "  missing: 'serial/dense_2/kernel'",
        "  missing: 'serial/dense_2/bias'",
        "  misshapen: 'serial/dense_1/kernel' is float32[4, 3], received float64[3, 4]",
        "  misshapen: 'serial/dense_1/bias' is float32[3], received complex128[3]",
    ]
    after = weights.to_dict(model)
    assert all(after[path] is before[path] for path in before)


@pytest.mark.parametrize(
    ("value", "described"),
    [
        ("text", r"str128\[\]"),
        (None, r"object\[\]"),
        ([[1.0], [1.0, 2.0]], r"object\[2\]"),
        (np.float32(1), r"float32\[\]"),
        (np.ones((1, 3)), r"float64\[1, 3\]"),
        (np.array(["2020-01-01"] * 3, "datetime64[D]"), r"datetime64\[D\]\[3\]"),
    ],
)
def test_values_that_are_no_such_array_are_refused(value, described):
    with pytest.raises(ValueError, match=rf"relu/a' is float32\[3\], received {described}"):
        weights.assign(small(), {"serial/parametric_relu/a": value}, partial=True)


@pytest.mark.parametrize("nonsense", [None, 3, [("a", 1)], (np.ones(3),)])
def test_what_is_no_mapping_is_refused(nonsense):
    with pytest.raises(TypeError, match=r"a mapping from names to arrays, as weights\.to_dict"):
        weights.assign(small(), nonsense)


def test_a_long_list_is_cut_short():
    with pytest.raises(ValueError, match=r"unknown: and 480 more") as caught:
        weights.assign(small(), {f"layer_{i}": 0 for i in range(500)})
    assert len(str(caught.value).splitlines()) < 30


def test_an_uninitialised_model_is_refused():
    with pytest.raises(ValueError, match="has no weights yet"):
        weights.assign(tl.Serial(tl.Dense(2)), {})


def test_a_training_loop_takes_over_what_is_assigned():
    x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    target, ones = np.zeros((8, 2), np.float32), np.ones((8, 2), np.float32)
    batches = itertools.repeat((x, target, ones))
    loss = tl.L2Loss()
    loop = training.Loop(
        small(),
        training.TrainTask(batches, loss, optimizers.SGD(0.0)),
        eval_tasks=training.EvalTask(batches, [loss]),
    )
    loop.run(1)
    new = {name: jnp.full(w.shape, 0.5) for name, w in weights.to_dict(loop.model).items()}
    weights.assign(loop.model, new)
    loop.update_weights_and_state(weights=loop.model.weights)
    for _ in range(2):  # Before and after the loop has trained with them.
        found = weights.to_dict(loop.model)
        assert all((found[name] == 0.5).all() for name in new)
        loop.run_evals()
        expected = loss((small_at_half()(x), target, ones))
        value = loop.history.get("eval", "metrics/L2Loss")[-1][1]
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        loop.run(1)


def small_at_half():
    model = small()
    weights.assign(model, {n: np.full(w.shape, 0.5) for n, w in weights.to_dict(model).items()})
    return model
