"""What every callback is, and where those that write to TensorBoard write."""

import os
import weakref
from typing import Any

from trax_activations._checks import check_count
from trax_activations._trax import callbacks as trax_callbacks
from trax_activations._trax import trainer_lib
from trax_activations.training.protocols import TrainingLoop

# Of each loop that is running, or of each loop of stock Trax, which does not tell when it ends.
_WRITERS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class StopTraining(Exception):
    """Raised by a callback to end a run. Our ``Loop`` ends it in order; Trax's lets it through."""


class Callback(trax_callbacks.TrainingStepCallback):
    """A callback that does nothing, to be derived from.

    Args:
        loop: The loop.
        every: It is called at step 1 and at every multiple of this.

    Raises:
        TypeError: If ``every`` is no integer.
        ValueError: If it is not positive.
    """

    # Whether the model must show its newest weights when the callback is called, which copies them.
    needs_model = True

    def __init__(self, loop: TrainingLoop, every: int = 1) -> None:
        super().__init__(loop)
        self._every = check_count(type(self).__name__, "every", every)

    def call_at(self, step: int) -> bool:
        """Whether it is called at this step."""
        return step == 1 or step % self._every == 0

    def on_step_begin(self, step: int) -> None:
        """Called before a step."""

    def on_step_end(self, step: int) -> None:
        """Called after a step."""

    def close(self) -> None:
        """Called by our ``Loop`` when a run ends, however: closes what the run has opened."""


class WritingCallback(Callback):
    """A callback that writes to TensorBoard; ``None`` is its writer where there is nothing to."""

    @property
    def _writer(self) -> Any:
        """One for all callbacks: of several files in a directory TensorBoard follows the newest."""
        loop = self._loop
        if loop.output_dir is None or not loop.is_chief:
            return None
        if loop not in _WRITERS:
            folder = os.path.join(loop.output_dir, "activations")
            _WRITERS[loop] = trainer_lib.jaxboard.SummaryWriter(folder)
        return _WRITERS[loop]

    def close(self) -> None:
        """Closes the file; if the loop runs on, it begins another."""
        writer = _WRITERS.pop(self._loop, None)
        if writer is not None:
            writer.close()
