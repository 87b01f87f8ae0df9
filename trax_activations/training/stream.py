"""A stream of batches, made of any generator that can be begun anew, which knows where it is."""

from collections.abc import Callable, Iterator
from typing import Any

from trax_activations._checks import refused

__all__ = ["Stream"]


class Stream(Iterator[Any]):
    """An endless stream of batches that a run goes on with where it was stopped.

    When a generator ends, the next one begins: an epoch each. A checkpoint keeps the position;
    at resumption as many batches are made and left out. A stream that can do so faster has
    ``position`` and ``seek`` of its own, as ``datasets.Stream``.

    Args:
        make_generator: A function without arguments that returns a new iterator over batches, the
            same ones each time.

    Raises:
        TypeError: If ``make_generator`` cannot be called, as a generator itself.
        ValueError: By ``next``, if what it makes holds no batch.

    Example:
        >>> stream = Stream(lambda: iter("abc"))
        >>> [next(stream) for _ in range(5)], stream.position
        (['a', 'b', 'c', 'a', 'b'], 5)
        >>> stream.seek(1)
        >>> next(stream)
        'b'
    """

    def __init__(self, make_generator: Callable[[], Iterator[Any]]) -> None:
        if not callable(make_generator):
            allowed, example = "a function that returns an iterator", "lambda: iter(batches)"
            raise refused("training.Stream", "make_generator", make_generator, allowed, example)
        self._make = make_generator
        self._batches: Iterator[Any] = iter(())
        self._position = 0

    @property
    def position(self) -> int:
        """Number of batches before the next one."""
        return self._position

    def seek(self, position: int) -> None:
        """Seeks: what follows is as if ``position`` batches had been taken.

        Args:
            position: Number of batches before the next one.

        Raises:
            ValueError: If it is negative.
        """
        if position < 0:
            raise refused("training.Stream", "position", position, "0 or a positive integer", "8")
        if position < self._position:
            self._batches, self._position = iter(()), 0
        while self._position < position:
            next(self)

    def __next__(self) -> Any:
        for batches in (self._batches, None):
            if batches is None:
                self._batches = batches = iter(self._make())
            for batch in batches:
                self._position += 1
                return batch
        raise ValueError(
            "training.Stream: what make_generator returned holds no batch. It must return a new "
            "iterator each time, such as a generator function does."
        )
