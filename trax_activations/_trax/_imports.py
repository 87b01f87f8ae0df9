"""Imports Trax in a third of its usual time, without the log lines of the libraries behind it.

Both are in force only while Trax is being imported, and only for Trax: see each function.
"""

import contextlib
import faulthandler
import importlib
import importlib.abc
import inspect
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

__all__ = ["AroundImport", "View", "import_trax"]

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


class AroundImport(importlib.abc.MetaPathFinder):
    """Does something before and after certain modules run; finds and loads none itself."""

    def __init__(
        self, around: Mapping[str, Callable[[ModuleType], contextlib.AbstractContextManager[None]]]
    ) -> None:
        self._around = around

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Lets the finders after it find, and dresses the loader's `exec_module`."""
        if fullname not in self._around:
            return None
        later = sys.meta_path[sys.meta_path.index(self) + 1 :]
        specs = (finder.find_spec(fullname, path, target) for finder in later)
        spec = next((spec for spec in specs if spec), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_within(module: ModuleType) -> None:
                with self._around[fullname](module):
                    run(module)

            spec.loader.exec_module = run_within  # type: ignore[method-assign]
        return spec


def import_trax() -> ModuleType:
    """Imports Trax; where it is already imported, nothing else happens."""
    if "trax" in sys.modules:
        return importlib.import_module("trax")
    with _quick_assert_shape(), _without_log_lines(), _without_gym_notice(), _without_warnings():
        return importlib.import_module("trax")


@contextlib.contextmanager
def _quick_assert_shape() -> Iterator[None]:
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

    finder = AroundImport({"trax.layers.assert_shape": around})
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
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
