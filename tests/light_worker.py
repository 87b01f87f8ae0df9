"""What test_trax_missing.py does without TensorFlow in one process: everything but its own."""

import contextlib
import io
import itertools
import os

import jax
import numpy as np
from resume_worker import make_loop

import trax_activations as ta
from trax_activations import cli, datasets, training, weights
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training
from trax_activations.checkpoints import convert
from trax_activations.checkpoints.stock_checkpoints import read_stock
from trax_activations.training.callbacks.activation_weights import _histogram

_CONFIG = ("--config_file=digits_mlp.gin", "--config=width = 8")


def do_everything(folder):
    """Uses each part of the package; returns what is to be known of it."""
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()):
        _modes()
        _text()
        _tensorboard()
        resumed = _train_and_resume()
        compared = _compare()
        _plot()
        return {"resumed": resumed, "compared": compared, "read back": _stock_checkpoints()}


def _command(*arguments):
    assert cli.main([*arguments]) == 0, arguments


def _modes():
    model = tl.Serial(tl.Dense(4), ta.RandomizedRelu(), tl.Dropout(0.5), ta.ParametricRelu())
    x = np.ones((2, 3), np.float32)
    model.init(x)
    views = [ta.modes.with_mode(model, mode) for mode in ("eval", "predict", "viz")]
    for view in views:
        assert view(x).shape == (2, 4)
    assert set(ta.modes.modes(views[0]).values()) == {"eval"}
    weights.save(model, "weights.safetensors")
    weights.load(model, "weights.safetensors")


def _text():
    """A language model on text, through the command."""
    sizes = ("length = 8", "d_ff = 8", "TransformerLM.d_model = 8", "TransformerLM.n_layers = 1")
    steps = ("train.steps = 2", "train.eval_frequency = 2", "train.eval_steps = 1")
    bindings = [f"--config={each}" for each in (*sizes, *steps)]
    _command("train", "--config_file=text_transformer.gin", *bindings, "--output_dir=text")
    tokens, _, _ = next(datasets.python_source(2, length=8).train_stream(1))
    assert tokens.shape == (2, 8)


def _tensorboard():
    """Texts and histograms too, which a run does not write."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from trax import jaxboard

    writer = jaxboard.SummaryWriter("log")
    writer.scalar("loss", 0.5, step=1)
    writer.add_summary(_histogram("slopes", np.arange(9.0)), 1)
    writer.text("notes", "a note", step=1)
    writer.close()
    read = EventAccumulator("log")
    read.Reload()
    assert {"loss"} <= set(read.Tags()["scalars"])
    assert read.Tags()["histograms"] == ["slopes"]


def _train_and_resume():
    for steps in (3, 6):
        _command("train", *_CONFIG, f"--config=train.steps = {steps}", "--output_dir=run")
    data = datasets.digits(batch_size=8)
    task = training.TrainTask(data.train_stream(1), tl.L2Loss(), optimizers.SGD(0.1))
    assert task.sample_batch[0].shape == (8, 64)
    return int(convert.to_stock("run/model.safetensors", "stock/model.pkl.gz").record["step"])


def _compare():
    few = [f"--config=train.{each}" for each in ("steps = 2", "eval_frequency = 2")]
    names = "--activations=Relu,ParametricRelu"
    _command("compare", *_CONFIG, *few, names, "--seeds=1", "--n_jobs=1", "--output_dir=compared")
    return sum("outcome.json" in files for _, _, files in os.walk("compared"))


def _plot():
    _command("plot", "parametric_relu", "--output=prelu.svg")
    _command("plot", "relu", "gelu", "--output=both.png")
    _command("plot", "--run=run", "--output=run.png")
    _command("list")
    _command("show", "gelu")


def _stock_checkpoints():
    """Those that stock Trax writes without TensorFlow, read, gone on with and converted."""
    stock = make_loop("theirs", module=trax_training)
    stock.run(5)
    content = read_stock("theirs")
    _command("convert", "theirs/model.pkl.gz", "ours")
    ours = make_loop("ours")
    assert content.step == ours.step == 5
    _command("convert", "ours", "back")
    back = make_loop("back", module=trax_training)
    pairs = zip(*(jax.tree.leaves(loop.model.weights) for loop in (stock, back)), strict=True)
    return all(itertools.starmap(np.array_equal, pairs))
