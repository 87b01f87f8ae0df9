"""Errors that the command reports in one line."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
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

    def __str__(self) -> str:
        return super().__str__() or "terminated."


@contextlib.contextmanager
def terminable() -> Iterator[Callable[[], None]]:
    """Raises :class:`Terminated` inside of a ``with`` block where the process would have ended.

    Yields a function that raises what was raised before, if it came to nothing: an interrupt is
    lost if it comes while a destructor runs, say, or a module that catches all is imported.
    """
    came: list[type[KeyboardInterrupt]] = []

    def interrupt(number: int, _: Any) -> NoReturn:
        came.append(KeyboardInterrupt if number == signal.SIGINT else Terminated)
        raise came[-1]

    def check() -> None:
        if came:
            raise came[-1]

    defaults = {"SIGINT": signal.default_int_handler}
    numbers = [n for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {getattr(signal, n): defaults.get(n, signal.SIG_DFL) for n in numbers}
    if threading.current_thread() is not threading.main_thread():
        before = {}
    before = {n: handler for n, handler in before.items() if signal.getsignal(n) is handler}
    try:
        for number in before:
            signal.signal(number, interrupt)
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
