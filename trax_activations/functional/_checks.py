"""Checks of hyperparameters that are numbers; a traced one cannot be checked, and passes."""

import math
from typing import Any


def check_positive(owner: str, name: str, value: Any) -> None:
    """Refuses a number that is not positive and finite."""
    if _is_number(value) and not (math.isfinite(value) and value > 0):
        raise _refused(owner, name, value, "a positive finite number", "1.0")


def check_not_negative(owner: str, name: str, value: Any) -> None:
    """Refuses a number that is negative or not finite."""
    if _is_number(value) and not (math.isfinite(value) and value >= 0):
        raise _refused(owner, name, value, "0 or a positive finite number", "0.5")


def check_order(owner: str, **bounds: Any) -> None:
    """Refuses two bounds of which the first is not below the second."""
    (low_name, low), (high_name, high) = bounds.items()
    if _is_number(low) and _is_number(high) and not low < high:
        raise ValueError(
            f"{owner} takes {low_name} < {high_name}, but received {low_name}={low}, "
            f"{high_name}={high}. Give two different numbers, the smaller one first, for example "
            f"{low_name}=-1.0, {high_name}=1.0."
        )


def check_pieces(owner: str, name: str, value: Any) -> None:
    """Refuses anything but a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refused(owner, name, value, "a positive integer", "2")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _refused(owner: str, name: str, value: Any, allowed: str, example: str) -> ValueError:
    return ValueError(
        f"{owner} takes {allowed} as {name}, for example {name}={example}, "
        f"but received {name}={value!r}."
    )
