"""Distributed runs: their flags, and the initialization of ``jax.distributed``."""

import argparse
import contextlib
import os
import re
import socket
import sys
import time
from collections.abc import Iterator

from trax_activations.cli.errors import UsageError

__all__ = ["FLAGS", "add_flags", "are_joined", "joined"]

FLAGS = ("coordinator_address", "num_processes", "process_id")

_joined = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of a run on several processes."""
    add = parser.add_argument_group(
        "on several processes or machines",
        "The same command on each, with an --output_dir that all can read.",
    ).add_argument
    add("--coordinator_address", metavar="HOST:PORT", help="where the first process is to be found")
    add("--num_processes", metavar="N", type=int, help="number of processes")
    add(
        "--process_id",
        metavar="I",
        type=int,
        help="which one this is, 0 to N - 1; only process 0 prints and writes files",
    )


def are_joined() -> bool:
    """Whether this process belongs to a run on several, by :func:`joined`."""
    return _joined


@contextlib.contextmanager
def joined(options: argparse.Namespace) -> Iterator[None]:
    """Joins the other processes, if the options name any; only the first prints anything.

    Raises:
        UsageError: If one of the three flags is missing or wrong, or if the first process cannot
            be reached.
    """
    missing = [f"--{name}" for name in FLAGS if getattr(options, name) is None]
    if len(missing) == len(FLAGS):
        yield
        return
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing. A run on several processes needs all of "
            f"--{', --'.join(FLAGS)}; a run on one process none."
        )
    address, count, own = options.coordinator_address, options.num_processes, options.process_id
    if not re.fullmatch(r"\S+:\d+", address):
        raise UsageError(
            f"--coordinator_address cannot be {address!r}. It is HOST:PORT of the process with "
            "--process_id=0, such as 10.0.0.1:1234."
        )
    if count < 1:
        raise UsageError(f"--num_processes cannot be {count}: it is 1 or more.")
    if not 0 <= own < count:
        raise UsageError(
            f"--process_id cannot be {own} of --num_processes={count}: it is 0 to {count - 1}."
        )
    with contextlib.nullcontext() if own == 0 else _silent():
        _join(address, count, own)
        yield


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Redirects stdout to nowhere, also for what JAX's libraries print."""
    sys.stdout.flush()
    own = os.dup(1)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(own, 1)
            os.close(own)


def _join(address: str, count: int, own: int) -> None:
    global _joined
    import jax

    if own:
        _await(address)
    try:
        jax.distributed.initialize(address, count, own)
    except (RuntimeError, ValueError) as error:
        raise UsageError(
            f"cannot join the other processes at {address}: "
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
