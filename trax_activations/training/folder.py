"""The folder of a run: who is using it, and which configs it has had."""

import contextlib
import errno
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import psutil

from trax_activations import checkpoints
from trax_activations._atomic import cannot_write, replacement, write_all

try:
    import fcntl
except ImportError:  # On Windows: there the lock file tells who holds it, and whether he lives.
    fcntl = None  # type: ignore[assignment]

__all__ = ["RunFolder", "absolute"]

_LOCK = ".running"


class RunFolder:
    """A run's output directory, which one loop writes at a time.

    Args:
        path: The directory, which exists; ``None`` or a remote one, if there is nothing to lock.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path if path is None or "://" not in path else None
        self._seen: tuple[int, ...] | None = None

    def check_free(self) -> None:
        """Refuses a directory in which another process trains.

        Raises:
            BlockingIOError: If it is in use.
        """
        if self._path is not None and os.path.exists(self._lock):
            holder = _holder(self._lock)
            if holder.get("process") != os.getpid() or holder.get("host") != socket.gethostname():
                with self.in_use():
                    pass

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Locks the directory inside of a ``with`` block.

        Raises:
            BlockingIOError: If it is in use, or if another loop has written the checkpoint that
                this one would replace.
            OSError: If it cannot be written.
        """
        if self._path is None:
            yield
            return
        try:
            descriptor = _acquire(self._lock)
        except BlockingIOError:
            raise
        except OSError as error:
            raise cannot_write(self._lock, error) from error
        try:
            if self._seen is not None and self._checkpoint() not in (self._seen, ()):
                raise BlockingIOError(
                    errno.EAGAIN,
                    f"Another loop has written to {self._path!r} since this one was made, and its "
                    "checkpoint would be lost. Make the loop anew, which goes on from there, or "
                    "give another output_dir.",
                )
            yield
        finally:
            _release(self._lock, descriptor)

    def note(self) -> None:
        """Takes note of the checkpoint that is there now: it is this loop's."""
        self._seen = self._checkpoint()

    def write_config(self, config: str, resumed_at: int) -> None:
        """Writes ``config.gin``; that of the run up to a step it was resumed at stays beside it.

        Where all of the new one is in the old one, that stays: it may have been used for longer.
        """
        path = os.path.join(self._path or "", "config.gin")
        kept = None
        if resumed_at and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                if set(config.splitlines()) <= set(file.read().splitlines()):
                    return
            kept = os.path.join(self._path or "", f"config_until_step_{resumed_at}.gin")
        with replacement(path, kept) as descriptor:
            write_all(descriptor, config.encode())

    @property
    def _lock(self) -> str:
        return os.path.join(self._path or "", _LOCK)

    def _checkpoint(self) -> tuple[int, ...]:
        """What tells a checkpoint from every other one; empty if there is none."""
        try:
            found = os.stat(checkpoints.path_of(self._path or ""))
        except FileNotFoundError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns


def absolute(path: Any) -> Any:
    """A directory that stays the same wherever the process goes; ``None`` and remote ones, too."""
    if path is None or "://" in os.fspath(path):
        return path
    return os.path.abspath(os.path.expanduser(path))


def _acquire(path: str) -> int:
    """Opens and locks a file; a lock that a dead process has left does not count."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            holder, locked = _holder(path), _locked(descriptor)
            if not (locked or (locked is None and not holder) or _is_dead(holder)):
                raise BlockingIOError(errno.EAGAIN, _told(os.path.dirname(path), holder))
            if locked is False:  # Children of a dead process have inherited its lock.
                os.unlink(path)
            elif os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                own = {"process": os.getpid(), "host": socket.gethostname()}
                os.ftruncate(descriptor, 0)
                write_all(descriptor, json.dumps(own).encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _release(path: str, descriptor: int) -> None:
    """Removes the file while it is locked; Windows removes none that is open."""
    if not fcntl:
        os.close(descriptor)
    with contextlib.suppress(FileNotFoundError):  # With its directory, perhaps.
        os.unlink(path)
    if fcntl:
        os.close(descriptor)


def _locked(descriptor: int) -> bool | None:
    """Locks an open file: whether it has; ``None`` where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (AttributeError, OSError):  # On Windows; on a file system that has none.
        return None
    return True


def _holder(path: str) -> dict[str, Any]:
    """What a lock file says of the process that uses the directory."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_dead(holder: dict[str, Any]) -> bool:
    ours = holder.get("host") == socket.gethostname()
    return ours and not psutil.pid_exists(int(holder.get("process", 0)))


def _told(directory: str, holder: dict[str, Any]) -> str:
    who = f"process {holder['process']} on {holder['host']}" if holder else "another process"
    who = "another loop of this process" if holder.get("process") == os.getpid() else who
    return (
        f"The output_dir {directory!r} is in use: {who} trains there. Wait for it, end it, or give "
        f"another output_dir. (Its lock is {os.path.join(directory, _LOCK)!r}.)"
    )
