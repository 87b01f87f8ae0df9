"""One clear error where a package is needed that is not installed."""

import contextlib
import sys
from collections.abc import Iterator

__all__ = ["MissingPackageError", "needing"]

_EXTRA = "'trax-activations[trax]'"
_EXPORT = "'trax-activations[export]' (on Python 3.11 or newer)"
# By import name: what the package is called, and what brings it.
_PACKAGES = {
    "flatbuffers": ("flatbuffers", "flatbuffers"),
    "gym": ("Gym", _EXTRA),
    "jax2onnx": ("jax2onnx", _EXPORT),
    "keras": ("Keras", _EXTRA),
    "onnxruntime": ("onnxruntime", _EXPORT),
    "t5": ("T5", "t5"),
    "tensor2tensor": ("Tensor2Tensor", "tensor2tensor"),
    "tensorflow": ("TensorFlow", _EXTRA),
    "tensorflow_datasets": ("TensorFlow Datasets", _EXTRA),
    "tensorflow_text": ("TensorFlow Text", _EXTRA),
    "trax": ("Trax", f"--no-deps trax, or with TensorFlow: pip install {_EXTRA}"),
}


class MissingPackageError(ModuleNotFoundError):
    """A part of Trax was used whose package is not installed."""


@contextlib.contextmanager
def needing(feature: str) -> Iterator[None]:
    """Says which feature needs a package that cannot be imported, and what to install.

    Args:
        feature: What is used; if a function of Trax uses it, that is named.

    Raises:
        MissingPackageError: If one of the packages that Trax can do without is missing.
    """
    try:
        yield
    except MissingPackageError:
        raise
    except ModuleNotFoundError as error:
        root = (error.name or "").partition(".")[0]
        if root not in _PACKAGES:
            raise
        package, what = _PACKAGES[root]
        raise MissingPackageError(
            f"{_user() or feature} needs {package}, which is not installed. "
            f"Install it: pip install {what}",
            name=error.name,
        ) from error


def _user() -> str | None:
    """The innermost function of Trax that runs now."""
    frame = sys._getframe(1)
    while frame := frame.f_back:  # type: ignore[assignment]
        module = frame.f_globals.get("__name__", "")
        if module.startswith("trax.") and frame.f_code.co_name != "<module>":
            return f"{module}.{frame.f_code.co_name}"
    return None
