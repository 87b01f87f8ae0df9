"""Temporary patches of what is not ours."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Temporarily patches an attribute: ``owner.name`` is ``value`` inside of the ``with`` block.

    Example:
        >>> import math
        >>> with patched(math, "pi", 3): print(math.pi)
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
