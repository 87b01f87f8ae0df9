"""A run that was stopped, however, and goes on, is the run that was never stopped."""

import errno
import functools
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest
from resume_worker import make_loop

import trax_activations as ta
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training
from trax_activations.checkpoints import run_file as checkpoints

STEPS = 23
KILLS = int(os.environ.get("KILLS", "10"))  # Tried with 100.


def numbers(loop):
    """Everything that must agree: arrays, step, history, data position, next key."""
    history = {
        f"{mode}/{name}": [(step, float(value)) for step, value in series]
        for mode, by_name in loop.history.to_dict()["_values"].items()
        for name, series in by_name.items()
        if "per second" not in name
    }
    trainer = loop._trainer_per_task[0]
    arrays = (loop.model.weights, loop.model.state, trainer.slots, loop.new_rng())
    positions = [task.labeled_data.position for task in (*loop.tasks, *loop.eval_tasks)]
    return [np.asarray(leaf) for leaf in jax.tree.leaves(arrays)], history, positions, loop.step


def assert_same(one, other):
    for a, b in zip(one[0], other[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[1:] == other[1:]


@pytest.fixture(scope="module")
def uninterrupted():
    loop = make_loop()
    loop.run(STEPS)
    return numbers(loop)


@pytest.mark.parametrize("stops", [(5,), (5, 10, 20)])
def test_resumed_at_checkpoints_it_equals_the_uninterrupted_run(tmp_path, uninterrupted, stops):
    for stop in stops:
        loop = make_loop(tmp_path)
        loop.run(stop - loop.step)
    loop = make_loop(tmp_path)
    assert loop.step == stops[-1]
    loop.run(STEPS - loop.step)
    assert_same(numbers(loop), uninterrupted)


def test_checkpoints_between_evals_keep_the_metrics_so_far(tmp_path, uninterrupted):
    loop = make_loop(tmp_path, checkpoint_at=lambda step: step == 8)
    loop.run(13)
    again = make_loop(tmp_path)
    assert again.step == 8
    again.run(STEPS - 8)
    assert_same(numbers(again), uninterrupted)


def test_a_damaged_checkpoint_is_left_for_the_one_before(tmp_path, uninterrupted):
    make_loop(tmp_path).run(10)
    path = tmp_path / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=r"model\.safetensors' is unusable.*Read .*previous"):
        loop = make_loop(tmp_path)
    assert loop.step == 5
    loop.run(STEPS - 5)
    assert_same(numbers(loop), uninterrupted)


def test_a_checkpoint_of_another_model_or_optimizer_is_refused(tmp_path):
    make_loop(tmp_path).run(1)
    with pytest.raises(ValueError, match=r"dense_1/kernel.*dense_1/bias.*3 more.*weights\.lo"):
        make_loop(tmp_path, units=9)
    with pytest.raises(ValueError, match="another model, optimizer"):
        make_loop(tmp_path, optimizer=optimizers.Momentum)


def test_another_run_whose_arrays_fit_is_refused_unless_one_insists(tmp_path):
    def loop(**kwargs):
        given = {"optimizer": optimizers.Momentum, "activation": tl.LeakyRelu(0.1), **kwargs}
        return make_loop(tmp_path, **given)

    loop().run(1)
    before = checkpoints.read(str(tmp_path / "model.safetensors")).record["description"]
    assert {"jax", "trax", "python"} <= set(before["versions"])
    for changed, told in {
        "serial/leaky_relu was LeakyRelu.a=0.1., now LeakyRelu.a=0.2.": {
            "activation": tl.LeakyRelu(0.2)
        },
        "layers were serial/leaky_relu .*, now serial/gelu .Gelu.approximate=False": {
            "activation": ta.Gelu()
        },
        "the optimizer was Momentum.*mass=0.9.*, now RMSProp": {"optimizer": optimizers.RMSProp},
        r"the optimizer was .*nesterov=True, .*, now .*nesterov=False, ": {
            "optimizer": functools.partial(optimizers.Momentum, nesterov=False)
        },
        "the learning rate was 0.01, now 0.02": {"rate": 0.02},
        "random_seed was 1, now 2": {"random_seed": 2},
    }.items():
        with pytest.raises(ValueError, match=f"of another run: {changed}.*accept_changes=True"):
            loop(**told)
        assert loop(accept_changes=True, **told).step == 1
    assert loop(random_seed=None).step == 1
    other = make_loop(optimizer=optimizers.RMSProp, activation=ta.Gelu())
    other.load_checkpoint(str(tmp_path))  # It is asked for.
    assert other.step == 1
    loop(activation=ta.Gelu(), accept_changes=True).run(4)
    assert loop(activation=ta.Gelu()).step == 5


def test_a_full_disk_is_one_clear_line_and_the_last_checkpoint_is_intact(tmp_path, monkeypatch):
    loop = make_loop(tmp_path)
    loop.run(1)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError, match=r"Cannot write '.*model\.safetensors': No space left.*intact"
    ):
        loop.run(4)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.glob("*model*")) == ["model.safetensors"]
    assert make_loop(tmp_path).step == 1


def test_it_goes_on_from_a_checkpoint_of_stock_trax(tmp_path):
    stock = make_loop(tmp_path, module=trax_training)
    stock.run(5)
    ours = make_loop(tmp_path)
    assert ours.step == 5
    jax.tree.map(np.testing.assert_array_equal, ours.model.weights, stock.model.weights)
    ours.run(5)
    assert make_loop(tmp_path).step == 10


def test_special_checkpoints_can_be_loaded_by_name(tmp_path):
    name = "WeightedCategoryCrossEntropy"
    loop = make_loop(
        tmp_path, checkpoint_low_metric=name, permanent_checkpoint_at=lambda step: step == 7
    )
    loop.run(10)
    assert (tmp_path / f"lowest_{name}.safetensors").exists()
    weights = jax.tree.map(np.asarray, loop.model.weights)
    loop.load_checkpoint(filename="model_7")
    assert loop.step == 7
    loop.run(3)
    jax.tree.map(np.testing.assert_array_equal, loop.model.weights, weights)


def test_its_places_in_the_file_are_those_of_every_release(tmp_path):
    make_loop(tmp_path).run(1)
    found = checkpoints.read(str(tmp_path / "model.safetensors"))
    assert list(found.arrays) == [
        *("weights/serial/dense_1/kernel", "weights/serial/dense_1/bias"),
        *("weights/serial/batch_norm/beta", "weights/serial/batch_norm/gamma"),
        "weights/serial/parametric_relu/a",
        *("weights/serial/dense_2/kernel", "weights/serial/dense_2/bias"),
        "rng",
        *(f"state/{i}" for i in range(4)),
        *(f"slots/0/{i}" for i in range(14)),
    ]
    parts = ["step", "history", "metrics", "counters", "positions", "input_signature"]
    assert list(found.record) == [*parts, "description"]


def test_killed_at_random_moments_it_goes_on_exactly(tmp_path):
    chance = random.Random(0)
    reached = []
    with starter(tmp_path) as process:
        for _ in range(KILLS):
            print("start", file=process.stdin, flush=True)
            said = {process.stdout.readline().strip() for _ in range(2)}
            assert "training" in said, process.communicate()
            (child,) = said - {"training"}
            time.sleep(chance.uniform(0, 0.5))
            os.kill(int(child), signal.SIGKILL)
            assert process.stdout.readline() == f"ended by {-signal.SIGKILL}\n"
            path = str(tmp_path / "model.safetensors")
            if checkpoints.exists(path):
                reached.append(checkpoints.read(path).record["step"])
    assert reached == sorted(reached)
    assert reached[-1] > 5

    often = {"checkpoint_at": lambda step: True, "eval_at": lambda step: step % 5 == 0}
    resumed, whole = make_loop(tmp_path, **often), make_loop(**often)
    assert resumed.step == reached[-1]
    resumed.run(7)
    whole.run(resumed.step)
    assert_same(numbers(resumed), numbers(whole))


def starter(directory):
    """A process that has imported everything, and starts one that trains for each line it reads."""
    return subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).parent / "resume_worker.py"), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
