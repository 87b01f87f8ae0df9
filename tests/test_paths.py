"""Paths name a layer by what the model is: unique, stable, the same with and without wrappers."""

import pytest

from trax_activations import _model as _paths
from trax_activations._trax import base
from trax_activations._trax import layers as tl


class Holder(base.Layer):
    def __init__(self, held):
        super().__init__()
        self._held = held


def _names(model):
    return [path for path, _ in _paths.walk(model)]


def _block():
    return tl.Residual(tl.LayerNorm(), tl.Dense(4), tl.Relu(), tl.Dense(4), tl.Dropout(0.1))


def test_siblings_of_one_name_are_numbered_from_1_and_others_not():
    model = tl.Serial(tl.Dense(128), tl.Relu(), tl.Dense(10), tl.BatchNorm())
    assert _names(model) == [
        "serial",
        "serial/dense_1",
        "serial/relu",
        "serial/dense_2",
        "serial/batch_norm",
    ]


def test_residuals_show_what_is_inside():
    model = tl.Serial(_block(), tl.Residual(tl.BatchNorm(), shortcut=tl.Dense(4)))
    assert _names(model) == [
        "serial",
        "serial/residual_1",
        "serial/residual_1/layer_norm",
        "serial/residual_1/dense_1",
        "serial/residual_1/relu",
        "serial/residual_1/dense_2",
        "serial/residual_1/dropout",
        "serial/residual_2",
        "serial/residual_2/shortcut",
        "serial/residual_2/batch_norm",
    ]


@pytest.mark.parametrize(
    "wrap",
    [tl.Cache, tl.Accelerate, lambda layer: tl.AssertFunction("bd->be", layer)],
    ids=["Cache", "Accelerate", "AssertFunction"],
)
def test_wrappers_have_no_names(wrap):
    assert _names(wrap(_block())) == _names(_block())
    assert _names(tl.Serial(wrap(tl.Dense(2)), tl.Dense(3))) == _names(
        tl.Serial(tl.Dense(2), tl.Dense(3))
    )


def test_names_do_not_depend_on_what_was_built_before():
    first = _names(tl.Serial(_block(), tl.LSTM(4)))
    tl.Serial(tl.Dense(1), _block())
    assert _names(tl.Serial(_block(), tl.LSTM(4))) == first


def test_a_shared_layer_comes_once():
    shared = tl.Dense(4)
    model = tl.Serial(shared, tl.Serial(shared, tl.Relu()), Holder(shared))
    assert _names(model) == ["serial", "serial/dense", "serial/serial", "serial/serial/relu",
                             "serial/holder"]  # fmt: skip


def test_layers_in_attributes_have_names_unlike_those_of_sublayers():
    model = tl.Serial(Holder({"a": [tl.Dense(2), tl.Dense(3)]}), tl.Dense(4))
    model._spare = tl.Dense(5)
    assert _names(model) == [
        "serial",
        "serial/holder",
        "serial/holder/dense_1",
        "serial/holder/dense_2",
        "serial/dense_1",
        "serial/dense_2",
    ]


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (tl.Dense(128), "dense"),
        (tl.LSTMCell(4), "lstm_cell"),
        (tl.GRU(4), "gru"),
        (tl.Select([0, 1]), "select"),
        (tl.Concatenate(axis=1), "concatenate"),
        (tl.Conv(3, (3, 3)), "conv"),
        (base.PureLayer(lambda x: x, name=""), "pure_layer"),
        (tl.Serial(tl.Relu(), name="My encoder/1"), "my_encoder"),
        (tl.SparseFF(8, 2).sublayers[0].sublayers[0], "recall_quant_mask_in_reverse"),
    ],
)
def test_names(layer, name):
    assert _paths.name(layer) == name


def test_everything_has_a_path_and_comes_once():
    block = _block()
    found = list(_paths.everything(tl.Cache(block)))
    assert len({id(layer) for _, layer in found}) == len(found) > len(_names(block))
    assert {path for path, _ in found} >= set(_names(block))
