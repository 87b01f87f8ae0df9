"""Puts a new file in the place of an old one at once, and keeps the old one."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # On Windows nobody can remove or replace a file that is open.
    fcntl = None  # type: ignore[assignment]

__all__ = ["cannot_write", "replacement", "write_all"]

_INTACT = "The last checkpoint is intact."
_ADVICE = {
    errno.ENOSPC: "Free some space there, or choose another directory.",
    errno.EDQUOT: "Free some space there, or choose another directory.",
    errno.EACCES: "Make its directory writable, or choose another.",
    errno.EPERM: "Make its directory writable, or choose another.",
    errno.EROFS: "Make its directory writable, or choose another.",
    errno.EISDIR: "Move that directory away, or choose another path.",
}

# What `link` says on file systems that have no hard links.
_NO_LINKS = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}
)


@contextlib.contextmanager
def replacement(path: str, previous: str | None = None, note: str = _INTACT) -> Iterator[int]:
    """Opens a new file, which takes the place of ``path`` when the block ends.

    Whatever happens, and wherever the process is killed, ``path`` is the old file or the new one,
    whole. What a killed process left over is removed by the next one.

    Args:
        path: The file to make or to replace. Its directory is made if it is missing.
        previous: Where the old file is kept, in the same directory; ``None``: nowhere. It gets
            there after the new one is safe: so at each moment a whole file stays whole, even if
            the old one was damaged.
        note: What the message of an error ends with.

    Yields:
        A file descriptor, to be written with :func:`write_all`.

    Raises:
        OSError: If the file cannot be written, of the class that fits; the message is one line
            that says what, where and how to mend it.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "greeting.txt")
        >>> with replacement(path) as file:
        ...     write_all(file, b"hello")
        >>> os.listdir(os.path.dirname(path)), os.path.getsize(path)
        (['greeting.txt'], 5)
    """
    try:
        with _replacement(path, previous) as descriptor:
            yield descriptor
    except OSError as error:
        if isinstance(error.__cause__, OSError):  # Told by another replacement, within this one.
            raise
        raise cannot_write(path, error, note) from error


def cannot_write(path: str, error: OSError, note: str = _INTACT) -> OSError:
    """The error to raise instead of what the system says: where, why, and how to mend it.

    Example:
        >>> str(cannot_write("run/model.safetensors", OSError(errno.ENOSPC, "No space left")))
        "[Errno 28] Cannot write 'run/model.safetensors': No space left. Free some space there, ..."
    """
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0, "Choose another directory.")
    text = f"Cannot write {path!r}: {reason}. {advice} {note}"
    return OSError(error.errno or errno.EIO, text)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Writes all of it; the system may take less at a time.

    Args:
        descriptor: A file that is open for writing.
        data: Any number of bytes.

    Raises:
        OSError: If the system refuses.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextlib.contextmanager
def _replacement(path: str, previous: str | None) -> Iterator[int]:
    directory, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    os.makedirs(directory, exist_ok=True)
    _sweep(directory, name)
    token = secrets.token_hex(8)
    new = os.path.join(directory, f".{name}.{token}.new.tmp")
    old = os.path.join(directory, f".{name}.{token}.old.tmp")
    binary = getattr(os, "O_BINARY", 0)  # Windows would write two bytes for each newline.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o666)
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, descriptor)
        try:
            # Held until the end: tells the sweep of another process that this one is alive.
            with contextlib.suppress(OSError):
                _lock(descriptor)
            yield descriptor
            os.fsync(descriptor)
            if not fcntl:
                opened.close()
            kept = previous is not None and _keep(path, old)
            os.replace(new, path)
            _sync_directory(directory)
            if kept and previous is not None:
                with contextlib.suppress(FileNotFoundError):  # Another process swept it away.
                    os.replace(old, previous)
        finally:
            for leftover in (new, old):
                with contextlib.suppress(OSError):  # Not there; else the next write sweeps it.
                    os.unlink(leftover)


def _lock(descriptor: int) -> None:
    """Locks an open file.

    Raises:
        BlockingIOError: If another process has.
    """
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _keep(path: str, name: str) -> bool:
    """Gives the present file a second name; where there are no links, a copy."""
    try:
        os.link(path, name)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(path, name)
    return True


def _sync_directory(directory: str) -> None:
    """Makes the new names in a directory outlast a power failure."""
    if not fcntl:  # Windows opens no directories.
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # Some file systems cannot.
            raise
    finally:
        os.close(descriptor)


def _sweep(directory: str, name: str) -> None:
    """Removes what killed processes left over: temporary files that nobody holds a lock on."""
    for entry in os.listdir(directory):
        if entry.startswith(f".{name}.") and entry.endswith(".tmp"):
            with contextlib.suppress(OSError):  # Gone meanwhile, or somebody else's.
                _remove_unless_locked(os.path.join(directory, entry))


def _remove_unless_locked(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _lock(descriptor)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)
    os.unlink(path)
