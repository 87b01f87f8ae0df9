"""Interrupts that wait until a training step is over, so that none finds it half taken."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = ["Interrupts", "deferred", "shielded"]

# CTRL-C, and what clusters send before they take a machine: where Python handles it at all.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Interrupts:
    """Signals that came in the meantime.

    The first waits for :meth:`check`, between two steps. Another one, of somebody who waits no
    longer, is handled at once; but never in a block that is :meth:`shielded`, where arrays change
    hands.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._came: tuple[int, FrameType | None] | None = None
        self._shields = 0

    def check(self) -> None:
        """Hands an interrupt that has come to its handler, which as a rule raises an exception."""
        if self._came is not None:
            (number, frame), self._came = self._came, None
            self._handlers[number](number, frame)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Keeps interrupts out of a block."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Takes the place of Python's handlers, and of the user's."""
        try:
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self._note)
            yield
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        came_before, self._came = self._came, (number, frame)
        if came_before and not self._shields:
            self.check()


_PRESENT: list[Interrupts] = []


@contextlib.contextmanager
def deferred() -> Iterator[Interrupts]:
    """Defers interrupts inside of a ``with`` block; what came last is handled at its end.

    Python interrupts its main thread only. A block within a block is part of the outer one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Interrupts()
    elif _PRESENT:
        yield _PRESENT[-1]
    else:
        interrupts = Interrupts()
        with interrupts.installed():
            _PRESENT.append(interrupts)
            try:
                yield interrupts
            finally:
                _PRESENT.remove(interrupts)
        interrupts.check()


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """Keeps interrupts out of a ``with`` block, whether they are deferred already or not."""
    with deferred() as interrupts, interrupts.shielded():
        yield
