"""What the parts of a training loop ask of each other, and hand to each other."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import jax.numpy as jnp
from jax import Array

from trax_activations._trax import base, optimizers, shapes, trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations.training.metrics import Metrics

__all__ = ["OwnLoop", "StepResult", "TrainState", "Trainer", "TrainingLoop", "Tree"]

# Arrays in tuples, lists and dictionaries: neither JAX nor Trax has a type for them.
Tree: TypeAlias = Any
Trainer: TypeAlias = optimizers.Trainer | optimizers.ReversibleSerialTrainer


class TrainState(NamedTuple):
    """What one step hands to the next.

    Attributes:
        weights: Weights of the model and of the loss.
        state: State of the model and of the loss.
        slots: Slots of the optimizer.
        rng: The loop's random key.
        alive: Whether every loss and gradient so far was finite.
    """

    weights: Tree
    state: Tree
    slots: Tree
    rng: Array
    alive: Array


@dataclasses.dataclass(frozen=True)
class StepResult:
    """The metrics of a step; unpacked, it is the pair (loss, stats) of Trax's ``_run_one_step``.

    Attributes:
        names: Their names, 'loss' among them.
        values: A vector of their values, and then 1 as long as all was finite.
    """

    names: tuple[str, ...]
    values: Array

    def __iter__(self) -> Iterator[Any]:
        stats = {name: self.values[i] for i, name in enumerate(self.names)}
        yield from (stats["loss"], stats)

    @classmethod
    def of(cls, result: Any) -> "StepResult":
        """What a step has handed back; if that is of a subclass of the loop, a pair as Trax's."""
        if isinstance(result, cls):
            return result
        loss, stats = result
        stats = {**stats, "loss": loss}
        values = [*(jnp.asarray(value, jnp.float32) for value in stats.values()), jnp.float32(1)]
        return cls(tuple(stats), jnp.stack(values))


class TrainingLoop(Protocol):
    """What a loop, ours or Trax's own, is to its callbacks."""

    step: int
    history: trainer_lib.trax_history.History
    model: base.Layer
    tasks: Sequence[trax_training.TrainTask]
    eval_tasks: Sequence[trax_training.EvalTask | None]
    output_dir: str | None
    is_chief: bool

    def update_weights_and_state(self, weights: Tree = None, state: Tree = None) -> None:
        """Sets weights and state of the model."""


class OwnLoop(TrainingLoop, Protocol):
    """What our loop is to its parts: among its attributes those of Trax's ``Loop``."""

    _step: int
    _history: trainer_lib.trax_history.History
    _rng: Array
    _trainer_per_task: Sequence[Trainer]
    _batch_signature: Sequence[shapes.ShapeDtype]
    _since: Metrics
    _seed: int | None
    _accept_changes: bool

    _eval_model: base.Layer
    _evaluator_per_task: Sequence[trax_training._Evaluator]
    _which_task: Callable[[int], int]

    @property
    def last_step(self) -> int:
        """The step with which the present run ends."""

    def new_rng(self) -> Array:
        """A new single-use random key."""

    def log_summary(
        self, values: dict[str, Any], summary_writer: Any, value_prefix: str, log_prefix: str
    ) -> None:
        """Records metrics."""
