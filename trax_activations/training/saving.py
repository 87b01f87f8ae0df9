"""What of our loop belongs to its output directory: checkpoints, configs, and who writes there."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, TypeAlias

import gin

from trax_activations import checkpoints
from trax_activations._trax import trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations.training import resume
from trax_activations.training.devices import Devices
from trax_activations.training.folder import RunFolder
from trax_activations.training.interrupts import shielded
from trax_activations.training.stepper import Stepper

Writers: TypeAlias = Sequence[Any]  # Of TensorBoard's logs, or None.


class SavingLoop(trax_training.Loop):
    """Trax's ``Loop``, which saves all of a run in one file, and goes on from it exactly."""

    _devices: Devices
    _stepper: Stepper
    _folder: RunFolder
    _stock_checkpoints: bool
    _config = ""  # The operative one, where gin has gone on to that of another run.
    _is_built = False
    _saved_step = _resumed_step = 0

    def load_checkpoint(self, directory: str | None = None, filename: str | None = None) -> None:
        """Goes on from a checkpoint, if there is one: this loop's, or one of a stock Trax run.

        Args:
            directory: Where it is; by default the loop's ``output_dir``. The path of the file
                will do, too.
            filename: Its name, with or without suffix; 'model' by default.

        Raises:
            FileNotFoundError: If there is none, and it was asked for by directory or name.
            ValueError: If it is damaged, with the one before it, or is of another model.
            RuntimeError: If several processes have found checkpoints of different steps.
        """
        if not self._is_built:  # Trax's constructor asks too early.
            return
        asked = directory is not None or filename is not None
        path = resume.place(directory or self._output_dir, filename)
        if path is None:
            return
        with shielded():
            self._stepper.show(last=True)
            found, notes = resume.load(self, self._stepper, path, by_name=asked)
        for note in notes:
            warnings.warn(note, stacklevel=2)
        self._devices.check_same(
            "step", self.step, "Give all of them one output_dir, which all of them can read"
        )
        self._stepper.adopt()
        if not asked:
            self._folder.note()
            self._saved_step = self._resumed_step = self.step
        if found and self.is_chief:
            print(f"Going on from step {self.step} of {found}")

    def save_checkpoint(self, basename: str) -> None:
        """Saves everything that the run needs to go on exactly: one file, whole or not at all.

        Args:
            basename: Name of the file without suffix.

        Raises:
            OSError: If it cannot be written; the checkpoint before it is intact.
        """
        self._stepper.show()
        if self._output_dir is not None and self.is_chief:
            path = checkpoints.path_of(self._output_dir, basename)
            resume.save(self, self._stepper, path, stock=self._stock_checkpoints)
            if basename == "model":
                self._folder.note()
                self._saved_step = self.step

    @contextlib.contextmanager
    def _open_summary_writers(self) -> Iterator[tuple[Writers, Writers]]:
        """Trax's writers, whose files are there once they are opened: of one process only."""
        if self.is_chief:
            with super()._open_summary_writers() as writers:
                yield writers
        else:
            yield [None] * len(self._tasks), [None] * len(self._eval_tasks)

    def _save_due(self) -> None:
        """Saves what is due after a step."""
        if self._checkpoint_at(self.step):
            self.save_checkpoint("model")
        if self._permanent_checkpoint_at(self.step):
            self.save_checkpoint(f"model_{self.step}")

    def _save_best(self) -> None:
        """Saves a checkpoint of its own for the best value of a metric, where that is asked for."""
        low, high = self._checkpoint_low_metric, self._checkpoint_high_metric
        saving = self._checkpoint_at(self.step)
        if saving and self._is_measured(low) and self._at_lowest():
            self.save_checkpoint(f"lowest_{low}")
        if saving and self._is_measured(high) and self._at_highest():
            self.save_checkpoint(f"highest_{high}")

    def _is_measured(self, metric: str | None) -> bool:
        """Whether there is a value of a metric for the present weights."""
        series = self.history.get("eval", f"metrics/{metric}") if metric else []
        return bool(series) and series[-1][0] == self.step

    def _save_gin(self, summary_writer: Any) -> None:
        """Saves the operative gin config; that of an earlier part of the run stays beside it."""
        if self._output_dir is None or "://" in self._output_dir or not self.is_chief:
            super()._save_gin(summary_writer)
            return
        config = self._config or gin.operative_config_str()
        self._folder.write_config(config, self._resumed_step)
        if summary_writer is not None:
            text = trainer_lib.jaxboard.markdownify_operative_config_str(config)
            summary_writer.text("gin_config", text)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Loop cannot be copied or pickled: it holds compiled programs, open streams of data "
            "and its output_dir. Copy loop.model, or make another Loop, which may go on from a "
            "checkpoint of this one: load_checkpoint(output_dir)."
        )
