"""Other activations in a model that is built, or trained; all else stays as it was."""

import contextlib

import gin
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from stock_models import STOCK_MODELS, build, init_abstractly
from weighted_models import weighted

import trax_activations as ta
from trax_activations import weights
from trax_activations._gin import configurable
from trax_activations._trax import base, shapes
from trax_activations._trax import layers as tl
from trax_activations.layers import DenseRelu
from trax_activations.modes import modes, with_mode
from trax_activations.replacement import places, replace, summary

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
SIGNATURE = shapes.signature(X)

# Their nonlinearities are within recurrent cells and sparse feed-forward layers.
WITHOUT = {
    "ConfigurableTransformerLM-Block",
    "GRULM",
    "LSTMSeq2SeqAttn",
    "RNNLM",
    "ReformerLM-sparse",
}


def mlp(activation=tl.Relu):
    model = tl.Serial(
        tl.Dense(8), activation(), tl.Residual(tl.Dense(8), activation()), tl.Dense(3)
    )
    model.init(SIGNATURE, rng=jax.random.PRNGKey(0))
    return model


@contextlib.contextmanager
def gin_bound(binding):
    gin.parse_config(binding)
    yield
    gin.clear_config()


@configurable
def configured(num_parameters=1):
    """A constructor of users, which gin can configure."""
    return ta.ParametricRelu(num_parameters)


def kinds(model):
    return [place.layer.name for place in places(model)]


@pytest.mark.parametrize("name", STOCK_MODELS)
def test_every_stock_model_takes_another_activation_before_it_is_initialised(name):
    model = build(name, "train")
    before = places(model)
    pointwise = [place for place in before if place.is_pointwise]
    if not pointwise:
        assert name in WITHOUT
        with pytest.raises(ValueError, match="nothing in the model is meant by 'all'"):
            replace(model, "all", ta.Mish)
        return
    replaced = replace(model, "all", ta.ParametricRelu)
    assert kinds(replaced).count("ParametricRelu") == len(pointwise)
    assert [place.layer for place in places(model)] == [place.layer for place in before]
    init_abstractly(replaced, STOCK_MODELS[name][1])
    assert sum(path.endswith("/a") for path in weights.names(replaced)) == len(pointwise)


@pytest.mark.parametrize("name", ["MLP", "TransformerLM", "WideResnet", "ReformerLM", "BERT"])
def test_a_trained_model_keeps_all_other_weights_and_names(name):
    model, x = weighted(name), STOCK_MODELS[name][1]
    old = weights.to_dict(model)
    replaced = replace(model, "all", ta.ParametricRelu, input_signature=shapes.signature(x))
    new = weights.to_dict(replaced)
    assert all(new[path] is old[path] for path in old)
    assert {path.rpartition("/")[2] for path in set(new) - set(old)} == {"a"}
    assert weights.names(model) == tuple(old)


@pytest.mark.parametrize(
    ("what", "count"),
    [
        ("Relu", 2),
        ("relu", 2),
        (tl.Relu, 2),
        ("serial/residual/relu", 1),
        ("serial/residual*", 1),
        ("*relu", 2),
        ("all", 2),
        (base.PureLayer, 2),
        (lambda place: place.path == "serial/relu", 1),
    ],
)
def test_what_is_meant(what, count):
    assert kinds(replace(mlp(), what, ta.Mish)).count("Mish") == count


def test_a_layer_of_the_model_and_a_class_of_ours_are_meant():
    model = mlp(ta.Selu)
    first = places(model)[0].layer
    assert kinds(replace(model, first, "gelu")) == ["Gelu", "Selu"]
    assert kinds(replace(model, ta.Selu, "gelu")) == ["Gelu", "Gelu"]


@pytest.mark.parametrize(
    "by",
    [
        "ParametricRelu",
        "prelu",
        "PReLU(num_parameters='channels')",
        ta.ParametricRelu,
        configured,
        ta.ParametricRelu(),
        lambda: ta.ParametricRelu(1),
        lambda path, channels: ta.ParametricRelu(channels),
    ],
)
def test_by_what(by):
    replaced = replace(mlp(), "relu", by, input_signature=SIGNATURE)
    layers = [place.layer for place in places(replaced)]
    assert [layer.name for layer in layers] == ["ParametricRelu"] * 2
    assert layers[0] is not layers[1]
    assert replaced(X).shape == (4, 3)


def test_one_weight_per_channel_wherever_it_stands():
    by = "PReLU(num_parameters='channels')"
    shapes_of_a = [
        np.shape(w)
        for path, w in weights.to_dict(
            replace(mlp(), "relu", by, input_signature=SIGNATURE)
        ).items()
        if path.endswith("/a")
    ]
    assert shapes_of_a == [(8,), (8,)]
    with gin_bound("trax_activations.configured.num_parameters = 8"):
        bound = replace(mlp(), "relu", configured, input_signature=SIGNATURE)
    assert repr(places(bound)[0].layer).startswith("ParametricRelu(num_parameters=8")


def test_the_summary_tells_what_was_replaced_and_where():
    once = replace(mlp(), "serial/relu", "LeakyRelu(0.2)")
    twice = replace(once, "all", "Gelu")
    assert [(row.path, row.old, row.new) for row in summary(twice).rows] == [
        ("serial/relu", "Relu", "LeakyRelu(negative_slope=0.2)"),
        ("serial/leaky_relu", "LeakyRelu(negative_slope=0.2)", "Gelu(approximate=False)"),
        ("serial/residual/relu", "Relu", "Gelu(approximate=False)"),
    ]
    assert summary(once).rows == summary(twice).rows[:1]
    assert summary(mlp()).rows == ()
    assert str(summary(twice)).splitlines()[0].split() == ["place", "was", "is"]
    assert summary(twice).shown(1).endswith("... 2 more")


def test_inside_of_a_scan():
    model = tl.Serial(tl.Scan(tl.Serial(tl.Add(), tl.Relu(), tl.Dup()), axis=0))
    inputs = (X, X[0])
    model.init(shapes.signature(inputs))
    replaced = replace(model, "relu", ta.LeakyRelu, input_signature=shapes.signature(inputs))
    assert kinds(replaced) == ["LeakyRelu"]
    assert replaced(inputs)[0].shape == X.shape


def test_the_path_and_the_channels_of_each_place_are_told():
    told = []

    def make(path, channels):
        told.append((path, channels))
        return ta.Mish()

    replace(mlp(), "relu", make, input_signature=SIGNATURE)
    assert set(told) == {("serial/relu", 8), ("serial/residual/relu", 8)}


def test_a_shared_layer_stays_shared():
    relu = tl.Relu()
    model = tl.Serial(tl.Dense(8), relu, tl.Dense(8), relu)
    model.init(SIGNATURE)
    replaced = replace(model, "relu", ta.ParametricRelu, input_signature=SIGNATURE)
    assert len(places(replaced)) == 1
    assert sum(path.endswith("/a") for path in weights.names(replaced)) == 1
    assert replaced(X).shape == (4, 8)


class Held(base.Layer):
    """Layers in an attribute, in a dictionary, and in what a function has closed over."""

    def __init__(self):
        super().__init__()
        closed, self._attribute, inner = (
            tl.Fn("Relu", lambda x: jnp.maximum(x, 0)) for _ in range(3)
        )
        self._dictionary = {"inner": inner}
        self._function = lambda x: closed.forward(x)

    def forward(self, x):
        return self._function(self._dictionary["inner"].forward(self._attribute.forward(x)))


def test_activations_in_attributes_containers_and_closures_are_replaced():
    replaced = replace(tl.Serial(Held()), "relu", lambda: ta.LeakyRelu(negative_slope=0.5))
    assert kinds(replaced) == ["LeakyRelu"] * 3
    replaced.init(SIGNATURE)
    np.testing.assert_allclose(replaced(X), np.where(X > 0, X, X / 8), rtol=1e-6)


def test_inside_of_scan_cond_branch_and_reversible_layers():
    half = tl.ReversibleHalfResidual(tl.Dense(6), tl.Relu())
    model = tl.Serial(
        tl.Branch([tl.Dense(6), tl.Relu()], None),
        tl.ReversibleSerial(half, tl.ReversibleSwap()),
        tl.Add(),
        tl.Dup(),
        tl.Cond(tl.Fn("IsPositive", lambda x: x.sum() > 0), tl.Relu(), tl.Relu()),
    )
    model.init(SIGNATURE)
    replaced = replace(model, "relu", ta.ParametricRelu, input_signature=SIGNATURE)
    assert kinds(replaced) == ["ParametricRelu"] * 4
    assert replaced(X).shape == X.shape


@pytest.mark.parametrize(
    ("old", "new", "tolerance"),
    [
        (tl.Relu, ta.ParametricRelu, 1e-5),
        (tl.Relu, lambda path, n: ta.ParametricRelu(n), 1e-5),
        (tl.LeakyRelu, ta.ParametricRelu, 1e-5),
        (tl.Swish, ta.SwishBeta, 1e-4),
        (tl.Gelu, ta.SwishBeta, 0.03),
        (tl.Gelu, ta.Rational, 0.02),
        (tl.Gelu, lambda: ta.BSpline(low=-4.0, high=4.0), 0.03),
        (ta.Gelu, ta.Gelu, 1e-6),
    ],
)
def test_a_trained_model_loses_nothing_at_the_start(old, new, tolerance):
    model = mlp(old)
    close = replace(model, "all", new, input_signature=SIGNATURE, start_close=tolerance)
    before = np.asarray(model(X))
    after = np.asarray(close(X))
    # Two layers of differences, and what the weights after them make of these.
    np.testing.assert_allclose(after, before, atol=10 * tolerance)


def test_what_cannot_start_close_says_by_how_much():
    with pytest.raises(ValueError, match=r"at best they differ by 0\.\d+ between -4 and 4"):
        replace(mlp(), "relu", ta.Pelu, input_signature=SIGNATURE, start_close=1e-3)


def test_random_activations_get_the_mode_of_the_model():
    model = with_mode(tl.Serial(tl.Dense(4), tl.Dropout(0.5), tl.Relu()), "eval")
    replaced = replace(model, "relu", ta.RandomizedRelu)
    assert set(modes(replaced).values()) == {"eval"}
    assert modes(replace(mlp(), "relu", ta.RandomizedRelu)) == {
        "serial/randomized_relu": "train",
        "serial/residual/randomized_relu": "train",
    }


def test_new_weights_are_the_same_each_time():
    model = mlp(tl.Gelu)
    made = [
        weights.to_dict(replace(model, "gelu", ta.BSpline, input_signature=SIGNATURE))
        for _ in range(2)
    ]
    for path in made[0]:
        np.testing.assert_array_equal(made[0][path], made[1][path])


def test_gradients_reach_the_new_weights():
    model = replace(mlp(), "relu", ta.ParametricRelu, input_signature=SIGNATURE)

    def loss(w):
        return jnp.sum(model.pure_fn(X, w, model.state, jax.random.PRNGKey(0))[0] ** 2)

    gradients = jax.grad(loss)(model.weights)
    assert all(np.isfinite(leaf).all() and leaf.any() for leaf in jax.tree.leaves(gradients))


@pytest.mark.parametrize(
    ("what", "by", "error", "words"),
    [
        ("gleu", ta.Mish, KeyError, "Did you mean 'glu'"),
        (
            "Sigmoid",
            ta.Mish,
            ValueError,
            r"nothing in the model is meant by 'Sigmoid'. It has 2 Relu \(serial/relu, ",
        ),
        ("relu", ta.Glu, ValueError, "makes 8 channels of 8, and .* makes 4"),
        ("relu", lambda: tl.Add(), ValueError, "2 inputs"),
        ("relu", 3, TypeError, "made 3"),
        (3, ta.Mish, TypeError, "takes as what a name"),
        ("relu", "gleu", KeyError, "Did you mean 'glu'"),
        ("relu", ta.ParametricRelu, ValueError, "Give the signature of the model's input"),
    ],
)
def test_what_cannot_be_done_says_why(what, by, error, words):
    with pytest.raises(error, match=words):
        replace(mlp(), what, by)


def test_what_is_no_model_or_fused_or_uninitialised_is_refused():
    with pytest.raises(TypeError, match="takes a Trax layer as model"):
        replace("model", "relu", ta.Mish)
    with pytest.raises(ValueError, match="in one kernel"):
        replace(tl.Serial(DenseRelu(4), tl.Relu()), "relu", ta.Mish)
    with pytest.raises(ValueError, match="start_close fits the weights"):
        replace(tl.Serial(tl.Relu()), "relu", ta.Pelu, start_close=0.1)
    with pytest.raises(ValueError, match="cannot take inputs"):
        replace(mlp(), "relu", ta.Mish, input_signature=shapes.signature(np.ones((2, 5), "f")))
