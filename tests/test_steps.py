"""What a training step costs beside its arithmetic: no copies, and one branch for the NaN stop."""

import itertools

import jax
import numpy as np

from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers

WIDTH = 128


def make_loop(**kwargs):
    rng = np.random.default_rng(0)
    batch = (
        rng.normal(size=(8, WIDTH)).astype(np.float32),
        rng.integers(WIDTH, size=8).astype(np.int32),
    )
    model = tl.Serial(tl.Dense(WIDTH), tl.Relu(), tl.Dropout(0.5), tl.Dense(WIDTH))
    loss, adam = tl.CategoryCrossEntropy(), optimizers.Adam(0.01)
    tasks = [training.TrainTask(itertools.repeat(batch), loss, adam)]
    return training.Loop(model, tasks, random_seed=0, n_devices=1, **kwargs)


def test_runs_of_one_step_are_one_run_and_donate_nothing_of_others(capsys):
    at_once, step_by_step = make_loop(), make_loop()
    at_once.run(6)
    seen = []
    for n in (1, 1, 1, 2, 1):
        seen.append(
            (step_by_step.model.weights, jax.tree.map(np.array, step_by_step.model.weights))
        )
        step_by_step.run(n)
    for weights, before in seen:  # None is deleted.
        jax.tree.map(np.testing.assert_array_equal, weights, before)
    jax.tree.map(np.testing.assert_array_equal, step_by_step.model.weights, at_once.model.weights)


def test_the_second_run_of_one_step_copies_no_weights(monkeypatch, capsys):
    loop = make_loop()
    loop.run(1)
    loop.run(1)
    lent = []
    updater = loop._stepper._updaters[0]
    program = updater._sparing_program
    monkeypatch.setattr(
        updater, "_sparing_program", lambda old, *rest: (lent.append(old), program(old, *rest))[1]
    )
    held = jax.tree.leaves(loop.model.weights)
    loop.run(1)
    (old,) = lent
    assert [*map(id, jax.tree.leaves(old.weights))] == [*map(id, held)]


def test_the_nan_stop_selects_no_weights_one_by_one():
    selects = []
    for stop in (False, True):
        stepper = make_loop(stop_at_nan=stop)._stepper
        stepper.compiled()
        lines = stepper._updaters[0].lower(
            stepper._state, 1, stepper._options(0), stepper._loop.tasks[0].sample_batch
        )
        shape = f"tensor<{WIDTH}x{WIDTH}xf32>"
        selects.append(
            sum(
                "stablehlo.select" in line and shape in line for line in lines.as_text().split("\n")
            )
        )
    assert selects[0] == selects[1]
