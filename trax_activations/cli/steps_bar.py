"""A bar of the steps that several runs have taken, wherever they run."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trax_activations import experiments

if TYPE_CHECKING:
    from trax_activations.experiments import Outcome, Plan

__all__ = ["StepsBar"]

_EVERY = 0.5  # Seconds from one look at the folders to the next.


class StepsBar:
    """A progress bar of all steps of a comparison; silent off a terminal.

    Each run notes in its folder how far it is; one that has ended, however, has all its steps.
    """

    def __init__(self, planned: "Plan") -> None:
        from tqdm import tqdm

        self._steps = planned.steps
        self._running = {(run.label, run.seed): run.folder for run in planned.runs}
        self._ended = 0
        file: Any = sys.stdout
        total = planned.steps * len(planned.runs)
        self.bar = tqdm(total=total, unit="step", file=file, disable=not file.isatty())

    def end(self, outcome: "Outcome", line: str) -> None:
        """Counts a run that has ended, and writes a line about it above the bar."""
        self._running.pop((outcome.label, outcome.seed), None)
        self._ended += 1
        self.look()
        self.bar.write(line, file=sys.stdout)
        sys.stdout.flush()

    def look(self) -> None:
        """Shows how many steps have been taken by now."""
        folders = list(self._running.values())
        taken = sum(min(experiments.noted_step(folder), self._steps) for folder in folders)
        self.bar.update(self._ended * self._steps + taken - self.bar.n)

    @contextlib.contextmanager
    def watching(self) -> Iterator["StepsBar"]:
        """Looks at the folders again and again."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_EVERY):
                self.look()

        thread = threading.Thread(target=watch, daemon=True)
        if not self.bar.disable:
            thread.start()
        try:
            yield self
        finally:
            over.set()
            if thread.is_alive():
                thread.join()
            self.bar.close()
