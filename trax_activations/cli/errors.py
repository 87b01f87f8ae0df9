"""Errors that the command reports in one line."""

__all__ = ["MISTAKES", "UsageError"]

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
