"""Lets one name stand for something else for a while."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def swapped(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Binds ``owner.name`` to ``value`` inside of a ``with`` block, and back after it.

    Example:
        >>> import math
        >>> with swapped(math, "pi", 3): print(math.pi)
        3
        >>> round(math.pi, 2)
        3.14
    """
    own = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, own)
