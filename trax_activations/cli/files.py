"""Reports in one line which log or config could not be written."""

import contextlib
import errno
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from trax_activations._atomic import cannot_write
from trax_activations._trax import patched, trainer_lib

__all__ = ["plain_errors", "unwritable"]

_WRITER_THREAD = "EventLoggerThread"  # tensorflow/python/summary/writer/event_file_writer.py


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Converts TensorFlow's errors about logs and configs to an ``OSError`` of one line."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_of_no_writer)
    try:
        with patched(threading, "excepthook", _without_writers(threading.excepthook)):
            yield
    except OSError as error:
        if error.filename is None:  # Told already.
            raise
        raise cannot_write(error.filename, error) from error
    except (trainer_lib.tf.errors.OpError, RuntimeError) as error:
        told, separator, reason = str(error).partition("\n")[0].rpartition("; ")
        if not separator:  # Of something else: the writers' errors are RuntimeErrors.
            raise
        code = next((n for n in errno.errorcode if os.strerror(n) == reason), errno.EIO)
        raise cannot_write(told, OSError(code, reason)) from error
    finally:
        logger.removeFilter(_is_of_no_writer)


def unwritable(folder: str, error: BaseException) -> str | None:
    """Tells in one line what is wrong with the folder of a run, if that is the error.

    By the text of the system's error: what went through gin has no other attributes.
    """
    told = re.match(r"\[Errno \d+\] (.+?): '(.*)'", str(error))
    if not told or not folder or told[2] != folder:
        return None
    path = Path(folder)
    blocking = next(
        (each for each in (path, *path.parents) if each.exists() and not each.is_dir()), None
    )
    what = f"{blocking} is not a directory" if blocking else f"cannot write {folder!r}: {told[1]}"
    return f"{what}. Give another --output_dir."


def _is_of_no_writer(record: logging.LogRecord) -> bool:
    return "EventFileWriter" not in record.getMessage()


def _without_writers(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps silent about a writer thread that fails: the next write raises its error."""

    def told(arguments: threading.ExceptHookArgs) -> None:
        if getattr(arguments.thread, "name", "") != _WRITER_THREAD:
            hook(arguments)

    return told
