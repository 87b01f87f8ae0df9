"""Errors that the command reports in one line."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

__all__ = ["MISTAKES", "Terminated", "UsageError", "terminable"]

# What a wrong flag, file, binding or hyperparameter raises, besides Trax's LayerError.
MISTAKES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


class UsageError(Exception):
    """A wrong use of the command, reported in one line."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end, as by a cluster that takes a machine back."""

    status = 128 + signal.SIGTERM


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Raises :class:`Terminated` inside of a ``with`` block where the process would have ended."""
    numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    ours = [n for n in numbers if n is not None and signal.getsignal(n) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    try:
        for number in ours:
            signal.signal(number, _terminate)
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _terminate(*_: Any) -> NoReturn:
    raise Terminated("terminated.")
