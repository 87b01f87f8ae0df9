"""Weights are loaded from whatever has them, and what does not fit is told with the remedy."""

import copy
import pickle

import jax
import numpy as np
import pytest
from resume_worker import make_loop

import trax_activations as ta
from trax_activations import training, weights
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers, shapes, trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations.training.planned import PlannedLoop, planned

INPUTS = shapes.ShapeDtype((4, 6))


def batches():
    rng = np.random.default_rng(0)
    while True:
        yield rng.normal(size=(4, 6)).astype(np.float32), rng.integers(3, size=4)


def model(activation=tl.Relu, classes=3):
    return tl.Serial(tl.Dense(8), activation(), tl.BatchNorm(axis=(0,)), tl.Dense(classes))


def loop(folder, loss=None, **kwargs):
    task = training.TrainTask(batches(), loss or tl.CategoryCrossEntropy(), optimizers.Adam(0.01))
    return training.Loop(model(), task, output_dir=str(folder), random_seed=0, **kwargs)


def same(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that was saved in both ways, and its weights alone."""
    folder = tmp_path_factory.mktemp("run")
    trained = loop(folder, stock_checkpoints=True)
    trained.run(1)
    weights.save(trained.model, folder / "weights.safetensors")
    return folder, trained.model


@pytest.mark.parametrize("file", ["", "model.safetensors", "model.pkl.gz", "weights.safetensors"])
def test_weights_come_from_any_source(run, file, monkeypatch, recwarn):
    monkeypatch.setattr(pickle, "load", None)
    folder, trained = run
    source, fresh = folder / file, model()
    fresh.init(INPUTS)
    weights.load(fresh, source)
    same(fresh.weights, trained.weights)

    new_head = model(classes=5)
    new_head.init(INPUTS)
    with pytest.raises(ValueError, match=r"dense_2/kernel'(.|\n)*exclude='serial/dense_2/\*'"):
        weights.load(new_head, source)
    head = new_head.weights[3]
    weights.load(new_head, source, exclude="serial/dense_2/*")
    same(new_head.weights[:3], trained.weights[:3])
    same(new_head.weights[3], head)

    other = model(ta.ParametricRelu)
    other.init(INPUTS)
    with pytest.raises(ValueError, match=r"(parametric_relu/a(.|\n)*)?exclude=(.|\n)*partial=True"):
        weights.load(other, source)
    for options in ({"exclude": "serial/parametric_relu/a"}, {"partial": True}):
        other.init(INPUTS)
        weights.load(other, source, **options)
        same((other.weights[0], *other.weights[2:]), (trained.weights[0], *trained.weights[2:]))
        assert other.weights[1].tolist() == [0.25]


def test_a_file_that_has_nothing_for_the_model_is_refused(run, tmp_path):
    other = tl.Dense(7)
    other.init(INPUTS)
    for file in ("model.safetensors", "model.pkl.gz"):
        with pytest.raises(ValueError, match=r"Nothing in .* is called as a weight of Dense_7"):
            weights.load(other, run[0] / file, partial=True)
    with pytest.raises(IsADirectoryError, match=r"here is neither model\.safetensors nor model\.p"):
        weights.load(other, tmp_path)


def test_init_from_file_of_trax_takes_them_too(run):
    folder, trained = run
    for file in (folder, folder / "model.safetensors", str(folder / "model.pkl.gz")):
        fresh = model()
        fresh.init_from_file(file)
        same((fresh.weights, fresh.state), (trained.weights, trained.state))
    fresh = model()
    fresh.init_from_file(folder / "weights.safetensors", input_signature=INPUTS)
    same(fresh.weights, trained.weights)


def test_stock_trax_goes_on_from_what_is_written_beside(run):
    folder, trained = run
    stock = trax_training.Loop(
        model(),
        trax_training.TrainTask(batches(), tl.CategoryCrossEntropy(), optimizers.Adam(0.01)),
        output_dir=str(folder),
        n_devices=1,
    )
    assert stock.step == 1
    same(stock.model.weights, trained.weights)


@pytest.mark.parametrize("file", ["model.safetensors", "model.pkl.gz"])
def test_init_checkpoint_is_read_without_unpickling(run, file, tmp_path, monkeypatch):
    folder, trained = run
    monkeypatch.setattr(pickle, "load", None)
    inputs = trainer_lib.trax_inputs.Inputs(lambda n: batches())
    given = {"steps": 1, "eval_steps": 1, "init_checkpoint": str(folder / file)}
    made = planned(
        str(tmp_path),
        PlannedLoop,
        model=lambda mode: model(),
        inputs=inputs,
        loss_fn=tl.CategoryCrossEntropy(),
        metrics={"loss": tl.CategoryCrossEntropy()},
        **given,
    )
    same(made.model.weights, trained.weights)


def test_the_seed_reaches_the_weights_of_a_loss(tmp_path):
    def curve(name):
        loss = tl.Serial(tl.Dense(3), tl.CategoryCrossEntropy())
        made = loop(tmp_path / name, loss=loss)
        made.run(2)
        return made._trainer_per_task[0].model_with_loss.weights

    same(curve("one"), curve("other"))


def test_a_loop_is_not_copied():
    made = make_loop()
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"A Loop cannot be copied or pickled: .* loop\.model"):
            copied(made)
