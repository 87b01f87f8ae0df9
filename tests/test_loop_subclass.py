"""Subclasses of the loop find Trax's contract: what they override, call and are handed."""

import functools
import itertools

import gin
import jax
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import training
from trax_activations._model import everything
from trax_activations._trax import fastmath, models, optimizers
from trax_activations._trax import layers as tl
from trax_activations._trax import training as trax_training


def arguments(module):
    rng = np.random.default_rng(0)
    data = itertools.cycle([(rng.normal(size=(8, 3)), rng.integers(2, size=8)) for _ in range(3)])
    data = ((x.astype(np.float32), y) for x, y in data)
    loss = tl.CategoryCrossEntropy()
    model = tl.Serial(tl.Dense(4), tl.Relu(), tl.Dense(2))
    task = module.TrainTask(data, loss, optimizers.Adam(0.1), n_steps_per_checkpoint=2)
    held_out = module.EvalTask(itertools.repeat(next(data)), [loss], metric_names=["loss"])
    return {"model": model, "tasks": [task], "eval_tasks": held_out, "random_seed": 0}


def early_stopping(module):
    """The loop of Trax's notebook on early stopping: a ``run`` of its own around single steps."""

    class Stopping(module.Loop):
        def run(self, n_steps=1):
            self.losses = []
            with self._open_summary_writers() as (train_writers, eval_writers):
                loss_acc, step_acc = 0.0, 0
                metrics_acc = {}
                for _ in range(n_steps):
                    before = self._which_task(self._step)
                    self._step += 1
                    task_index = self._which_task(self._step)
                    loss, stats = self._run_one_step(task_index, task_index != before)
                    stats, loss = fastmath.nested_map(
                        functools.partial(tl.mean_or_pmean, self._n_devices), (stats, loss)
                    )
                    loss_acc, step_acc = loss_acc + loss, step_acc + 1
                    for name, value in stats.items():
                        metrics_acc[name] = metrics_acc.get(name, 0.0) + value
                    if self._eval_at(self.step):
                        self._log_training_progress(
                            task=self._tasks[task_index],
                            total_loss=loss_acc,
                            n_steps=step_acc,
                            elapsed_time=1.0,
                            optimizer_metrics=metrics_acc,
                            summary_writer=train_writers[task_index],
                        )
                        self.run_evals(eval_writers)
                        self.losses.append(float(self.history.get("eval", "metrics/loss")[-1][1]))
                        loss_acc, step_acc, metrics_acc = 0.0, 0, {}
                    self.shown = jax.tree.map(np.asarray, self._model.weights)
            self._eval_model.weights = self._model.weights

    return Stopping(**arguments(module), n_devices=1)


@pytest.fixture(scope="module")
def stock():
    loop = early_stopping(trax_training)
    loop.run(5)
    return loop


def test_a_run_of_its_own_around_single_steps(stock):
    ours = early_stopping(training)
    ours.run(5)
    assert ours.step == 5
    assert len(ours.losses) == 3
    np.testing.assert_allclose(ours.losses, stock.losses, rtol=1e-5)
    close = functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)
    jax.tree.map(np.testing.assert_array_equal, ours.shown, ours.model.weights)
    jax.tree.map(close, ours.model.weights, stock.model.weights)
    names = stock.history.metrics_for_mode("train")
    assert ours.history.metrics_for_mode("train") == names
    for name in names:
        got, want = (x.history.get("train", name) for x in (ours, stock))
        np.testing.assert_allclose(got, want, rtol=1e-4, err_msg=name)


def test_a_step_that_hands_back_something_else():
    class Scaled(training.Loop):
        def _run_one_step(self, task_index, task_changed):
            loss, stats = super()._run_one_step(task_index, task_changed)
            assert isinstance(stats, dict)
            return 10 * loss, {**stats, "steps": 1.0}

    plain, scaled = (cls(**arguments(training), n_devices=1) for cls in (training.Loop, Scaled))
    for loop in (plain, scaled):
        loop.run(4)
    name = "metrics/CategoryCrossEntropy"
    got, want = (np.array(loop.history.get("train", name))[:, 1] for loop in (scaled, plain))
    np.testing.assert_allclose(got, 10 * want, rtol=1e-6)
    assert [value for _, value in scaled.history.get("train", "training/steps")] == [1.0] * 3


def test_train_of_a_gin_config_in_python(tmp_path):
    data = arguments(training)["tasks"][0].labeled_data

    class Inputs:
        train_stream = eval_stream = staticmethod(lambda n_devices: data)

    gin.parse_config(
        """
        MLP.layer_widths = (4, 2)
        MLP.activation_fn = 'gelu'
        train.steps = 3
        train.eval_frequency = 2
        """
    )
    loop = training.train(
        str(tmp_path),
        model=models.MLP,
        inputs=Inputs(),
        optimizer=optimizers.Adam,
        loss_fn=tl.CategoryCrossEntropy(),
        metrics={"loss": tl.CategoryCrossEntropy()},
        eval_steps=1,
    )
    assert isinstance(loop, training.Loop)
    assert loop.step == 3
    assert (tmp_path / "model.safetensors").exists()
    assert any(isinstance(layer, ta.Gelu) for _, layer in everything(loop.model))
