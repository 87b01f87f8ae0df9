"""Runs loops in lockstep: each goes on to where it needs the others, and waits there."""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np
from jax.stages import Compiled

from trax_activations._model import variables
from trax_activations.training.compiled import CompiledStepper
from trax_activations.training.finite import Step
from trax_activations.training.interrupts import deferred
from trax_activations.training.planned import PlannedLoop
from trax_activations.training.protocols import StepResult, TrainState, Tree
from trax_activations.training.tasks import next_batch
from trax_activations.training.vectorized import VectorizedSteps, checked

__all__ = ["run_together"]

_LOOK_EVERY = 8  # Steps, for one that was not finite.


def run_together(loops: Sequence[PlannedLoop], steps: VectorizedSteps) -> list[Exception | None]:
    """Runs what is planned of each loop; they need not be at the same step.

    Returns:
        For each loop what has ended it, if it was an error: the others go on.
    """
    members = [Member(loop, steps, index) for index, loop in enumerate(loops)]
    with deferred() as interrupts:
        live = [member for member in members if member.go_on()]
        try:
            while live:
                interrupts.check()  # Here no loop has taken a batch.
                asking = [member for member in live if member.go_on()]
                if asking:
                    steps.take(asking)
                live = [member for member in asking if member.go_on()]
        except BaseException as error:
            for member in live:
                member.stop(error)
            raise
    return [member.error for member in members]


class Member:
    """A loop among others: it goes on to where it needs the others, and waits there."""

    def __init__(self, loop: PlannedLoop, steps: VectorizedSteps, index: int) -> None:
        self.loop, self.index = loop, index
        self.stepper = loop._stepper = _Row(loop, steps, index)
        self.error: Exception | None = None
        self.batch: Tree = None
        self.values: Any = None
        self._schedule = _schedule(loop.tasks[0])
        self._parts = self._run()

    def go_on(self) -> bool:
        """Goes on to the next place to wait at; whether there is one."""
        return next(self._parts, self) is None

    def stop(self, error: BaseException) -> None:
        """Ends the run where it waits: it saves what it has."""
        with contextlib.suppress(BaseException):
            self._parts.throw(error)

    def rate(self, known: dict[Any, np.float32]) -> np.float32:
        """The learning rate of the step that it waits for; ``known`` has those of others."""
        key = self._schedule, self.loop.step
        if key not in known:
            known[key] = np.float32(self.loop.tasks[0].learning_rate(self.loop.step))
        return known[key]

    def _run(self) -> Generator[None, None, None]:
        """As ``PlannedLoop.run_planned``; waits before a step, and with a batch in its hand."""
        loop = self.loop
        try:
            loop.begin_planned()
            if loop.planned:
                with loop._running(loop.planned) as (_, writers):
                    for _ in range(loop.planned):
                        yield
                        yield from self._step(*writers)
            loop.end_planned()
        except Exception as error:
            self.error = error

    def _step(self, *writers: Any) -> Iterator[None]:
        loop = self.loop
        with loop._counted_step() as (task_index, _):
            due, seen = loop._begin_step()
            self.batch = next_batch(loop, task_index)
            yield
            result = self.stepper.taken(self.batch, self.values)
            loop._is_taken = True
            loop._end_step(due, seen)
            loop._report(result, task_index, *writers)


class _Row(CompiledStepper):
    """The stepper of a loop whose train state is a row of that of all."""

    def __init__(self, loop: PlannedLoop, steps: VectorizedSteps, index: int) -> None:
        before = checked(loop)
        self.rows: TrainState | None = None
        self.own: TrainState | None = None
        super().__init__(loop, before._holders, before._devices, before._stop_at_nan)
        self._updaters, self._steps, self._index = before._updaters, steps, index

    @property  # The row is looked at only where somebody wants to see it.
    def _state(self) -> TrainState | None:  # type: ignore[override]
        if self.own is None and self.rows is not None:
            self.own = self._steps.row(self.rows, self._index)
        return self.own

    @_state.setter
    def _state(self, state: TrainState | None) -> None:
        self.rows, self.own = None, state

    def taken(self, batch: Tree, values: Any) -> StepResult:
        """The result of a step that was taken with those of the others."""
        step = Step(self._loop.step, batch, values)
        self._stop_at(self._watch.push(step, look=step.number % _LOOK_EVERY == 0))
        return StepResult(self._updaters[0].metric_names, values)

    def _shown(self, state: TrainState) -> TrainState:
        return state  # No program is given its buffers.

    def compiled(self, task_index: int = 0) -> Compiled:
        """The program of a step of all loops."""
        return self._steps.program


def _schedule(task: Any) -> Any:
    """What is the same of two tasks only if their learning rates are."""
    rate = getattr(task, "_lr_schedule", None)
    if isinstance(rate, FunctionType):
        held = tuple(variables(rate))
        if all(isinstance(value, (bool, float, int, list, str)) for _, value in held):
            return rate.__code__, repr(held)
    return id(task)
