"""Takes training steps: what the two ways to take them have in common."""

from jax import Array
from jax.stages import Compiled

from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.training.devices import Devices
from trax_activations.training.holders import Holders
from trax_activations.training.protocols import OwnLoop, StepResult, Trainer, Tree


class Stepper:
    """Takes a loop's training steps by one of Trax's two trainers; chosen once for a loop."""

    def __init__(
        self, loop: OwnLoop, holders: Holders, devices: Devices, stop_at_nan: bool
    ) -> None:
        self._loop = loop
        self._holders = holders
        self._devices = devices
        self._stop_at_nan = stop_at_nan

    def step(self, task_index: int, batch: Tree) -> StepResult:
        """Takes one training step of a task.

        Raises:
            FloatingPointError: If this step or an earlier one was not finite; the model has the
                weights from before it.
            ValueError: If the batch does not divide among the devices.
        """
        raise NotImplementedError

    def slots(self, task_index: int) -> Tree:
        """The slots of a task's optimizer."""
        raise NotImplementedError

    def loss(self, task_index: int) -> base.Layer:
        """The loss of a task, empty if its arrays are among those of the model."""
        return tl.Serial()

    def prepare(self, trainer: Trainer) -> None:
        """Makes a new trainer of Trax's ready."""

    def show(self, last: bool = False) -> None:
        """Shows the model, its copies, Trax's trainer and the loop what was trained.

        If this is the ``last``, no step follows at once, and nothing need be copied. Raises
        FloatingPointError if a step was not finite.
        """

    def adopt(self) -> None:
        """Takes over weights and state that the model was given from outside."""
        self._holders.refresh()

    def new_key(self) -> Array | None:
        """A new random key; ``None`` if the loop's own key is the newest."""
        return None

    def compiled(self, task_index: int = 0) -> Compiled | None:
        """The program of a task's step, for measuring; ``None`` if a step is several programs."""
        return None
