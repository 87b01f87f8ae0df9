"""How a loop goes on from a checkpoint as if it had never stopped."""

import dataclasses
import errno
import itertools
import os
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from trax_activations import checkpoints, weights
from trax_activations._trax import trainer_lib
from trax_activations.checkpoints import RunState, convert
from trax_activations.checkpoints.stock_checkpoints import write_stock
from trax_activations.training.description import describe, differences
from trax_activations.training.protocols import OwnLoop, Tree
from trax_activations.training.stepper import Stepper

_LISTED = 3  # So many complaints about weights are told.


def save(loop: OwnLoop, stepper: Stepper, path: str, *, stock: bool) -> None:
    """Writes everything that a loop needs to go on: one file, whole or not at all.

    Stock Trax's files come after it, if they are wanted.
    """
    run = _state_of(loop, stepper)
    checkpoints.write(path, run.arrays, run.record)
    if stock:
        directory, name = os.path.split(path)
        write_stock(directory, run, name.removesuffix(convert.SUFFIX))


def place(directory: str | None, filename: str | None) -> str | None:
    """Path of a checkpoint without suffix, from what may name its directory, or the file itself."""
    if directory is None:
        return None
    path = os.path.expanduser(directory)
    if filename is not None or os.path.isdir(path):
        path = os.path.join(path, filename or "model")
    return path.removesuffix(convert.SUFFIX).removesuffix(convert.STOCK)


def load(
    loop: OwnLoop, stepper: Stepper, path: str, *, by_name: bool
) -> tuple[str | None, list[str]]:
    """Puts a loop where a checkpoint was written: ours, or else one of stock Trax, or nowhere.

    What was asked for by name may be of another run, if its arrays fit. Returns the file that it
    was put by, and warnings: if it is the checkpoint before, if data begin anew.

    Raises:
        FileNotFoundError: If there is none, and it was asked for by name.
        ValueError: If no file is whole, or it is of another model or optimizer.
    """
    directory, basename = os.path.split(path)
    path = checkpoints.path_of(directory, basename)
    if checkpoints.exists(path):
        found = checkpoints.read(path)
        run = RunState.of(found)
        _put(loop, stepper, run, found.path, compare=not by_name)
        return found.path, [*filter(None, [found.warning]), *_restarted(loop, run)]
    stock = convert.find_stock(directory, basename)
    if stock:
        path, run = stock
        _put(loop, stepper, run, path, compare=False)
        return path, _restarted(loop, run)
    if by_name:
        raise FileNotFoundError(
            errno.ENOENT,
            f"There is no checkpoint {path!r}, nor one of stock Trax beside it. Give the directory "
            "of a run, and the name of a checkpoint in it, such as 'model'.",
        )
    return None, []


def _restarted(loop: OwnLoop, run: RunState) -> list[str]:
    """What to say of training data that begin anew, where a run goes on."""
    if not run.step or run.counters:
        return []
    return [
        f"The training data ({type(stream).__name__}) do not tell their position, and begin anew, "
        f"though the run goes on from step {run.step}. Give training.Stream(make_generator), or a "
        "stream with `position` and `seek`."
        for stream in {id(task.labeled_data): task.labeled_data for task in loop.tasks}.values()
        if not (hasattr(stream, "seek") or isinstance(stream, itertools.repeat))
    ]


def _state_of(loop: OwnLoop, stepper: Stepper) -> RunState:
    """What a loop is to go on from, with JAX's own arrays."""
    tasks = range(len(loop.tasks))
    signature = loop._batch_signature[: loop.model.n_in]
    return RunState(
        step=loop.step,
        history=loop.history.to_dict(),
        weights=weights.to_dict(loop.model),
        rng=loop._rng,
        state=jax.tree.leaves(loop.model.state),
        slots=[jax.tree.leaves(stepper.slots(i)) for i in tasks],
        loss_weights=[jax.tree.leaves(stepper.loss(i).weights) for i in tasks],
        loss_state=[jax.tree.leaves(stepper.loss(i).state) for i in tasks],
        metrics=loop._since.to_record(),
        counters=trainer_lib.trax_inputs.data_counters,
        positions=[getattr(stream, "position", None) for stream in _streams(loop)],
        # For whoever makes a model of the checkpoint: see `convert`.
        input_signature=[(list(part.shape), np.dtype(part.dtype).name) for part in signature],
        description=describe(loop, loop.step),
    )


def _put(loop: OwnLoop, stepper: Stepper, run: RunState, path: str, *, compare: bool) -> None:
    """Puts a loop where the checkpoint was written; unless all fits, it stays where it is."""
    own, before = _state_of(loop, stepper), loop.model.weights
    if run.rng is None:  # Stock Trax keeps neither its key nor what belongs to a loss.
        run = dataclasses.replace(
            run, rng=own.rng, loss_weights=own.loss_weights, loss_state=own.loss_state
        )
    named = _named(run, own, path)
    try:
        weights.assign(loop.model, named)
    except ValueError as error:
        raise _does_not_fit(path, _in_one_line(error)) from error
    misfit = _misfit(own, run)
    if misfit:
        loop.model.weights = before
        raise _does_not_fit(path, misfit)
    if compare and run.description is not None and not loop._accept_changes:
        changes = differences(run.description, describe(loop, run.step))
        if changes:
            loop.model.weights = before
            raise ValueError(
                f"{path} is of another run: {'; '.join(changes)}. Give another output_dir to start "
                "anew, or accept_changes=True to go on nevertheless."
            )
    loop.model.state = _like(loop.model.state, run.state)
    for i, trainer in enumerate(loop._trainer_per_task):
        loss = stepper.loss(i)
        trainer.slots = _like(stepper.slots(i), _at(run.slots, i))
        loss.weights = _like(loss.weights, _at(run.loss_weights, i))
        loss.state = _like(loss.state, _at(run.loss_state, i))
    loop._rng = jnp.asarray(run.rng)
    loop._step = run.step
    loop._history = trainer_lib.trax_history.History.from_dict(run.history)
    if run.metrics is not None:
        loop._since.restore(run.metrics)
    # How Trax's own streams (trax.data.CountAndSkip) remember where they were.
    trainer_lib.trax_inputs.data_counters = dict(run.counters or {})
    for stream, position in zip(_streams(loop), run.positions or (), strict=False):
        if position is not None and hasattr(stream, "seek"):
            stream.seek(position)


def _named(run: RunState, own: RunState, path: str) -> dict[str, np.ndarray]:
    """The stored weights by name; those of a stock checkpoint, which only has an order, too."""
    stored = dict(run.weights)
    if not stored:
        if len(run.flat_weights) != len(own.weights):
            what = f"it has {len(run.flat_weights)} weights, not {len(own.weights)}"
            raise _does_not_fit(path, what)
        stored = dict(zip(own.weights, run.flat_weights, strict=True))
    for name in own.weights.keys() & stored.keys():
        found, wanted = (jnp.result_type(x) for x in (stored[name], own.weights[name]))
        if found != wanted:
            raise _does_not_fit(path, f"{name!r} is {found}, not {wanted}")
    return stored


def _misfit(own: RunState, stored: RunState) -> str | None:
    """Why stored arrays, weights aside, cannot take the place of a loop's own."""
    mine, others = (
        dataclasses.replace(run, weights={}, flat_weights=[]).arrays for run in (own, stored)
    )
    for name in [*mine, *others]:
        if name not in others:
            return f"it has no {name!r}"
        if name not in mine:
            return f"it has {name!r} besides"
        wanted, found = _described(mine[name]), _described(others[name])
        if found != wanted:
            return f"{name} is {found}, not {wanted}"
    return None


def _described(array: ArrayLike) -> str:
    """Dtype and shape as JAX has them: without the width that it has no use for."""
    return f"{jnp.result_type(array)}{list(np.shape(array))}"


def _does_not_fit(path: str, what: str) -> ValueError:
    return ValueError(
        f"The arrays of {path} do not fit this loop: {what}. It was written by another model, "
        "optimizer or list of tasks. Give another output_dir; to begin there with the weights that "
        f"do fit, weights.load(model, {path!r}, exclude=...) before you make the loop."
    )


def _in_one_line(error: ValueError) -> str:
    """The first complaints about weights, which come in a line each."""
    _, *complaints = str(error).splitlines()
    more = f"; and {len(complaints) - _LISTED} more" if len(complaints) > _LISTED else ""
    return "; ".join(each.strip(" .") for each in complaints[:_LISTED]) + more


def _like(tree: Tree, leaves: Sequence[ArrayLike]) -> Tree:
    """A tree of the same structure, with other arrays."""
    return jax.tree.unflatten(jax.tree.structure(tree), [jnp.asarray(leaf) for leaf in leaves])


def _at(per_task: Sequence[Sequence[ArrayLike]], task_index: int) -> Sequence[ArrayLike]:
    """The arrays of a task; the last ones, that have none, stand nowhere in a file."""
    return per_task[task_index] if task_index < len(per_task) else ()


def _streams(loop: OwnLoop) -> Iterator[Any]:
    """The data of all tasks, each in its place."""
    tasks = [*loop.tasks, *(task for task in loop.eval_tasks if task is not None)]
    return (task.labeled_data for task in tasks)
