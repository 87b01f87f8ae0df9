"""What stock Trax saved is read whole or not at all; what is written, stock Trax reads."""

import gzip
import itertools
import os
import pickle
import random
import shutil
import types

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from trax_activations import _atomic as atomic
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers, shapes
from trax_activations._trax import training as trax_training
from trax_activations.checkpoints.run_file import CheckpointError
from trax_activations.checkpoints.stock_checkpoints import read_stock, write_stock

FILES = ["opt_slots0.npy.gz", "opt_slots1.npy.gz", "weights.npy.gz", "pkl.gz"]


def batches():
    rng = np.random.default_rng(0)
    while True:
        yield rng.normal(size=(8, 6)).astype(np.float32), rng.integers(3, size=8)


def stock_model(use_bfloat16=False):
    dense = tl.Dense(5, use_bfloat16=use_bfloat16)
    layers = [] if use_bfloat16 else [tl.BatchNorm(axis=(0,)), tl.Dropout(0.1)]
    return tl.Serial(dense, *layers, tl.Dense(3))


def stock_loop(model, output_dir, optimizers_, eval_model=None):
    tasks = [
        trax_training.TrainTask(batches(), tl.CategoryCrossEntropy(), optimizer)
        for optimizer in optimizers_
    ]
    return trax_training.Loop(
        model,
        tasks,
        eval_model=eval_model,
        eval_tasks=[trax_training.EvalTask(batches(), [tl.CategoryAccuracy()], n_eval_batches=1)],
        output_dir=str(output_dir),
        which_task=lambda step: step % len(tasks),
    )


def two_optimizers():
    return optimizers.Adam(0.01), optimizers.Momentum(0.01)


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """A loop of stock Trax that has saved a checkpoint, as if it had run for two steps."""
    loop = stock_loop(
        stock_model(), tmp_path_factory.mktemp("stock"), two_optimizers(), stock_model()
    )
    rng = np.random.default_rng(0)
    for trainer in loop._trainer_per_task:
        trainer.slots = jax.tree.map(lambda x: x + rng.normal(size=x.shape), trainer.slots)
    loop._eval_model.state = jax.tree.map(lambda x: x + 1, loop._eval_model.state)
    loop._step = 2
    for step in (1, 2):
        loop.history.append("train", "metrics/loss", step, jnp.float32(0.1) * step)
        loop.history.append("train", "training/steps per second", step, 0.1)
        loop.history.append("eval", "metrics/CategoryAccuracy", step, np.mean([0.1, step]))
    loop.save_checkpoint("model")
    return loop


@pytest.fixture
def directory(loop, tmp_path):
    """A copy of what it saved."""
    return shutil.copytree(loop.output_dir, tmp_path / "run")


def leaves(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def assert_same(found, expected):
    found, expected = leaves(found), leaves(expected)
    assert [(x.dtype, x.shape) for x in found] == [(x.dtype, x.shape) for x in expected]
    assert [x.tobytes() for x in found] == [x.tobytes() for x in expected]


def slots(loop):
    return [trainer.slots for trainer in loop._trainer_per_task]


def test_everything_is_read(loop, directory):
    found = read_stock(str(directory))
    assert_same(found.flat_weights, loop.model.weights)
    assert_same(found.state, loop.model.state)
    assert_same(found.slots, slots(loop))
    assert len(found.slots) == 2 and found.step == 2
    assert found.input_signature == [[[8, 6], "float32"]]
    assert found.history["_values"].keys() == {"train", "eval"}
    for mode, metrics in found.history["_values"].items():
        assert metrics.keys() == loop.history._values[mode].keys()
        for metric, series in metrics.items():
            assert series == [(s, float(v)) for s, v in loop.history.get(mode, metric)]
            assert {type(x) for pair in series for x in pair} <= {int, float}


def test_stock_trax_reads_what_is_written(loop, directory, tmp_path):
    content = read_stock(str(directory))
    path = write_stock(str(tmp_path / "new"), content)
    again = read_stock(str(tmp_path / "new"))
    assert_same(again.arrays, content.arrays)
    assert again.record == content.record
    with gzip.open(path) as file:
        signature = pickle.load(file)["input_signature"]
    assert signature == (shapes.ShapeDtype((8, 6), np.dtype("float32")),)

    resumed = stock_loop(stock_model(), tmp_path / "new", two_optimizers(), stock_model())
    resumed.load_checkpoint()
    assert resumed.step == 2
    assert_same(resumed.model.weights, loop.model.weights)
    assert_same(resumed.model.state, loop.model.state)
    assert_same(resumed.eval_model.state, loop.model.state)
    assert_same(slots(resumed), slots(loop))
    assert resumed.history.get("eval", "metrics/CategoryAccuracy")[-1][0] == 2
    resumed.history.append("train", "a new metric", 3, 0.5)

    for weights_only in (True, False):
        model = stock_model()
        model.init_from_file(path, weights_only=weights_only)
        assert_same(model.weights, loop.model.weights)
    assert_same(model.state, loop.model.state)


def test_bfloat16_is_kept_both_ways(tmp_path):
    loop = stock_loop(stock_model(True), tmp_path / "stock", [optimizers.Adam(0.01)])
    loop.save_checkpoint("model")
    found = read_stock(str(tmp_path / "stock"))
    assert found.flat_weights[0].dtype == ml_dtypes.bfloat16
    assert_same(found.flat_weights, loop.model.weights)
    assert_same(found.slots, slots(loop))
    write_stock(str(tmp_path / "new"), found)
    resumed = stock_loop(stock_model(True), tmp_path / "new", [optimizers.Adam(0.01)])
    resumed.load_checkpoint()
    assert_same(resumed.model.weights, loop.model.weights)


def test_a_model_that_was_saved_alone_is_read(loop, tmp_path):
    signature = shapes.ShapeDtype((8, 6))
    loop.model.save_to_file(str(tmp_path / "model.pkl.gz"), input_signature=signature)
    found = read_stock(str(tmp_path))
    assert_same(found.flat_weights, loop.model.weights)
    assert_same(found.state, loop.model.state)
    assert found.slots == [] and found.step == 0 and found.history == {"_values": {}}
    loop.model.save_to_file(str(tmp_path / "model.pkl.gz"), weights_only=True)
    assert read_stock(str(tmp_path)).state == []


def test_a_checkpoint_of_older_trax_is_read(loop, tmp_path):
    old = {
        "flat_weights": leaves(loop.model.weights),
        "flat_state": leaves(loop.model.state),
        "slots": [(np.zeros(2), None), (), np.ones(3)],
        "step": 5,
        "history": {"_values": {}},
        "input_signature": shapes.ShapeDtype((8, 6)),
    }
    with gzip.open(tmp_path / "model.pkl.gz", "wb") as file:
        pickle.dump(old, file)
    found = read_stock(str(tmp_path))
    assert_same(found.flat_weights, loop.model.weights)
    assert_same(found.state, loop.model.state)
    assert found.input_signature == [[[8, 6], "float32"]]
    assert_same(found.slots, [[np.zeros(2), np.ones(3)]])


@pytest.mark.parametrize("cut_before", ["opt_slots1.npy.gz", "weights.npy.gz", "pkl.gz"])
def test_files_of_two_steps_are_noticed(loop, tmp_path, monkeypatch, cut_before):
    def unwritten(write):
        def call(content, path, **kwargs):
            if path.endswith(cut_before):
                raise KeyboardInterrupt
            write(content, path, **kwargs)

        return call

    monkeypatch.setattr(loop, "_output_dir", str(tmp_path))
    loop.save_checkpoint("model")
    now = gzip.time.time()
    with monkeypatch.context() as patch:
        patch.setattr(gzip, "time", types.SimpleNamespace(time=lambda: now + 60))
        patch.setattr(trax_training.tl, "np_to_file", unwritten(trax_training.tl.np_to_file))
        patch.setattr(trax_training, "pickle_to_file", unwritten(trax_training.pickle_to_file))
        with pytest.raises(KeyboardInterrupt):
            loop.save_checkpoint("model")
    before = FILES[FILES.index(cut_before) - 1]
    message = f"{before}' was begun (59|60) s after '.*{cut_before}', .* different steps"
    with pytest.raises(CheckpointError, match=message):
        read_stock(str(tmp_path))
    assert read_stock(str(tmp_path), accept_torn=True).step == 2


def test_truncated_files_are_refused(directory):
    for name, part in itertools.product(FILES, [0.0, 0.1, 0.3, 0.7, 0.99]):
        file = directory / f"model.{name}"
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(CheckpointError, match=f"model.{name}' is unusable: .* whole copy"):
            read_stock(str(directory))
        file.write_bytes(content[:-1])
        with pytest.raises(CheckpointError, match=f"model.{name}' is unusable"):
            read_stock(str(directory))
        file.write_bytes(content)
    assert read_stock(str(directory)).step == 2


def test_no_changed_byte_goes_unnoticed(directory):
    rng = random.Random(0)
    whole = read_stock(str(directory))
    refused = 0
    for name in FILES:
        file = directory / f"model.{name}"
        content = file.read_bytes()
        for _ in range(60):
            damaged = bytearray(content)
            damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            file.write_bytes(damaged)
            try:
                found = read_stock(str(directory))
            except CheckpointError:
                refused += 1
            else:  # What gzip's header says of the file's name and system has no checksum.
                assert_same(found.flat_weights, whole.flat_weights)
                assert_same(found.slots, whole.slots)
                assert found.history == whole.history
        file.write_bytes(content)
    assert refused > 200


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_named(directory, missing):
    os.unlink(directory / f"model.{missing}")
    if missing == "opt_slots1.npy.gz":  # Nothing tells how many tasks there were.
        assert len(read_stock(str(directory)).slots) == 1
    else:
        with pytest.raises(FileNotFoundError, match=f"model.{missing}"):
            read_stock(str(directory))


def test_a_full_disk_replaces_no_file(directory, monkeypatch):
    content = read_stock(str(directory))
    before = {file.name: file.read_bytes() for file in directory.glob("model.*")}

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", fail)
        with pytest.raises(OSError, match=r"^\[[^']*'[^']*': No space left on device. Free"):
            write_stock(str(directory), content)
    assert {file.name: file.read_bytes() for file in directory.glob("model.*")} == before
    assert not list(directory.glob(".*.tmp"))


def test_files_are_replaced_in_the_order_of_trax(directory, monkeypatch):
    content = read_stock(str(directory))
    replaced = []
    proxy = types.SimpleNamespace(**vars(os))
    proxy.replace = lambda new, path: replaced.append(path)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "os", proxy)
        write_stock(str(directory), content)
    assert replaced[-2:] == [str(directory / f"model.{name}") for name in FILES[2:]]
    assert {os.path.basename(path) for path in replaced} == {f"model.{name}" for name in FILES}
