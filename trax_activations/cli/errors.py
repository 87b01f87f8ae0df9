"""What the command takes for a mistake of its user."""

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
    """A mistake of the user's, told in one line."""
