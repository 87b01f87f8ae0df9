"""Data of one's own go on where the run was stopped, or a warning says that they do not."""

import itertools

import jax
import numpy as np
import pytest

from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers


def epoch():
    rng = np.random.default_rng(0)
    for _ in range(3):
        yield rng.normal(size=(4, 6)).astype(np.float32), rng.integers(3, size=4)


def loop(folder, data):
    model = tl.Serial(tl.Dense(8), tl.Relu(), tl.Dense(3))
    task = training.TrainTask(
        data, tl.CategoryCrossEntropy(), optimizers.Adam(0.01), n_steps_per_checkpoint=2
    )
    return training.Loop(model, task, output_dir=folder and str(folder), random_seed=0)


def test_a_stream_goes_on_where_the_run_was_stopped(tmp_path, recwarn):
    loop(tmp_path, training.Stream(epoch)).run(2)
    resumed, whole = (loop(folder, training.Stream(epoch)) for folder in (tmp_path, None))
    resumed.run(5)
    whole.run(7)
    jax.tree.map(np.testing.assert_array_equal, resumed.model.weights, whole.model.weights)
    assert resumed.tasks[0].labeled_data.position == whole.tasks[0].labeled_data.position == 8
    assert not recwarn


def test_a_generator_that_begins_anew_is_told_of(tmp_path, recwarn):
    loop(tmp_path, itertools.cycle(epoch())).run(2)
    with pytest.warns(UserWarning, match=r"data \(cycle\) do not tell .* step 2\. Give traini"):
        loop(tmp_path, itertools.cycle(epoch()))
    loop(tmp_path, itertools.repeat(next(epoch())))  # The same batch from the beginning.
    assert not recwarn


def test_a_stream_seeks_to_any_place():
    stream = training.Stream(lambda: iter("abc"))
    for position in (5, 0, 7, 3, 2):
        stream.seek(position)
        assert next(stream) == "abc"[position % 3]
    with pytest.raises(ValueError, match=r"takes 0 or a positive integer as position, .*-1"):
        stream.seek(-1)
    once = iter("abc")
    stream = training.Stream(lambda: once)
    with pytest.raises(ValueError, match=r"holds no batch\. It must return a new iterator each"):
        stream.seek(4)
    with pytest.raises(TypeError, match="takes a function that returns an iterator as make_gen"):
        training.Stream(epoch())
