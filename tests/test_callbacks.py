"""Callbacks show what they say they show, in our Loop and in Trax's."""

import functools
import glob
import itertools
import sys
import threading

import jax
import numpy as np
import psutil
import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

import trax_activations as ta
from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training

BOTH = pytest.mark.parametrize("module", [training, trax_training], ids=["ours", "stock"])


def make_loop(module, output_dir, callbacks, learning_rate=0.01):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 4)).astype(np.float32)
    batch = (x, (x[:, 0] > 0).astype(np.int32))
    model = tl.Serial(
        tl.Dense(8), ta.ParametricRelu(8), tl.Dense(8), ta.ParametricRelu(), ta.Relu(), tl.Dense(2)
    )
    loss = tl.CategoryCrossEntropy
    return module.Loop(
        model,
        module.TrainTask(
            itertools.repeat(batch),
            loss(),
            optimizers.Adam(learning_rate, weight_decay_rate=0.0),
            n_steps_per_checkpoint=1,
        ),
        eval_tasks=module.EvalTask(itertools.repeat(batch), [loss()], metric_names=["loss"]),
        output_dir=str(output_dir),
        random_seed=0,
        n_devices=1,
        callbacks=callbacks,
    )


def read_events(directory):
    """All tags with their values, from TensorBoard's files."""
    found = {}
    for path in glob.glob(f"{directory}/activations/*tfevents*"):
        for event in LegacyEventFileLoader(path).Load():
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value))
    return found


@BOTH
def test_activation_weights_have_unique_names_and_their_values(module, tmp_path):
    callback = functools.partial(training.ActivationWeights, every=2)
    loop = make_loop(module, tmp_path, [callback])
    loop.run(4)
    events = read_events(tmp_path)
    paths = {"serial/parametric_relu_1/a", "serial/parametric_relu_2/a"}
    assert {tag.rpartition("/")[0] for tag in events if tag.endswith("/mean")} == paths
    for i, path in ((1, "serial/parametric_relu_1/a"), (3, "serial/parametric_relu_2/a")):
        steps = [step for step, _ in events[f"{path}/mean"]]
        assert steps == [1, 2, 4]
        written = events[f"{path}/mean"][-1][1].simple_value
        np.testing.assert_allclose(written, np.mean(loop.model.weights[i]), rtol=1e-5)
    assert events["serial/parametric_relu_1/a"][0][1].histo.num == 8


@BOTH
def test_unit_health_finds_dead_units(module, tmp_path):
    loop = make_loop(module, tmp_path, [functools.partial(training.UnitHealth, every=1)], 0.0)
    kernel, _ = loop.model.weights[2]
    dead = np.where(np.arange(8) < 2, -1e6, 0.0).astype(np.float32)
    weights = list(loop.model.weights)
    weights[2] = (kernel, dead)
    weights[3] = np.zeros(1, np.float32)  # A slope of 0: what is negative is dead.
    loop.update_weights_and_state(weights=tuple(weights))
    loop.run(1)
    events = read_events(tmp_path)
    assert events["serial/parametric_relu_2/dead"][0][1].simple_value == pytest.approx(2 / 8)
    assert events["serial/relu/dead"][0][1].simple_value == pytest.approx(2 / 8)
    assert events["serial/parametric_relu_1/dead"][0][1].simple_value == 0


def test_early_stopping_ends_our_run_in_order(tmp_path, capsys):
    callback = functools.partial(training.EarlyStopping, patience=3)
    loop = make_loop(training, tmp_path, [callback], learning_rate=0.0)
    loop.run(50)
    assert loop.step == 4
    assert (
        "Stopped after step 4: loss has not improved for 3 evaluations" in capsys.readouterr().out
    )
    assert make_loop(training, tmp_path, []).step == 4


def test_early_stopping_goes_on_while_the_metric_improves(tmp_path):
    callback = functools.partial(training.EarlyStopping, patience=3)
    loop = make_loop(training, tmp_path, [callback])
    loop.run(12)
    assert loop.step == 12


def test_early_stopping_leaves_stock_trax_by_an_exception(tmp_path):
    callback = functools.partial(training.EarlyStopping, patience=3)
    loop = make_loop(trax_training, tmp_path, [callback], learning_rate=0.0)
    with pytest.raises(training.StopTraining, match="has not improved"):
        loop.run(50)


@BOTH
@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (
            functools.partial(training.EarlyStopping, metric="los"),
            r"called 'los'\. There are loss\.",
        ),
        (
            functools.partial(training.EarlyStopping, patience=0),
            "takes a positive integer as patience",
        ),
        (
            functools.partial(training.UnitHealth, every=0),
            "UnitHealth takes a positive integer as every",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(module, callback, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        make_loop(module, tmp_path, [callback])


def test_one_file_has_what_all_callbacks_write(tmp_path):
    callbacks = [training.ActivationWeights, training.UnitHealth]
    make_loop(training, tmp_path, callbacks).run(1)
    assert len(list((tmp_path / "activations").iterdir())) == 1
    assert {"serial/relu/dead", "serial/parametric_relu_1/a/mean"} <= set(read_events(tmp_path))


def test_a_run_closes_what_it_has_opened_however_it_ends(tmp_path):
    class Failing(training.Callback):
        def on_step_end(self, step):
            if step == 5:
                raise ZeroDivisionError

        def close(self):
            raise LookupError

    threads = threading.active_count()
    callbacks = [training.ActivationWeights, training.UnitHealth, training.Progress]
    loop = make_loop(training, tmp_path, callbacks)
    again = make_loop(training, tmp_path, [*callbacks, Failing])
    loop.run(2)
    again.load_checkpoint()
    assert not (opened := psutil.Process().open_files()), opened
    with pytest.raises(LookupError) as caught:
        again.run(5)
    assert isinstance(caught.value.__context__, ZeroDivisionError)
    assert again.step == 5 and not jax.tree.leaves(again.model.weights)[0].is_deleted()
    assert not (opened := psutil.Process().open_files()), opened
    assert threading.active_count() == threads  # None that something could wait for at the end.
    assert [step for step, _ in read_events(tmp_path)["serial/relu/dead"]] == [1]


@BOTH
def test_progress_is_silent_off_a_terminal(module, tmp_path, capfd):
    make_loop(module, tmp_path, [training.Progress]).run(3)
    assert capfd.readouterr().err == ""


def test_progress_shows_steps_and_speed_on_a_terminal(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    make_loop(training, tmp_path, [training.Progress]).run(3)
    assert "3/3" in capfd.readouterr().err
    make_loop(trax_training, tmp_path, [functools.partial(training.Progress, total=9)]).run(2)
    assert "/9" in capfd.readouterr().err


def test_a_callback_that_needs_no_model_costs_no_copy(tmp_path, monkeypatch):
    class Quiet(training.Callback):
        needs_model = False

    loop = make_loop(training, tmp_path, [Quiet])
    loop._checkpoint_at = loop._eval_at = lambda step: False
    shown = []
    monkeypatch.setattr(loop._stepper, "show", lambda last=False: shown.append(last))
    loop.run(3)
    assert True in shown
    assert False not in shown
