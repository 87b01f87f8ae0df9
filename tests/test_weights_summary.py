"""The table of a model's weights, as it prints."""

import textwrap

import jax.numpy as jnp
import numpy as np
import pytest
from weighted_models import numbers

import trax_activations as ta
from trax_activations import weights
from trax_activations._trax import layers as tl


def test_the_table_has_a_line_for_each_array_and_their_sums():
    model = tl.Serial(
        tl.Dense(128, use_bfloat16=True), tl.Relu(), tl.Dense(10), ta.ThresholdedLinearUnit()
    )
    model.init(numbers(1, 784))
    table = weights.summary(model)
    expected = """
        path                               shape       dtype       count
        serial/dense_1/kernel              (784, 128)  bfloat16  100,352
        serial/dense_1/bias                (128,)      bfloat16      128
        serial/dense_2/kernel              (128, 10)   float32     1,280
        serial/dense_2/bias                (10,)       float32        10
        serial/thresholded_linear_unit/threshold  ()   float32         1
        ----
        5 arrays                                                 101,771  (206.1 kB)
    """
    rows = [line.split() for line in textwrap.dedent(expected).strip().splitlines()]
    printed = str(table).splitlines()
    assert [line.split() for line in printed if "--" not in line] == [
        row for row in rows if "----" not in row
    ]
    assert repr(table) == str(table)
    assert (table.count, table.size) == (101_771, 2 * 100_480 + 4 * 1_291)


def test_columns_are_in_line():
    model = tl.Serial(tl.Dense(1000), tl.Dense(7))
    model.init(numbers(1, 3))
    *lines, last = str(weights.summary(model)).splitlines()
    assert {len(line) for line in lines} == {len(last.rpartition("  (")[0])}


def test_a_row_says_what_the_array_is():
    layer = ta.ParametricRelu(3)
    layer.init(numbers(1, 3))
    (row,) = weights.summary(layer).rows
    assert (row.path, row.shape, row.dtype) == ("parametric_relu/a", (3,), "float32")
    assert (row.count, row.size) == (3, 12)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((0,), "(0 bytes)"),
        ((249,), "(996 bytes)"),
        ((250,), "(1.0 kB)"),
        ((500, 1000), "(2.0 MB)"),
        ((10**6, 10**6), "(4000.0 GB)"),
    ],
)
def test_sizes_are_in_units_that_one_can_read(shape, size):
    layer = tl.Weights(lambda shape, key: np.zeros(1), shape)
    layer.weights = (
        jnp.zeros(shape) if np.prod(shape) < 1e6 else np.broadcast_to(np.float32(0), shape)
    )
    assert str(weights.summary(layer)).endswith(size)


def test_a_model_without_weights_has_an_empty_table():
    assert str(weights.summary(tl.Relu())).splitlines()[-1].split() == [
        "0",
        "arrays",
        "0",
        "(0",
        "bytes)",
    ]


def test_a_shared_layer_counts_once():
    shared = tl.Dense(3)
    model = tl.Serial(shared, shared)
    model.init(numbers(1, 3))
    assert weights.summary(model).count == 12
