"""Trains several loops of one model together: one program takes a step of all, by ``jax.vmap``.

Each loop keeps its weights, its data, its random key and its files, and what happens between two
steps: callbacks, evaluations, checkpoints. Only the step itself is taken for all at once.
"""

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations.training.compiled import CompiledStepper
from trax_activations.training.planned import PlannedLoop
from trax_activations.training.protocols import TrainState, Tree

if TYPE_CHECKING:
    from trax_activations.training.lockstep import Member

__all__ = ["CannotVectorize", "SharedPrograms", "VectorizedSteps", "checked"]

# Of a step, on a CPU. One with more fills it by itself, and is slower with a leading axis: that of
# a Transformer 1.5 times, as is that of a small convolutional net, 1.7 times. That of a multilayer
# perceptron on digits, of 2e7 operations, takes 0.7 of the time.
_MOST_OPERATIONS = 5e7


class CannotVectorize(Exception):
    """Says, in a clause, why loops cannot be trained together, or would not be faster so."""


class SharedPrograms:
    """What a loop has compiled, for others of the same model that come after it.

    Args:
        size: The most loops that will be trained together.
    """

    def __init__(self, size: int = 0) -> None:
        self._size = size
        self._updaters: Any = None
        self._evaluators: list[Any] = []
        self._steps: VectorizedSteps | CannotVectorize | None = None

    def steps(self, lead: PlannedLoop, size: int) -> "VectorizedSteps":
        """The program of a step of all loops.

        Raises:
            CannotVectorize: If there is none, or it is not worth it.
        """
        if self._steps is None:
            try:
                self._steps = VectorizedSteps(lead, max(size, self._size))
            except CannotVectorize as error:
                self._steps = error
        if isinstance(self._steps, CannotVectorize):
            raise self._steps
        return self._steps

    def evaluator(self, index: int, make: Callable[[], Any]) -> Any:
        """The evaluator of an eval task: that of the first loop, unless it holds weights."""
        if index < len(self._evaluators):
            return self._evaluators[index]
        made = make()
        if index == len(self._evaluators) and not jax.tree.leaves((made.weights, made.state)):
            self._evaluators.append(made)
        return made

    def lend(self, loop: PlannedLoop) -> None:
        """Gives a loop the programs of steps of the first one, if it is not that itself."""
        if loop.mesh is None and isinstance(loop._stepper, CompiledStepper):
            if self._updaters is None:
                self._updaters = loop._stepper._updaters
            loop._stepper._updaters = self._updaters


class VectorizedSteps:
    """The program that takes a step of each of ``size`` loops: made of the first, for all.

    Raises:
        CannotVectorize: If there is none, or it is not worth it.
    """

    def __init__(self, lead: PlannedLoop, size: int) -> None:
        stepper = checked(lead)
        state = stepper._state_for(0)
        rates = {**stepper._opt_params[0], "learning_rate": np.float32(0)}
        arguments = (state, np.int32(0), rates, lead.tasks[0].sample_batch)
        rows = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct((size, *np.shape(leaf)), jnp.result_type(leaf)),
            arguments,
        )
        program = jax.jit(jax.vmap(stepper._updaters[0]._update), donate_argnums=0)
        try:
            lowered = program.lower(*rows)
        except Exception as error:  # Whatever a layer does that has no batched form.
            what = str(error).strip().partition("\n")[0][:200] or type(error).__name__
            raise CannotVectorize(f"its step cannot be batched ({what})") from error
        operations, on_cpu = _operations(lowered) / size, jax.default_backend() == "cpu"
        if on_cpu and operations > _MOST_OPERATIONS:
            raise CannotVectorize(
                f"a step of {operations:.0e} floating-point operations fills a CPU by itself"
            )
        if on_cpu and "stablehlo.convolution" in lowered.as_text():
            raise CannotVectorize("convolutions with a leading axis are slower on a CPU")
        self.program = lowered.compile()
        self._size = size
        self._parts: tuple[TrainState | None, list[TrainState]] = None, []
        self._rows: TrainState | None = None
        self._options: dict[str, Any] = {}

    def take(self, asking: Sequence["Member"]) -> None:
        """Takes a step of each loop that has asked; the rows of others are computed in vain."""
        if self._rows is None or any(each.stepper.rows is not self._rows for each in asking):
            states = [each.stepper._state_for(0) for each in asking]
            self._rows = _join(self._filled(states, asking))
            self._options = self._stacked([x.stepper._opt_params[0] for x in asking], asking)
        known: dict[Any, np.float32] = {}
        inputs = [(np.int32(each.loop.step), each.rate(known), each.batch) for each in asking]
        numbers, rates, batches = self._stacked(inputs, asking)
        options = {**self._options, "learning_rate": rates}
        self._rows, values = self.program(self._rows, numbers, options, batches)
        for each in asking:
            each.stepper.rows, each.stepper.own = self._rows, None
            each.values = _ValuesOfRow(values, each.index)

    def row(self, rows: TrainState, index: int) -> TrainState:
        """The state of one loop out of that of all; who asks for one, asks for the others soon."""
        if self._parts[0] is not rows:
            self._parts = rows, _split(rows, self._size)
        return self._parts[1][index]

    def _filled(self, parts: list[Tree], asking: Sequence["Member"]) -> list[Tree]:
        """One part for each row: those of loops that have ended are as that of the first."""
        filled = [parts[0]] * self._size
        for each, part in zip(asking, parts, strict=True):
            filled[each.index] = part
        return filled

    def _stacked(self, parts: list[Tree], asking: Sequence["Member"]) -> Tree:
        return jax.tree.map(lambda *leaves: np.stack(leaves), *self._filled(parts, asking))


def checked(loop: PlannedLoop) -> CompiledStepper:
    """The stepper of a loop that can be trained with others."""
    stepper = loop._stepper
    if not isinstance(stepper, CompiledStepper):
        raise CannotVectorize("the memory-efficient trainer takes a step by several programs")
    if loop.mesh is not None:
        raise CannotVectorize(f"each is trained on {loop.mesh.size} devices")
    if len(loop.tasks) > 1:
        raise CannotVectorize("there are several training tasks")
    for task in filter(None, [*loop.tasks, *loop.eval_tasks]):
        stream = task.labeled_data
        if not (hasattr(stream, "seek") or isinstance(stream, itertools.repeat)):
            raise CannotVectorize(
                f"the data ({type(stream).__name__}) have no `seek`, so they may draw from global "
                "random numbers of Python and NumPy, which belong to one run at a time"
            )
    return stepper


@jax.jit
def _join(states: list[TrainState]) -> TrainState:
    joined: TrainState = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    return joined


@functools.partial(jax.jit, static_argnums=1)
def _split(rows: TrainState, size: int) -> list[TrainState]:
    return [jax.tree.map(operator.itemgetter(index), rows) for index in range(size)]


def _operations(lowered: Any) -> float:
    found = lowered.cost_analysis()
    found = found[0] if isinstance(found, (list, tuple)) else found
    return float((found or {}).get("flops", 0.0))


class _ValuesOfRow:
    """A row of the metrics of all loops, which nobody has waited for yet."""

    def __init__(self, values: jax.Array, index: int) -> None:
        self._values, self._index = values, index

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.asarray(self._values)[self._index]

    def __getitem__(self, index: int) -> Any:
        return self.__array__()[index]

    def is_ready(self) -> bool:
        """Whether they are there."""
        return bool(self._values.is_ready())  # type: ignore[attr-defined]
