"""Executes runs in a worker process."""

import contextlib
import dataclasses
import faulthandler
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_activations.experiments.outcome import Outcome

__all__ = ["Run", "note_step", "noted_step", "prepare", "work"]

_STEP = "step"  # The file in a run's folder that tells how far it is.

# A worker of Dask may have several threads; gin's bindings belong to the process.
_ALONE = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        label: The activation, for reports.
        seed: Seed of the initial weights, the noise and the order of the data.
        folder: Where it keeps its checkpoint.
        config: The whole gin config, as a text: a worker needs no file.
        train_batches: Batches of training data to evaluate on; ``None`` for as many as hold as
            many examples as evaluation has.
    """

    label: str
    seed: int
    folder: str
    config: str
    train_batches: int | None = None


def work(runs: Sequence[Run], threads: int | None) -> "list[Outcome]":
    """Starts or resumes runs, several together; returns their outcomes, also of those that failed.

    Several differ in their seeds alone.
    """
    session = prepare(threads)
    with _ALONE, contextlib.ExitStack() as locks:
        for run in sorted(runs, key=lambda run: run.folder):  # Of all in one order.
            locks.enter_context(_locked(run.folder))
        found: list[Outcome] = session.outcomes_of(runs)
        return found


def prepare(threads: int | None) -> Any:
    """The module ``session``; a process that has not started JAX yet is given that many threads."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "jax" not in sys.modules:
        if threads is not None:  # What JAX's CPU backend takes for the number of cores.
            os.environ.setdefault("NPROC", str(threads))
        # Several processes may share a GPU.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    with _quiet():
        from trax_activations.experiments import session

    return session


def note_step(folder: str, step: int) -> None:
    """Tells whoever waits for a run how far it is."""
    with open(os.path.join(folder, _STEP), "w") as file:
        file.write(str(step))


def noted_step(folder: str) -> int:
    """How far a run is; 0 if it has not told, or is about to."""
    try:
        with open(os.path.join(folder, _STEP)) as file:
            return int(file.read() or 0)
    except OSError:
        return 0


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lets the import of Trax hold back what TensorFlow writes, as it does for who debugs nothing.

    joblib's processes have faulthandler on, which looks as if somebody searched for a crash.
    """
    watched = "trax" not in sys.modules and faulthandler.is_enabled()
    if watched:
        faulthandler.disable()
    try:
        yield
    finally:
        if watched:
            faulthandler.enable()


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Locks the folder, also against the process of a comparison that was killed."""
    os.makedirs(folder, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows has no such locks.
        yield
        return
    with open(os.path.join(folder, "lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
