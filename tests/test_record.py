"""The history of a run tells how its learned parameters moved, also when it was resumed."""

import itertools

import jax
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import checkpoints, training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations.training import learned_history


def make_loop(output_dir, *activations):
    x = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
    batch = (x, (x[:, 0] > 0).astype(np.int32))
    layers = [layer for activation in activations for layer in (tl.Dense(4), activation)]
    loss = tl.CategoryCrossEntropy
    return training.Loop(
        tl.Serial(*layers, tl.Dense(2)),
        training.TrainTask(
            itertools.repeat(batch), loss(), optimizers.Adam(0.1), n_steps_per_checkpoint=2
        ),
        eval_tasks=training.EvalTask(itertools.repeat(batch), [loss()], metric_names=["loss"]),
        output_dir=str(output_dir),
        random_seed=0,
    )


def noted(loop):
    path = checkpoints.path_of(loop.output_dir)
    return learned_history.read_learned(checkpoints.read(path).record["history"])


def test_every_evaluation_is_noted_and_resumption_goes_on(tmp_path):
    loop = make_loop(tmp_path, ta.ParametricRelu(4), ta.ThresholdedLinearUnit())
    loop.run(4)
    slopes = np.asarray(loop.model.weights[1])
    moved = noted(loop)["serial/parametric_relu/a"]
    np.testing.assert_array_equal(moved["step"], [1, 2, 4])
    np.testing.assert_allclose(
        [moved[name][-1] for name in learned_history.QUANTILES],
        np.quantile(slopes, list(learned_history.QUANTILES.values())),
        rtol=1e-6,
    )
    assert moved["median"][0] != moved["median"][-1]

    again = make_loop(tmp_path, ta.ParametricRelu(4), ta.ThresholdedLinearUnit())
    again.run_evals()  # At the same step: nothing new.
    again.run(2)
    both = noted(again)
    assert set(both) == {"serial/parametric_relu/a", "serial/thresholded_linear_unit/threshold"}
    np.testing.assert_array_equal(both["serial/parametric_relu/a"]["step"], [1, 2, 4, 6])
    np.testing.assert_array_equal(both["serial/parametric_relu/a"]["max"][:3], moved["max"])


@pytest.mark.parametrize("activation", [ta.Relu, ta.RandomizedRelu])
def test_what_learns_nothing_leaves_the_history_as_it_was(activation, tmp_path):
    loop = make_loop(tmp_path, activation())
    loop.run(2)
    assert loop.history.modes == ["eval", "train"]


def test_values_are_by_path():
    model = tl.Serial(tl.Dense(2), ta.ThresholdedLinearUnit(2, affine=True))
    model.init(jax.ShapeDtypeStruct((1, 3), np.float32))
    values = learned_history.learned_values(model)
    assert {path.rpartition("/")[2]: v.shape for path, v in values.items()} == {
        "threshold": (2,),
        "a": (2,),
    }
