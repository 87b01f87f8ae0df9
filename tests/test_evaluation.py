"""An evaluation is the mean over examples, by their weights, whatever the batches' sizes."""

import itertools

import numpy as np
import pytest

from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training

LOSS, ACCURACY = tl.WeightedCategoryCrossEntropy(), tl.WeightedCategoryAccuracy()
SIZES = (8, 8, 3)


def batches(sizes=SIZES, weight=1.0):
    rng = np.random.default_rng(0)
    for size in sizes:
        x = rng.normal(size=(size, 3)).astype(np.float32)
        yield x, rng.integers(3, size=size), np.full(size, weight, np.float32)


def measured(metrics, data, module=training, **kwargs):
    """The metrics of a model that hands on its inputs, by one evaluation."""
    data = list(data)
    task = module.EvalTask(
        itertools.cycle(data), metrics, n_eval_batches=len(data), sample_batch=data[0], **kwargs
    )
    train = training.TrainTask(itertools.cycle(data), metrics[0], optimizers.SGD(0.0))
    loop = training.Loop(tl.Serial(tl.Fn("Same", lambda x: x)), train, eval_tasks=task)
    loop.run_evals()
    return [loop.history.get("eval", f"metrics/{name}")[-1][1] for name in task.metric_names]


def per_example(x, y):
    logits = x - np.log(np.exp(x).sum(-1, keepdims=True))
    return -np.take_along_axis(logits, y[:, None], -1)[:, 0], x.argmax(-1) == y


def test_examples_count_the_same_in_batches_of_any_size():
    x, y, _ = (np.concatenate(parts) for parts in zip(*batches(), strict=True))
    want = [values.mean() for values in per_example(x, y)]
    np.testing.assert_allclose(measured([LOSS, ACCURACY], batches()), want, rtol=1e-5)
    plain = [tl.CategoryCrossEntropy(), tl.CategoryAccuracy()]
    pairs = [batch[:2] for batch in batches()]
    np.testing.assert_allclose(measured(plain, pairs), want, rtol=1e-5)
    np.testing.assert_allclose(measured(plain[:1], pairs), want[:1], rtol=1e-5)


def test_a_batch_without_weight_counts_for_nothing():
    padding = list(batches((8,), weight=0.0))
    want = measured([LOSS, ACCURACY], batches())
    assert measured([LOSS, ACCURACY], [*batches(), *padding]) == want
    with np.errstate(all="ignore"):
        assert np.isnan(measured([LOSS, ACCURACY], padding * 2)).all()


def test_sums_and_sequences_are_means_over_batches_and_over_sequences():
    size = tl.Serial(tl.Drop(), tl.Drop(), tl.Sum(axis=None))
    assert measured([size], batches()) == pytest.approx([19 / 3])
    rows = [
        (np.zeros((n, 4, 3), np.float32), np.full((n, 4), wrong), np.ones((n, 4), np.float32))
        for n, wrong in ((3, 0), (1, 1))
    ]
    assert measured([tl.MaskedSequenceAccuracy()], rows) == pytest.approx([0.75])


@pytest.mark.parametrize("metrics", [[LOSS], [LOSS, ACCURACY]])
def test_batches_count_the_same_for_a_stock_task_and_where_asked(metrics):
    want = np.mean([measured(metrics, [batch]) for batch in batches()], axis=0)
    for found in (
        measured(metrics, batches(), trax_training),
        measured(metrics, batches(), weigh_batches=False),
    ):
        np.testing.assert_allclose(found, want, rtol=1e-6)
    assert measured(metrics, batches()) != pytest.approx(want)
    same = (8, 8, 8)  # Nothing to weigh: the same to the bit.
    assert measured(metrics, batches(same)) == measured(metrics, batches(same), trax_training)


def test_data_that_end_are_told():
    task = training.EvalTask(batches(), [LOSS], n_eval_batches=2)
    train = training.TrainTask(itertools.cycle(list(batches())), LOSS, optimizers.SGD(0.1))
    loop = training.Loop(tl.Serial(tl.Dense(3)), train, eval_tasks=task)
    loop.run_evals()
    with pytest.raises(ValueError, match=r"ended after 0 of 2 batches\. Let them go on for ever"):
        loop.run_evals()
