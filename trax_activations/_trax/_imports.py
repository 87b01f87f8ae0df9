"""Keeps the import of Trax, and of the libraries behind it, quick and quiet.

What is here is in force only while they are being imported: see each function.
"""

import contextlib
import faulthandler
import importlib
import inspect
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import FrameType, ModuleType

from trax_activations._trax._finder import AROUND

__all__ = ["View", "quick_assert_shape", "quiet"]

# What TensorFlow's C++ code writes to stderr when nothing is wrong: INFO lines in absl's format and
# in its own older one, and lines that each build for GPUs prints on each machine.
_NOISE = re.compile(
    rb"""^(
        I\d{4}[ ]                                                   # absl: I0000 00:00:...
      | \d{4}-\d\d-\d\d[ ][\d:.]+:[ ]I[ ]                           # 2024-01-01 12:00:00.1: I ...
      | WARNING:[ ]All[ ]log[ ]messages[ ]before[ ]absl::InitializeLog
      | To[ ]enable[ ]the[ ]following[ ]instructions:               # second line of an INFO
      | .*Unable[ ]to[ ]register[ ]cu\w+[ ]factory
      | .*computation[ ]placer[ ]already[ ]registered
      | .*TF-TRT[ ]Warning:[ ]Could[ ]not[ ]find[ ]TensorRT
    )""",
    re.VERBOSE,
)

# What old code does that is none of its importer's business, also where warnings are errors.
_OTHERS_WARNINGS = (
    DeprecationWarning,
    FutureWarning,
    ImportWarning,
    PendingDeprecationWarning,
    SyntaxWarning,
    UserWarning,
)


class View(ModuleType):
    """A module as one other module shall see it: some names replaced, the rest the original's."""

    def __init__(self, original: ModuleType, **names: object) -> None:
        super().__init__(original.__name__, original.__doc__)
        self.__dict__.update(names, _original=original)

    def __getattr__(self, name: str) -> object:
        return getattr(self.__dict__["_original"], name)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Holds back the log lines, the notice and the warnings of libraries that are imported."""
    with _without_log_lines(), _without_gym_notice(), _without_warnings():
        yield


@contextlib.contextmanager
def quick_assert_shape() -> Iterator[None]:
    """Makes `trax.layers.assert_shape` ask for its caller's file and line, and for no more.

    At each decoration `assert_shape` calls `inspect.stack()` and `getframeinfo()`
    (trax/layers/assert_shape.py:92), which read the source lines of every frame and for that scan
    all modules, thousands after TensorFlow: 10 of the 14 s that Trax takes to import. Only that
    module sees other functions, and afterwards it has the originals back.
    """
    decorated: list[ModuleType] = []

    @contextlib.contextmanager
    def around(module: ModuleType) -> Iterator[None]:
        yield
        module.__dict__["inspect"] = View(
            inspect, stack=_two_frames, getframeinfo=_frame_info_without_source
        )
        decorated.append(module)

    AROUND["trax.layers.assert_shape"] = around
    try:
        yield
    finally:
        del AROUND["trax.layers.assert_shape"]
        for module in decorated:
            module.__dict__["inspect"] = inspect


def _two_frames() -> list[tuple[FrameType | None]]:
    """As much of `inspect.stack()` as `assert_shape` uses: its own frame and its caller's."""
    own = sys._getframe(1)
    return [(own,), (own.f_back,)]


def _frame_info_without_source(frame: FrameType) -> inspect.Traceback:
    return inspect.getframeinfo(frame, context=0)


@contextlib.contextmanager
def _without_log_lines() -> Iterator[None]:
    """Holds back what is written to file descriptor 2, then lets through all that is not noise.

    TensorFlow writes these lines before it reads any setting, so TF_CPP_MIN_LOG_LEVEL, which would
    also outlast the import, does not stop them. Where somebody asked for every line
    (TF_CPP_MIN_LOG_LEVEL=0) or looks for a crash (faulthandler), nothing is held back.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0" or faulthandler.is_enabled():
        yield
        return
    try:
        stderr = os.dup(2)
    except OSError:  # There is no stderr, as under a daemon.
        yield
        return
    with tempfile.TemporaryFile() as held:
        _flush_stderr()
        os.dup2(held.fileno(), 2)
        # A crash would take the held lines with it; where it happened must still be said.
        faulthandler.enable(stderr)
        try:
            yield
        finally:
            faulthandler.disable()
            _flush_stderr()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held:
                if not _NOISE.match(line):
                    os.write(2, line)


def _flush_stderr() -> None:
    if sys.stderr is not None:  # None under pythonw.
        sys.stderr.flush()


@contextlib.contextmanager
def _without_gym_notice() -> Iterator[None]:
    """Keeps Gym, which Trax's reinforcement learning imports, from printing that it is old."""
    try:
        notices = importlib.import_module("gym_notices.notices").notices
    except ImportError:
        yield
        return
    texts = dict(notices)
    notices.clear()
    try:
        yield
    finally:
        notices.update(texts)


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Ignores Python warnings of the libraries, and keeps the filters that they set up."""
    before = list(warnings.filters)
    with warnings.catch_warnings():
        for category in _OTHERS_WARNINGS:
            warnings.simplefilter("ignore", category)
        ours = list(warnings.filters)
        yield
        theirs = [entry for entry in warnings.filters if entry not in ours]
    # `filters` is a list at run time, whatever its stub says.
    warnings.filters[:] = [*theirs, *before]  # type: ignore[index]
