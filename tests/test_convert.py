"""A checkpoint goes to stock Trax and back; a stock run goes on here without being unpickled."""

import errno
import gzip
import os
import pickle
import re

import jax
import numpy as np
import pytest
from resume_worker import make_loop

import trax_activations as ta
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training
from trax_activations.checkpoints import convert
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.cli import main


class Trap:
    """What unpickling would run."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A run of ours after 5 steps."""
    loop = make_loop(tmp_path_factory.mktemp("ours"))
    loop.run(5)
    return loop


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A run of stock Trax after 5 steps."""
    loop = make_loop(tmp_path_factory.mktemp("stock"), module=trax_training)
    loop.run(5)
    return loop


def assert_same(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    jax.tree.map(np.testing.assert_array_equal, one, other)


def assert_same_loops(one, other):
    assert one.step == other.step == 5
    assert_same(one.model.weights, other.model.weights)
    assert_same(jax.tree.leaves(one.model.state), jax.tree.leaves(other.model.state))
    slots = [jax.tree.leaves(loop._trainer_per_task[0].slots) for loop in (one, other)]
    assert_same(*slots)
    for name in other.history.metrics_for_mode("eval"):
        values = [(step, float(value)) for step, value in other.history.get("eval", name)]
        # Stock Trax saves before it evaluates.
        assert one.history.get("eval", name) in (values, values[:-1])


def test_stock_trax_reads_ours_by_the_command(ours, tmp_path, capsys):
    target = tmp_path / "stock" / "model.pkl.gz"
    assert main(["convert", ours.output_dir, str(target)]) == 0
    assert f"Wrote {target}, of step 5." in capsys.readouterr().out
    model = tl.Serial(*make_loop().model.sublayers)
    fresh = tl.Serial(
        *(tl.Dense(8), ta.RandomizedRelu(), tl.BatchNorm(axis=(0,)), tl.Dropout(0.1)),
        *(ta.ParametricRelu(8), tl.Dense(10)),
    )
    for untrained in (model, fresh):
        untrained.init_from_file(str(target))
        assert_same(untrained.weights, ours.model.weights)
        assert_same(jax.tree.leaves(untrained.state), jax.tree.leaves(ours.model.state))
    resumed = make_loop(target.parent, module=trax_training)
    assert_same_loops(resumed, ours)
    resumed.run(1)


def test_ours_reads_stock_with_and_without_the_command(stock, tmp_path):
    target = tmp_path / "run" / "model.safetensors"
    assert main(["convert", f"{stock.output_dir}/model.pkl.gz", str(target)]) == 0
    for folder in (stock.output_dir, target.parent):
        assert_same_loops(make_loop(folder), stock)
    resumed = make_loop(target.parent)
    resumed.run(5)
    assert "weights/serial/dense_1/kernel" in checkpoints.read(str(target)).arrays
    assert make_loop(target.parent).step == 10


def test_there_and_back_is_the_same(ours, tmp_path):
    stock, back = str(tmp_path / "model.pkl.gz"), str(tmp_path / "model.safetensors")
    first = convert.to_stock(f"{ours.output_dir}/model.safetensors", stock)
    again = convert.from_stock(stock, back)
    named = [a for name, a in first.arrays.items() if name.startswith("weights/")]
    numbered = [a for name, a in again.arrays.items() if name.startswith("flat_weights/")]
    assert_same(named, numbered)
    assert checkpoints.read(back).record["history"] == first.record["history"]
    assert (
        again.record["input_signature"]
        == first.record["input_signature"]
        == [[[16, 64], "float32"]]
    )
    assert_same_loops(make_loop(tmp_path), ours)


def test_an_optimizer_without_slots_goes_there_and_back(tmp_path):
    loop = make_loop(tmp_path / "ours", optimizer=optimizers.SGD)
    loop.run(1)
    assert main(["convert", f"{tmp_path}/ours", f"{tmp_path}/stock"]) == 0
    stock = make_loop(tmp_path / "stock", module=trax_training, optimizer=optimizers.SGD)
    assert_same(stock.model.weights, loop.model.weights)
    assert make_loop(tmp_path / "stock", optimizer=optimizers.SGD).step == 1


def test_a_stock_run_is_taken_over_without_unpickling(stock, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with gzip.open("model.pkl.gz", "wb") as file:
        pickle.dump({"flat_weights": [], "step": Trap()}, file)
    with pytest.raises(ValueError, match=r"it asks for .*mkdir"):
        make_loop(".")
    os.remove("model.pkl.gz")
    with open("data_counters0.pkl", "wb") as file:
        pickle.dump({"digits": Trap()}, file)
    make_loop(".")  # Nothing that is of a checkpoint: it is not even looked at.
    for name in os.listdir(stock.output_dir):
        if name.startswith("model"):
            os.link(f"{stock.output_dir}/{name}", name)
    with pytest.raises(ValueError, match=r"data_counters0\.pkl' is unusable: it asks for .*mkdir"):
        make_loop(".")
    with open("data_counters0.pkl", "wb") as file:
        pickle.dump({"digits": 7}, file)
    make_loop(".")
    assert trax_training.inputs.data_counters == {"digits": 7}
    assert not os.path.exists("unpickled")


@pytest.mark.parametrize("place", ["weights/serial/dense_1/kernel", "state/0", "slots/0/0"])
def test_arrays_of_another_dtype_or_shape_are_refused(ours, tmp_path, place):
    found = checkpoints.read(f"{ours.output_dir}/model.safetensors")
    path = str(tmp_path / "model.safetensors")
    for changed in (found.arrays[place].astype(np.float16), np.ones((2, 3, 4), np.float32)):
        checkpoints.write(path, {**found.arrays, place: changed}, found.record)
        with pytest.raises(ValueError, match=re.escape(place.removeprefix("weights/"))):
            make_loop(tmp_path)
    checkpoints.write(path, {**found.arrays, "slots/1/0": np.ones(3)}, found.record)
    with pytest.raises(ValueError, match=r"'slots/1/0' besides.* another model, optimizer or list"):
        make_loop(tmp_path)


MISTAKES = {
    ("{tmp}/none.safetensors", "{tmp}/x"): r"There is no checkpoint '.*none\.safetensors'",
    ("{tmp}/none.pkl.gz", "{tmp}/x"): r"there is no checkpoint '.*none\.pkl\.gz'",
    ("{tmp}", "{tmp}/x"): r"there is neither .*model\.safetensors nor .*model\.pkl\.gz\.",
    ("{tmp}/model.h5", "{tmp}/x"): r"'.*model\.h5' is neither a folder nor a checkpoint: .*",
    ("{ours}", "{tmp}/x.safetensors"): r".* is converted to a file that ends with \.pkl\.gz; .*",
    ("{ours}", "{ours}"): r"'.*model\.pkl\.gz' is there already\. Move it away, .*",
    ("{tmp}/bad.safetensors", "{tmp}/x"): r"'.*bad\.safetensors' is unusable: .*",
    ("{tmp}/bad.pkl.gz", "{tmp}/x"): r"'.*bad\.pkl\.gz' is unusable: .*",
    ("{tmp}/other.safetensors", "{tmp}/x"): r"'.*other\.safetensors' is no checkpoint of a .*loop",
    ("{ours}/model.safetensors", "/dev/null/x"): r"Cannot write .*Not a directory",
}


@pytest.mark.parametrize("given", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_line(ours, tmp_path, capsys, given):
    for name in ("bad.safetensors", "bad.pkl.gz"):
        (tmp_path / name).write_bytes(b"nonsense")
    checkpoints.write(str(tmp_path / "other.safetensors"), {}, {"nothing": 1})
    in_the_way = os.path.join(ours.output_dir, "model.pkl.gz")
    arguments = [text.replace("{tmp}", str(tmp_path)) for text in given]
    arguments = [text.replace("{ours}", ours.output_dir) for text in arguments]
    if given == ("{ours}", "{ours}"):
        arguments[0] += "/model.safetensors"
        open(in_the_way, "w").close()
    assert main(["convert", *arguments]) == 2
    errors = capsys.readouterr().err
    assert re.fullmatch(rf"trax-activations: error: {MISTAKES[given]}.*\n", errors)
    if os.path.exists(in_the_way):
        os.remove(in_the_way)


def test_a_full_disk_is_told(ours, tmp_path, capsys, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["convert", ours.output_dir, str(tmp_path)]) == 2
    assert "No space left on device. Free some space" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []
