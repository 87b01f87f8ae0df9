"""What the parts of a training loop ask of each other."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from jax import Array
from jax.stages import Compiled

from trax_activations._trax import base, optimizers, shapes
from trax_activations._trax import training as trax_training
from trax_activations.training.metrics import Metrics

__all__ = [
    "History",
    "OwnLoop",
    "StepResult",
    "Stepper",
    "TrainState",
    "Trainer",
    "TrainingLoop",
    "Tree",
]

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


class StepResult(NamedTuple):
    """The metrics of a step.

    Attributes:
        names: Their names, 'loss' among them.
        values: A vector of their values, and then 1 as long as all was finite.
    """

    names: tuple[str, ...]
    values: Array


class History(Protocol):
    """Trax's ``History``: series of steps and values, by mode and metric."""

    def get(self, mode: str, metric: str) -> Sequence[tuple[int, float]]:
        """A series; an empty one if there is none."""

    def append(self, mode: str, metric: str, step: int, value: float) -> None:
        """Adds to a series."""

    def to_dict(self) -> dict[str, Any]:
        """Everything, in plain Python."""


class TrainingLoop(Protocol):
    """What a loop, ours or Trax's own, is to its callbacks."""

    @property
    def step(self) -> int:
        """The number of steps taken."""

    @property
    def history(self) -> History:
        """The metrics so far."""

    @property
    def model(self) -> base.Layer:
        """The model that is trained."""

    @property
    def tasks(self) -> Sequence[trax_training.TrainTask]:
        """The training tasks."""

    @property
    def eval_tasks(self) -> Sequence[trax_training.EvalTask | None]:
        """The eval tasks."""

    @property
    def output_dir(self) -> str | None:
        """Where it writes."""

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""


class OwnLoop(TrainingLoop, Protocol):
    """What our loop is to its parts: among its attributes those of Trax's ``Loop``."""

    _step: int
    _history: History
    _rng: Array
    _model: base.Layer
    _eval_model: base.Layer
    _trainer_per_task: Sequence[Trainer]
    _batch_signature: Sequence[shapes.ShapeDtype]
    _since: Metrics
    _stepper: "Stepper"

    def new_rng(self) -> Array:
        """A new single-use random key."""


class Stepper(Protocol):
    """Takes a loop's training steps by one of Trax's two trainers; chosen once for a loop."""

    def prepare(self, trainer: Trainer) -> None:
        """Makes a new trainer of Trax's ready."""

    def step(self, task_index: int) -> StepResult:
        """Takes one training step of a task.

        Raises:
            FloatingPointError: If this step or an earlier one was not finite; the model has the
                weights from before it.
            ValueError: If the batch does not divide among the devices.
        """

    def show(self, last: bool = False) -> None:
        """Shows what was trained: in the model, its copies, Trax's trainer and the loop.

        Args:
            last: Whether no step follows at once, so that nothing need be copied.

        Raises:
            FloatingPointError: If a step was not finite.
        """

    def adopt(self) -> None:
        """Takes over weights and state that the model was given from outside."""

    def new_key(self) -> Array | None:
        """A new random key; ``None`` if the loop's own key is the newest."""

    def slots(self, task_index: int) -> Tree:
        """The slots of a task's optimizer."""

    def loss(self, task_index: int) -> base.Layer:
        """The loss of a task, without sublayers if its arrays are among those of the model."""

    def compiled(self, task_index: int = 0) -> Compiled | None:
        """The program of a task's step, for measuring; ``None`` if a step is several programs."""
