"""The name that somebody meant, for errors; imports nothing heavy."""

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Suggests the known name that is nearest; an empty string if none is near.

    Example:
        >>> did_you_mean("stepz", ["steps", "model"])
        " Did you mean 'steps'?"
    """
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f" Did you mean {matches[0]!r}?" if matches else ""
