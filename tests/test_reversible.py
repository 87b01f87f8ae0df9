"""Trax's memory-efficient trainer, in our loop: all that holds for the other trainer."""

import functools
import itertools
import json
import pathlib
import subprocess
import sys

import jax
import numpy as np
import pytest
from reversible_worker import curve, make_loop

from trax_activations import modes, training, weights
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers


@pytest.fixture(scope="module")
def trained():
    loop = make_loop(n_devices=1)
    loop.run(15)
    return loop


def evaluated(loop, mode):
    loop.run_evals()
    return loop.history.get("eval", f"metrics/{mode}")[-1][1]


def numbers(loop):
    slots = loop._trainer_per_task[0].slots
    return [np.asarray(x) for x in jax.tree.leaves((loop.model.weights, loop.model.state, slots))]


def test_it_learns(trained):
    assert curve(trained)[-1] < curve(trained)[0]


def test_it_evaluates_in_the_mode_of_each_task(trained):
    assert evaluated(trained, "eval") == evaluated(trained, "eval")
    assert evaluated(trained, "train") != evaluated(trained, "train")
    quiet = modes.with_mode(trained.model, "eval")
    x, y = trained.tasks[0].sample_batch
    logits = quiet(x)
    log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -np.mean(log_probabilities[np.arange(len(y)), y])
    np.testing.assert_allclose(evaluated(trained, "eval"), expected, rtol=1e-5)


def test_8_devices_learn_what_one_learns(trained):
    worker = pathlib.Path(__file__).parent / "reversible_worker.py"
    done = subprocess.run(
        [sys.executable, str(worker), "8"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["devices"] == 8
    np.testing.assert_allclose(found["curve"], curve(trained), rtol=1e-5)


def test_resumed_it_equals_the_uninterrupted_run(trained, tmp_path):
    make_loop(tmp_path, n_devices=1).run(5)
    resumed = make_loop(tmp_path, n_devices=1)
    assert resumed.step == 5
    resumed.run(10)
    for one, other in zip(numbers(resumed), numbers(trained), strict=True):
        np.testing.assert_array_equal(one, other)
    assert curve(resumed) == curve(trained)


def test_weight_decay_spares_activations():
    optimizer = functools.partial(optimizers.Momentum, weight_decay_rate=0.1)
    loop = make_loop(learning_rate=0.0, optimizer=optimizer, n_devices=1)
    before = {name: np.array(x) for name, x in weights.to_dict(loop.model).items()}
    loop.run(2)
    for name, value in weights.to_dict(loop.model).items():
        expected = before[name] if name.endswith("/a") else before[name] * 0.9**2
        np.testing.assert_allclose(value, expected, rtol=1e-6, err_msg=name)


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    loop = make_loop(tmp_path, inputs=np.full((16, 6), np.nan, np.float32), n_devices=1)
    before = numbers(loop)
    with pytest.raises(FloatingPointError, match=r"step 1 is not finite: the batch itself is not"):
        loop.run(1)
    assert loop.step == 0
    for one, other in zip(numbers(loop), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_trax_cannot_do_is_refused():
    def loop(*tasks, efficient=True):
        return training.Loop(tl.Dense(3), list(tasks), use_memory_efficient_trainer=efficient)

    def task(optimizer):
        batches = itertools.repeat((np.ones((4, 3), np.float32), np.zeros(4, np.int32)))
        return training.TrainTask(batches, tl.CategoryCrossEntropy(), optimizer)

    with pytest.raises(ValueError, match=r"trains one task, received 2\. Mix their data"):
        loop(task(optimizers.SGD), task(optimizers.SGD))
    with pytest.raises(
        TypeError, match=r"give its class, or functools\.partial .* not an instance"
    ):
        loop(task(optimizers.SGD(0.1)))
    with pytest.raises(ValueError, match=r"=2 deletes all arrays .* Use True\."):
        loop(task(optimizers.SGD), efficient=2)


def test_callbacks_are_called_once_a_step(trained):
    called = []

    class Counting(training.Callback):
        def on_step_begin(self, step):
            if step == 3:
                raise training.StopTraining("enough")
            called.append(("begin", step))

        def on_step_end(self, step):
            called.append(("end", step))

    loop = make_loop(callbacks=[Counting], n_devices=1)
    loop.run(5)
    assert loop.step == 2
    assert called == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]
