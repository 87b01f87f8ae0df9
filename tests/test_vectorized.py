"""Loops trained together, by one program, are the loops trained one by one."""

import dataclasses
import signal
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from resume_worker import make_loop

import trax_activations as ta
from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations.training import lockstep, vectorized
from trax_activations.training.planned import PlannedLoop
from trax_activations.training.vectorized import CannotVectorize, SharedPrograms, VectorizedSteps

PLANNED = SimpleNamespace(
    TrainTask=training.TrainTask, EvalTask=training.EvalTask, Loop=PlannedLoop
)
SEEDS = 3
STEPS = 50


class Data:
    """The batches of a stream, from a position of its own; from one step on they are not finite."""

    def __init__(self, stream, start, bad_from=None):
        self._stream, self._start, self._bad_from = stream, start, bad_from
        self.position = 0

    def seek(self, position):
        self.position = position

    def __next__(self):
        self._stream.seek(self._start + self.position)
        self.position += 1
        inputs, *others = next(self._stream)
        bad = self._bad_from is not None and self.position >= self._bad_from
        return (inputs * np.float32("nan") if bad else inputs, *others)


class Stop(training.Callback):
    """Ends a run before step 4, in order or by CTRL-C."""

    needs_model = False

    def on_step_begin(self, step):
        if step == 4:
            raise training.StopTraining("enough")


class Interrupt(Stop):
    def on_step_begin(self, step):
        if step == 4:
            signal.raise_signal(signal.SIGINT)


def make(folder=None, steps=STEPS, bad_from=None, callbacks=(), seeds=SEEDS, **kwargs):
    """Loops of several seeds, each with its own data; the second has its own callbacks."""
    loops = []
    for seed in range(seeds):
        loop = make_loop(
            folder and folder / str(seed),
            PLANNED,
            random_seed=seed,
            callbacks=callbacks if seed == 1 else (),
            **kwargs,
        )
        task = loop.tasks[0]
        task._labeled_data = Data(task.labeled_data, 7 * seed, bad_from if seed == 1 else None)
        if loop.step:
            task._labeled_data.seek(loop.step)
        loop.planned = steps - loop.step
        loops.append(loop)
    return loops


def together(loops):
    return lockstep.run_together(loops, VectorizedSteps(loops[0], len(loops)))


def arrays(loop):
    slots = loop._trainer_per_task[0].slots
    return jax.tree.leaves((loop.model.weights, loop.model.state, slots, loop._rng))


def measured(loop):
    found = loop.history.to_dict()["_values"]["eval"].items()
    return {name: np.asarray(series, np.float64) for name, series in found}


def assert_equal(one, other):
    assert one.step == other.step
    for mine, others in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_allclose(mine, others, rtol=1e-5, atol=1e-6)
    mine, others = measured(one), measured(other)
    assert mine.keys() == others.keys()
    for name, series in mine.items():
        np.testing.assert_allclose(series, others[name], rtol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def alone():
    """The loops one by one, with shared programs: the first as ever."""
    loops, programs = make(), SharedPrograms()
    for loop in loops:
        programs.lend(loop)
        loop.run_planned()
    assert loops[1]._stepper._updaters is loops[0]._stepper._updaters
    return loops


def test_each_equals_its_run_alone(alone):
    by_themselves = make(seeds=2)[1]
    by_themselves.run_planned()
    loops = make()
    assert together(loops) == [None] * SEEDS
    for one, other in zip(loops, alone, strict=True):
        assert_equal(one, other)
    assert_equal(by_themselves, loops[1])
    first, second = (arrays(loop)[0] for loop in loops[:2])
    assert not np.allclose(first, second)


def test_one_that_diverges_or_stops_does_not_stop_the_others(alone, tmp_path):
    loops = make(tmp_path, bad_from=20)
    errors = together(loops)
    assert errors[0] is errors[2] is None
    assert "of step 20 is not finite: the batch itself is not finite" in str(errors[1])
    assert loops[1].step == 19
    assert all(np.isfinite(leaf).all() for leaf in arrays(loops[1]))
    for index in (0, 2):
        assert_equal(loops[index], alone[index])

    loops = make(tmp_path / "stopped", callbacks=[Stop])
    assert together(loops) == [None] * SEEDS
    assert [loop.step for loop in loops] == [STEPS, 3, STEPS]
    assert make(tmp_path / "stopped")[1].step == 3
    assert_equal(loops[2], alone[2])


def test_interrupted_they_go_on_where_they_were(alone, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        together(make(tmp_path, callbacks=[Interrupt]))
    loops = make(tmp_path)
    assert [loop.step for loop in loops] == [4] * SEEDS
    loops[0].planned -= 10  # They need not be at the same step.
    loops[0].run_planned()
    loops[0].planned = 10
    assert together(loops) == [None] * SEEDS
    for one, other in zip(loops, alone, strict=True):
        for mine, others in zip(arrays(one), arrays(other), strict=True):
            np.testing.assert_allclose(mine, others, rtol=1e-5, atol=1e-6)


def test_learning_rates_may_differ():
    rates = (0.01, 0.001)
    loops = [make(seeds=1, steps=5, rate=rate)[0] for rate in rates]
    others = [make(seeds=1, steps=5, rate=rate)[0] for rate in rates]
    together(loops)
    for one, other in zip(loops, others, strict=True):
        other.run_planned()
        assert_equal(one, other)


def test_numpy_activations_can_be_vectorized():
    def activation():
        return ta.NumpyActivation(np.tanh, lambda x: 1 - np.tanh(x) ** 2, name="NumpyTanh")

    loops = [make(seeds=1, steps=3, activation=activation())[0] for _ in range(2)]
    assert together(loops) == [None, None]
    loop = make(seeds=1, steps=3, activation=activation())[0]
    loop.run_planned()
    assert_equal(loops[0], loop)


def test_what_cannot_be_vectorized_says_why(monkeypatch):
    loop = make(seeds=1)[0]
    with monkeypatch.context() as patch:
        patch.setattr(loop.tasks[0], "_labeled_data", iter([]))
        with pytest.raises(CannotVectorize, match=r"the data \(list_iterator\) have no `seek`"):
            VectorizedSteps(loop, 2)
    with monkeypatch.context() as patch:
        patch.setattr(vectorized, "_MOST_OPERATIONS", 10)
        with pytest.raises(CannotVectorize, match=r"floating-point operations fills a CPU"):
            VectorizedSteps(loop, 2)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_tasks", loop.tasks * 2)
        with pytest.raises(CannotVectorize, match="several training tasks"):
            VectorizedSteps(loop, 2)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_devices", dataclasses.replace(loop._devices, given=training_mesh()))
        with pytest.raises(CannotVectorize, match="each is trained on 1 devices"):
            VectorizedSteps(loop, 2)
    image = tl.Serial(tl.Fn("Image", lambda x: x[:, :, None]), tl.Conv1d(1, 1), tl.Flatten())
    with pytest.raises(CannotVectorize, match="convolutions with a leading axis are slower"):
        VectorizedSteps(make(seeds=1, activation=image)[0], 2)
    loop = make(seeds=1, activation=tl.Fn("Called", called))[0]
    with pytest.raises(CannotVectorize, match=r"its step cannot be batched \("):
        VectorizedSteps(loop, 2)


def called(x):
    return x + jax.pure_callback(np.asarray, x, jax.lax.stop_gradient(x))


def training_mesh():
    return jax.make_mesh((1,), ("batch",))
