"""A progress bar."""

import sys
from typing import IO, Any

from tqdm import tqdm  # Comes with Trax, by way of tensorflow-datasets.

from trax_activations._gin import configurable
from trax_activations.training.callbacks._base import Callback
from trax_activations.training.protocols import TrainingLoop


@configurable
class Progress(Callback):
    """A progress bar with steps per second and the time that remains; silent off a terminal.

    Args:
        loop: The loop.
        total: Number of steps of the whole run; by default what our ``Loop`` was asked to run.
            Trax's does not tell: then there is no remaining time.
        file: Where to show it; by default on stderr.
    """

    needs_model = False

    def __init__(
        self, loop: TrainingLoop, total: int | None = None, file: IO[str] | None = None
    ) -> None:
        super().__init__(loop)
        self._total, self._file = total, file
        self._bar: Any = None

    def on_step_begin(self, step: int) -> None:
        """Shows the bar, where there is none."""
        if self._bar is None:
            file = self._file or sys.stderr
            self._bar = tqdm(
                total=self._total or getattr(self._loop, "last_step", None),
                initial=step - 1,
                unit="step",
                file=file,
                disable=not file.isatty(),
                dynamic_ncols=True,
                leave=False,
            )

    def on_step_end(self, step: int) -> None:
        """Moves the bar on."""
        self._bar.update(step - self._bar.n)
        if self._bar.n == self._bar.total:
            self._bar.refresh()

    def write(self, line: str) -> None:
        """Writes a line above the bar."""
        tqdm.write(line, file=self._file or sys.stderr)

    def close(self) -> None:
        """Takes the bar away; the next step shows a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
