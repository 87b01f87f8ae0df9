"""What every callback is, and where those that write to TensorBoard write."""

import functools
import inspect
import os
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from trax_activations._checks import check_count
from trax_activations._trax import callbacks as trax_callbacks
from trax_activations._trax import trainer_lib
from trax_activations.training.protocols import TrainingLoop

# Of each loop that is running, or of each loop of stock Trax, which does not tell when it ends.
_WRITERS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class StopTraining(Exception):
    """Raised by a callback to end a run. Our ``Loop`` ends it in order; Trax's lets it through."""


class _MadeLater(type(trax_callbacks.TrainingStepCallback)):  # type: ignore[misc]
    """Lets a callback be called without a loop: the result makes it, once there is one."""

    def __call__(cls, loop: TrainingLoop | None = None, /, *args: Any, **kwargs: Any) -> Any:
        loop = kwargs.pop("loop", loop)
        if loop is None:
            return functools.partial(cls, *args, **kwargs)
        return super().__call__(loop, *args, **kwargs)

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of the constructor: the loop hands itself over."""
        signature = inspect.signature(cls.__init__)  # type: ignore[misc]  # It is a class here.
        return signature.replace(parameters=[*signature.parameters.values()][1:])


class Callback(trax_callbacks.TrainingStepCallback, metaclass=_MadeLater):
    """A callback that does nothing, to be derived from.

    Args:
        loop: The loop; without it, as in ``callbacks=[Callback(every=10)]``, the loop makes the
            callback when it is itself made.
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


def makers(callbacks: Iterable[Any] | None) -> list[Callable[[TrainingLoop], Any]]:
    """What a loop calls to make its callbacks: classes; what is made already is only bound."""
    return [_maker(callback) for callback in callbacks or ()]


def _maker(callback: Any) -> Callable[[TrainingLoop], Any]:
    def bind(loop: TrainingLoop) -> Any:
        callback._loop = loop
        return callback

    if isinstance(callback, trax_callbacks.TrainingStepCallback):
        return bind
    if not callable(callback):
        raise TypeError(
            f"Loop takes classes of callbacks as callbacks, for example training.Progress, but "
            f"received {callback!r}."
        )
    maker: Callable[[TrainingLoop], Any] = callback
    return maker


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
