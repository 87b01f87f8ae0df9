"""A slip in a loop's tasks, data or options is told in one line before anything is trained."""

import itertools
import re

import numpy as np
import pytest

import trax_activations as ta
from trax_activations import training
from trax_activations._trax import ShapeDtype, base, fastmath, optimizers
from trax_activations._trax import layers as tl
from trax_activations._trax import training as trax_training

X, Y = np.ones((4, 3), np.float32), np.array([0, 1, 2, 1])
W = np.ones(4, np.float32)
LOSS, WEIGHTED = tl.CategoryCrossEntropy(), tl.WeightedCategoryCrossEntropy()


def model(units=3):
    return tl.Serial(tl.Dense(units))


def task(*batch, loss=LOSS, optimizer=None, module=training, **kwargs):
    data = itertools.repeat(batch or (X, Y))
    return module.TrainTask(data, loss, optimizer or optimizers.SGD(0.1), **kwargs)


def eval_task(*batch, metrics=(LOSS,), module=training, **kwargs):
    return module.EvalTask(itertools.repeat(batch or (X, Y)), [*metrics], **kwargs)


def loop(*tasks, units=3, **options):
    return training.Loop(model(units), [*tasks] or task(), n_devices=1, **options)


SLIPS = {
    # Numbers of steps and batches.
    "checkpoint every 0 steps": (
        lambda: task(n_steps_per_checkpoint=0),
        r"TrainTask takes a positive integer as n_steps_per_checkpoint",
    ),
    "checkpoint every 0 steps, stock": (
        lambda: loop(task(module=trax_training, n_steps_per_checkpoint=0)),
        r"TrainTask takes a positive integer as n_steps_per_checkpoint",
    ),
    "permanent checkpoint every 0 steps": (
        lambda: task(n_steps_per_permanent_checkpoint=0),
        r"positive integer as n_steps_per_permanent_checkpoint",
    ),
    "0 eval batches": (
        lambda: eval_task(n_eval_batches=0),
        r"EvalTask takes a positive integer as n_eval_batches",
    ),
    "0 eval batches, stock": (
        lambda: loop(eval_tasks=eval_task(module=trax_training, n_eval_batches=0)),
        r"EvalTask takes a positive integer as n_eval_batches",
    ),
    # Layers, optimizers, data.
    "loss not called": (
        lambda: task(loss=tl.CategoryCrossEntropy),
        r"a layer as loss_layer, but received .*\. Call it: CategoryCrossEntropy\(\)\.",
    ),
    "metric not called": (
        lambda: eval_task(metrics=[tl.CategoryAccuracy]),
        r"a layer as metrics, but received .*\. Call it: CategoryAccuracy\(\)\.",
    ),
    "one metric, no list": (
        lambda: training.EvalTask(itertools.repeat((X, Y)), LOSS),
        r"EvalTask takes a list of layers as metrics",
    ),
    "optimizer not called": (
        lambda: loop(task(optimizer=optimizers.Adam)),
        r"trax.optimizers.Adam\(0.001\), but received the class Adam\. Call it\.",
    ),
    "no optimizer": (lambda: task(optimizer=3), r"TrainTask takes an optimizer as optimizer"),
    "a list of batches": (
        lambda: training.TrainTask([(X, Y)], LOSS, optimizers.SGD(0.1)),
        r"an iterator of batches as labeled_data, .* but received a list\.",
    ),
    "no batch at all": (
        lambda: training.TrainTask(iter(()), LOSS, optimizers.SGD(0.1)),
        r"TrainTask: labeled_data ended before its first batch\.",
    ),
    # The first batch against model and loss.
    "an array too many": (
        lambda: loop(task(X, Y, W)),
        r"batches of 2 arrays here, 1 for the model and 1 for CategoryCr.* but received 3\.",
    ),
    "an array too few": (
        lambda: loop(task(loss=WEIGHTED)),
        r"batches of 3 arrays here, 1 for the model and 2 for Weighted.*, but received 2\.",
    ),
    "an array too many in evals": (
        lambda: loop(eval_tasks=eval_task(X, Y, W)),
        r"EvalTask takes batches of 2 arrays",
    ),
    "a dictionary": (
        lambda: loop(
            training.TrainTask(itertools.repeat({"x": X, "y": Y}), LOSS, optimizers.SGD(0.1))
        ),
        r"takes batches that are tuples of arrays, .* but received a dict\.",
    ),
    "more classes than outputs": (
        lambda: loop(task(X, np.array([0, 1, 2, 9])), units=5),
        r"TrainTask: the model has 5 outputs, so CategoryCr.* from 0 to 4, but received 9\.",
    ),
    "more classes than outputs in evals": (
        lambda: loop(eval_tasks=eval_task(X, np.array([3, 1, 2, 0]))),
        r"EvalTask: the model has 3 outputs",
    ),
    "a class below 0 that counts": (
        lambda: loop(task(X, np.array([0, -1, -1, 0]), W, loss=WEIGHTED)),
        r"from 0 to 2, but received -1\.",
    ),
    "one-hot targets": (
        lambda: loop(task(X, np.eye(4)[:, :3])),
        r"targets of shape \(4,\), but received \(4, 3\)\. .*: targets.argmax\(-1\)\.",
    ),
    "an axis too many": (
        lambda: loop(task(X, Y[:, None])),
        r"but received \(4, 1\)\. Take the last axis away: targets\[..., 0\]\.",
    ),
    "targets that would be broadcast": (
        lambda: loop(task(X, Y, loss=tl.BinaryCrossEntropy()), units=1),
        r"output has shape \(4, 1\), .* received \(4,\)\. Add a last axis: targets\[..., None\]\.",
    ),
    # Names of metrics.
    "two metrics of one name": (
        lambda: eval_task(metrics=[LOSS, tl.CategoryAccuracy()], metric_names=["a", "a"]),
        r"EvalTask takes different metric_names.*of those called 'a' only the last",
    ),
    "two metrics of one default name": (lambda: eval_task(metrics=[LOSS, LOSS]), r"metric_names"),
    "a lowest metric that is none": (
        lambda: loop(eval_tasks=eval_task(), checkpoint_low_metric="loss"),
        r"Loop: no eval metric is called 'loss'\. There are CategoryCrossEntropy\.",
    ),
    "a highest metric of two tasks": (
        lambda: loop(
            eval_tasks=[eval_task(metric_names=["loss"])] * 2, checkpoint_high_metric="loss"
        ),
        r"checkpoint_high_metric='loss' names a metric of 2 eval tasks\. Give each task metric_na",
    ),
    "the end of a metric of two tasks": (
        lambda: loop(
            eval_tasks=[eval_task(metric_names=["loss"])] * 2, callbacks=[training.EarlyStopping]
        ),
        r"EarlyStopping: metric='loss' names a metric of 2 eval tasks\. Give each task metric_na",
    ),
    # Options.
    "a seed that is none": (
        lambda: loop(random_seed="a"),
        r"Loop takes None or an integer from 0 to .* as random_seed, .* received random_seed='a'",
    ),
    "a negative seed": (lambda: loop(random_seed=-1), r"received random_seed=-1"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slip_is_told_in_one_line(slip):
    make, message = SLIPS[slip]
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    line = str(caught.value).partition("\n  In call to configurable")[0]  # As gin adds.
    assert "\n" not in line
    assert re.search(message, line)


def test_what_is_no_slip_passes():
    unused = np.array([0, -1, 7, 2])
    no_weight = np.array([1, 0, 0, 1], np.float32)
    loop(task(X, unused, no_weight, loss=WEIGHTED, n_steps_per_checkpoint=None))
    tasks = [eval_task(metric_names=["loss"]), eval_task(metric_names=["other"])]
    loop(eval_tasks=tasks, checkpoint_low_metric="loss", random_seed=np.int64(3))


def test_another_backend_of_trax_is_told(monkeypatch):
    monkeypatch.setattr(fastmath, "is_backend", lambda backend: backend == fastmath.Backend.TFNP)
    monkeypatch.setattr(fastmath, "backend_name", lambda: "tensorflow-numpy")
    with pytest.raises(RuntimeError, match=r"Loop trains on Trax's backend 'jax'"):
        loop()
    for layer in (ta.Gelu(), ta.ParametricRelu()):
        with pytest.raises(base.LayerError, match=r"\(.*\) needs Trax's backend 'jax', but"):
            layer.init(ShapeDtype((2, 3), np.float32))


def test_tensors_of_tensorflow_are_taken_as_arrays():
    class Tensor:
        """As TensorFlow's: no array for JAX, but it makes one."""

        def __init__(self, value):
            self._value, self.shape, self.dtype = value, value.shape, value.dtype

        def __array__(self, dtype=None, copy=None):
            return self._value

    trained = loop(task(Tensor(X), Tensor(Y)), eval_tasks=eval_task(Tensor(X), Tensor(Y)))
    trained.run(1)
    assert trained.step == 1


def test_the_best_checkpoint_is_of_the_step_that_was_measured(tmp_path):
    made = loop(
        task(n_steps_per_checkpoint=1),
        eval_tasks=eval_task(metric_names=["loss"]),
        eval_at=lambda step: step == 2,
        checkpoint_low_metric="loss",
        output_dir=str(tmp_path),
    )
    made.run(3)  # No metric yet at the first checkpoint, and none of the third step.
    made.load_checkpoint(filename="lowest_loss")
    assert made.step == 2
