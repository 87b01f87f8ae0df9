"""Every weight has one name, which depends on the model alone."""

import re

import jax
import numpy as np
import pytest
from stock_models import init_abstractly
from weighted_models import MODELS, numbers, weighted

import trax_activations as ta
from trax_activations import modes, weights
from trax_activations._trax import base, models
from trax_activations._trax import layers as tl

every_stock_model = pytest.mark.parametrize("name", MODELS)


def initialised(*layers, signature=None):
    model = tl.Serial(*layers) if len(layers) > 1 else layers[0]
    model.init(signature or numbers(2, 3))
    return model


@every_stock_model
def test_stock_models_have_a_readable_name_for_each_array(name):
    names = weights.names(weighted(name))
    assert len(names) == len(jax.tree.leaves(weighted(name).weights))
    assert len(set(names)) == len(names)
    word = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
    assert all(re.fullmatch(f"{word}(/{word})+", path) for path in names)
    assert not [path for path in names if "weights_" in path]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("MLP", "serial/dense_1/kernel"),
        ("TransformerLM", "serial/embedding/embedding"),
        ("TransformerLM", "serial/positional_encoding/encoding"),
        ("TransformerLM", "serial/residual_2/dense_2/bias"),
        ("TransformerEncoder", "serial/residual_1/layer_norm/scale"),
        ("Resnet50", "serial/residual_16/batch_norm_3/gamma"),
        ("WideResnet", "serial/residual_1/shortcut/conv/kernel"),
        ("GRULM", "serial/gru/scan/gru_cell/candidate_kernel"),
    ],
)
def test_stock_names_stay_what_they_are(name, path):
    assert path in weights.names(weighted(name))


def test_names_are_those_that_the_documentation_promises():
    model = initialised(
        tl.Dense(3),
        tl.Residual(tl.BatchNorm(axis=(0,))),
        ta.ParametricRelu(),
        tl.Dense(2, use_bias=False),
    )
    assert weights.names(model) == (
        "serial/dense_1/kernel",
        "serial/dense_1/bias",
        "serial/residual/batch_norm/beta",
        "serial/residual/batch_norm/gamma",
        "serial/parametric_relu/a",
        "serial/dense_2/kernel",
    )


def test_names_do_not_depend_on_what_was_built_before():
    first = weights.names(initialised(tl.Dense(2), tl.Dense(2)))
    initialised(tl.Dense(2), ta.ParametricRelu(), tl.Dense(2))
    assert weights.names(initialised(tl.Dense(2), tl.Dense(2))) == first


def test_names_are_the_same_in_every_mode_and_in_a_switched_copy():
    def names(mode, length):
        model = models.Transformer(
            10, d_model=8, d_ff=16, n_heads=2, n_encoder_layers=1, n_decoder_layers=1, mode=mode
        )
        init_abstractly(model, (np.ones((1, 4), np.int32), np.ones((1, length), np.int32)))
        return weights.names(model)

    assert names("train", 4) == names("eval", 4) == names("predict", 1)
    model = weighted("TransformerLM")
    assert weights.names(modes.with_mode(model, "eval")) == weights.names(model)


def test_a_shared_layer_has_one_name():
    shared, block = tl.Dense(3), tl.Serial(tl.Dense(3), ta.ParametricRelu())
    model = initialised(shared, tl.Relu(), shared, block, tl.Residual(block, shared))
    assert weights.names(model) == (
        "serial/dense/kernel",
        "serial/dense/bias",
        "serial/serial/dense/kernel",
        "serial/serial/dense/bias",
        "serial/serial/parametric_relu/a",
    )


def test_a_layer_on_its_own_is_the_root():
    assert weights.names(initialised(tl.LayerNorm())) == ("layer_norm/scale", "layer_norm/bias")
    assert weights.names(initialised(ta.Relu())) == ()
    assert weights.names(tl.Serial()) == ()


def test_wrappers_that_only_compile_leave_names_as_they_are():
    inner = tl.Serial(tl.Dense(3), ta.ParametricRelu())
    names = weights.names(initialised(tl.Accelerate(inner, n_devices=1)))
    assert names == weights.names(inner) != ()


def test_reversible_layers_are_named_through():
    half = tl.ReversibleHalfResidual(tl.LayerNorm(), tl.Dense(3))
    model = initialised(tl.Dup(), tl.ReversibleSerial(half, tl.ReversibleSwap()), tl.Concatenate())
    assert weights.names(model) == tuple(
        f"serial/reversible_serial/reversible_half_residual/serial/{name}"
        for name in ("layer_norm/scale", "layer_norm/bias", "dense/kernel", "dense/bias")
    )


class Holder(base.Layer):
    """Keeps a layer in an attribute, and its weights among its own."""

    def __init__(self):
        super().__init__()
        self._dense = tl.Dense(3)
        self._gate = tl.Dense(3)

    def init_weights_and_state(self, input_signature):
        self.weights = (
            self._dense.init(input_signature)[0],
            self._gate.init(input_signature)[0],
            (),
        )

    def forward(self, x):
        dense, gate, _ = self.weights
        return self._dense(x, dense) * self._gate(x, gate)


def test_weights_of_layers_in_attributes_fall_back_to_numbers():
    names = weights.names(initialised(tl.Dense(3), Holder()))
    assert names[2:] == tuple(f"serial/holder/weights_{i}" for i in ("0_0", "0_1", "1_0", "1_1"))


class Made(base.Layer):
    """Has the weights it is given."""

    def __init__(self, made, names=None):
        super().__init__()
        self._made = made
        if names is not None:
            type(self).weight_names = names

    def init_weights_and_state(self, input_signature):
        self.weights = self._made


ONE = np.ones(2, np.float32)


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (ONE, ["weights_0"]),
        ((ONE,), ["weights_0"]),
        ((ONE, ONE), ["weights_0", "weights_1"]),
        ([ONE, (ONE, None)], ["weights_0", "weights_1_0"]),
        ({"scale": ONE, "inner": {"a": ONE}}, ["scale", "inner_a"]),
        (((), ()), []),
    ],
)
def test_unknown_layers_have_numbers_or_their_keys(made, names):
    assert weights.names(initialised(Made(made))) == tuple(f"made/{name}" for name in names)


def test_a_layer_may_name_its_weights_itself():
    class Named(Made):
        pass

    assert weights.names(initialised(Named(ONE, ("a",)))) == ("named/a",)
    assert weights.names(initialised(Named((ONE, ONE), ("a", "b")))) == ("named/a", "named/b")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("kernel", "takes a tuple of identifiers as weight_names, for example"),
        (("a/b",), r"takes a tuple of identifiers .* received \('a/b',\)"),
        (("a", "a"), "a different name for each weight"),
        (("a",), r"has 2 of them, but received \('a',\)"),
        ((), "has 2 of them"),
    ],
)
def test_names_that_do_not_fit_the_weights_are_refused(names, message):
    class Misnamed(Made):
        pass

    model = initialised(Misnamed((ONE, ONE), names))
    with pytest.raises(ValueError, match=message):
        weights.names(model)


@pytest.mark.parametrize(
    "model",
    [
        tl.Dense(2),
        tl.Serial(tl.Relu(), ta.ParametricRelu()),
        tl.Serial(tl.Cache(tl.Dense(2))),
        tl.Serial(Holder()),
        tl.ReversibleHalfResidual(tl.Dense(2)),
        tl.AxialPositionalEncoding(shape=(2, 4), d_embs=(2, 4)),
    ],
    ids=repr,
)
def test_a_model_without_weights_yet_is_refused(model):
    with pytest.raises(ValueError, match=r"'\w+(/\w+)*' has no weights yet. Call model.init\("):
        weights.names(model)


def test_a_half_initialised_model_is_refused_by_the_name_of_the_rest():
    ready = initialised(tl.Dense(3))
    with pytest.raises(ValueError, match="'serial/parametric_relu' has no weights yet"):
        weights.to_dict(tl.Serial(ready, ta.ParametricRelu()))


@pytest.mark.parametrize("nonsense", [None, 3, "model", (tl.Dense(2),)])
def test_what_is_no_layer_is_refused(nonsense):
    with pytest.raises(TypeError, match="named in a Trax layer, such as a model; received"):
        weights.names(nonsense)


def test_numbers_of_wide_models_are_in_order():
    model = initialised(*(tl.Dense(3) for _ in range(12)))
    assert weights.names(model)[-1] == "serial/dense_12/bias"
    assert weights.names(model)[0] == "serial/dense_1/kernel"
