"""A run on several processes: its flags, and how they find each other before JAX starts."""

import contextlib
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from absl import flags

from trax_activations.cli.errors import PROCESS_FLAGS, UsageError, explain

__all__ = ["are_joined", "joined"]

# Apart from Trax's, which only `import trax` defines: by then it is too late to join.
_VALUES = flags.FlagValues()
flags.DEFINE_string(
    "coordinator_address", None, "HOST:PORT of the first process.", flag_values=_VALUES
)
flags.DEFINE_integer("num_processes", None, "How many processes there are.", 1, flag_values=_VALUES)
flags.DEFINE_integer(
    "process_id", None, "Which of them this is, from 0 on.", 0, flag_values=_VALUES
)
_VALUES.set_gnu_getopt(True)  # Reads on after an argument that it does not know.

_joined = False


def are_joined() -> bool:
    """Whether this process belongs to a run on several, by :func:`joined`."""
    return _joined


@contextlib.contextmanager
def joined(arguments: Sequence[str]) -> Iterator[list[str]]:
    """Joins the other processes, if the arguments tell of any; only the first prints anything.

    Args:
        arguments: Of ``train``.

    Yields:
        The arguments that are not about processes.

    Raises:
        UsageError: If one of the three flags is missing or wrong, or if the first process is not
            to be reached.
    """
    _VALUES.unparse_flags()
    try:
        rest = _VALUES(["trax-activations", *arguments], known_only=True)[1:]
    except flags.Error as error:
        raise UsageError(explain(error)) from error
    given = {name: _VALUES[name].value for name in PROCESS_FLAGS}
    if all(value is None for value in given.values()):
        yield rest
        return
    _check(given)
    with contextlib.nullcontext() if given["process_id"] == 0 else _silent():
        _join(given)
        yield rest


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Lets nothing through to stdout, not even what JAX's libraries print there."""
    sys.stdout.flush()
    own = os.dup(1)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(own, 1)
            os.close(own)


def _check(given: dict[str, Any]) -> None:
    missing = [f"--{name}" for name, value in given.items() if value is None]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing. A run on several processes needs all of "
            f"--{', --'.join(PROCESS_FLAGS)}; a run on one process none."
        )
    address, count, own = given.values()
    if not re.fullmatch(r"\S+:\d+", str(address)):
        raise UsageError(
            f"--coordinator_address cannot be {address!r}. It is HOST:PORT of the process with "
            "--process_id=0, such as 10.0.0.1:1234."
        )
    if not int(own or 0) < int(count or 0):
        raise UsageError(
            f"--process_id cannot be {own!r} of --num_processes={count}: the last is "
            f"{int(count or 0) - 1}."
        )


def _join(given: dict[str, Any]) -> None:
    global _joined
    import jax

    if given["process_id"]:
        _await(str(given["coordinator_address"]))
    try:
        jax.distributed.initialize(**given)
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"cannot join the other processes at {given['coordinator_address']}: "
            f"{str(error).splitlines()[0].rstrip('.')}. Start all of them, with the same address."
        ) from error
    _joined = True


def _await(address: str, seconds: float = 300) -> None:
    """Waits for the first process: JAX would do so too, and then abort with a page of addresses."""
    host, _, port = address.rpartition(":")
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
            return
        except (OSError, OverflowError) as error:
            if time.monotonic() > end:
                raise UsageError(
                    f"no process answers at {address} ({error}). Start the one with "
                    "--process_id=0 there, or correct --coordinator_address."
                ) from error
            time.sleep(0.2)
