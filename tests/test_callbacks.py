"""Callbacks show what they say they show, in our Loop and in Trax's."""

import functools
import glob
import inspect
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
from trax_activations._trax import callbacks as trax_callbacks
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
    assert make_loop(training, tmp_path, [], learning_rate=0.0).step == 4


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
def test_a_callback_without_its_loop_gets_it_from_the_loop(module, tmp_path):
    """``EarlyStopping(patience=3)``, as it is written with other trainers."""
    callback = training.EarlyStopping(patience=3)
    made = make_loop(module, tmp_path, [callback, training.Progress()], learning_rate=0.0)
    assert [type(each) for each in made._callbacks] == [training.EarlyStopping, training.Progress]
    assert made._callbacks[0]._patience == 3
    assert next(iter(inspect.signature(training.EarlyStopping).parameters)) == "loop"


def test_a_callback_that_is_made_already_is_bound_and_what_is_none_is_told(tmp_path):
    class Stock(trax_callbacks.TrainingStepCallback):
        def call_at(self, step):
            return False

    loop = make_loop(training, tmp_path, [Stock(None)])
    assert loop._callbacks[0]._loop is loop
    with pytest.raises(TypeError, match=r"takes classes of callbacks .* but received 'early'"):
        make_loop(training, tmp_path, ["early"])


class Scripted(training.Callback):
    """Writes given values of the metric over those that were measured."""

    needs_model = False
    values = (3.0, 1.0, 2.0, 2.0, 2.0)

    def on_step_begin(self, step):
        series = self._loop.history._values.get("eval", {}).get("metrics/loss", [])
        series[:] = [(at, self.values[i]) for i, (at, _) in enumerate(series)]


def test_early_stopping_gives_back_the_best_weights(tmp_path, capsys):
    best = make_loop(training, tmp_path / "best", [])
    best.run(2)
    callbacks = [Scripted, training.EarlyStopping(patience=3, restore_best=True)]
    loop = make_loop(training, tmp_path / "all", callbacks)
    loop.run(9)
    assert loop.step == 5
    assert "its best value is 1. The model has the weights of step 2 again." in (
        capsys.readouterr().out
    )
    for model in (loop.model, loop.eval_model):
        jax.tree.map(np.testing.assert_array_equal, model.weights, best.model.weights)
    resumed = make_loop(training, tmp_path / "all", callbacks)
    assert resumed.step == 5
    resumed.run(9)
    assert "Weights of step 2, its best one, are not in memory" in capsys.readouterr().out


def test_early_stopping_tells_of_a_metric_that_is_never_a_number(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Scripted, "values", (np.nan,) * 9)
    make_loop(training, tmp_path, [Scripted, training.EarlyStopping(patience=2)]).run(9)
    assert "loss has been NaN or infinite in all 2 evaluations." in capsys.readouterr().out


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


def open_below(folder):
    return [x.path for x in psutil.Process().open_files() if x.path.startswith(str(folder))]


def test_a_run_closes_what_it_has_opened_however_it_ends(tmp_path):
    class Failing(training.Callback):
        def on_step_end(self, step):
            if step == 5:
                raise ZeroDivisionError

        def close(self):
            raise LookupError

    threads = threading.active_count()
    callbacks = [training.ActivationWeights, training.UnitHealth]
    loop = make_loop(training, tmp_path, callbacks)
    again = make_loop(training, tmp_path, [*callbacks, Failing])
    loop.run(2)
    again.load_checkpoint()
    assert not open_below(tmp_path)
    with pytest.raises(LookupError) as caught:
        again.run(5)
    assert isinstance(caught.value.__context__, ZeroDivisionError)
    assert again.step == 5 and not jax.tree.leaves(again.model.weights)[0].is_deleted()
    assert not open_below(tmp_path)
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
