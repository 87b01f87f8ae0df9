"""Runs all runs of a comparison, by joblib: in processes of this machine, or on a Dask cluster."""

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import jax
import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from trax_activations.experiments import outcome
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.worker import Run, work

__all__ = ["execute", "number_of_jobs", "processes"]

_PATIENCE = "10s"  # With a scheduler that does not answer.


def number_of_jobs(n_jobs: int | None, n_runs: int) -> int:
    """How many processes to use.

    Args:
        n_jobs: As asked; ``None`` for a core each, or, on an accelerator, for one in all: its
            memory is shared.
        n_runs: Number of runs.

    Returns:
        At most as many as there are runs.
    """
    if n_jobs is None:
        on_cpu = jax.default_backend() == "cpu"
        n_jobs = joblib.cpu_count(only_physical_cores=True) if on_cpu else 1
    return max(1, min(n_jobs, n_runs))


def execute(
    runs: Sequence[Run],
    n_jobs: int | None = None,
    dask: str | None = None,
    vectorize: bool = True,
) -> Iterator[Outcome]:
    """Runs what is not finished, and gives all outcomes as they come.

    The outcomes of finished runs are kept in their folders, and come first. Failed runs are tried
    anew; unfinished ones go on from their checkpoints, where a worker sees the folder.

    Args:
        runs: The runs.
        n_jobs: Number of processes; with one, this process does everything.
        dask: Address of a Dask scheduler, such as 'tcp://10.0.0.1:8786'; its workers import this
            package, and each runs one run at a time.
        vectorize: Whether the seeds of an activation are trained together where that can be, as
            many as leave no process idle.

    Yields:
        One outcome for each run.

    Raises:
        ImportError: If Dask is asked for and not installed.
        OSError: If its scheduler is not to be reached, or an outcome cannot be written.
    """
    waiting: dict[tuple[str, int], Run] = {}
    for run in runs:
        known = outcome.read(run.folder, run.config)
        if known is None:
            waiting[run.label, run.seed] = run
        else:
            yield known
    if not waiting:
        return
    jobs = number_of_jobs(n_jobs, len(waiting))
    with _cluster(dask) if dask else processes(jobs) as (jobs, threads):
        groups = _groups(waiting.values(), jobs) if vectorize else [[x] for x in waiting.values()]
        for found in _surviving(waiting, groups, -1 if dask else jobs, threads):
            run = waiting.pop((found.label, found.seed))
            if not found.reason:
                outcome.write(run.folder, found, run.config)
            yield found


def _groups(runs: Iterable[Run], jobs: int) -> list[list[Run]]:
    """Runs that may be trained together: those of an activation, in parts if jobs were idle."""
    by_label: dict[str, list[Run]] = {}
    for run in runs:
        by_label.setdefault(run.label, []).append(run)
    parts = math.ceil(jobs / len(by_label))
    groups = []
    for same in by_label.values():
        size = math.ceil(len(same) / parts)
        groups += [same[i : i + size] for i in range(0, len(same), size)]
    return groups


def _surviving(
    waiting: dict[tuple[str, int], Run], groups: list[list[Run]], jobs: int, threads: int | None
) -> Iterator[Outcome]:
    """Runs in parallel; if a worker dies, the rest one by one, to see which run it was."""
    deadly = (TerminatedWorkerError, *_deaths_on_a_cluster())
    try:
        yield from _parallel(groups, jobs, threads)
        return
    except deadly:
        pass
    for run in [*waiting.values()]:
        try:
            yield from _parallel([[run]], jobs, threads)
        except deadly:
            yield Outcome(
                run.label,
                run.seed,
                reason="its process was killed, most often for want of memory. Lower --n_jobs.",
            )


def _parallel(groups: list[list[Run]], jobs: int, threads: int | None) -> Iterator[Outcome]:
    parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    for outcomes in parallel(joblib.delayed(work)(runs, threads) for runs in groups):
        yield from outcomes


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[int, int]]:
    """Processes of this machine, which share its cores: their number, and the threads of each."""
    threads = max(1, joblib.cpu_count() // jobs)
    with joblib.parallel_config(backend="loky", inner_max_num_threads=threads):
        yield jobs, threads


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[tuple[int, None]]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            "No module named 'distributed', which --dask needs. "
            "Install it with: pip install 'trax-activations[dask]'"
        ) from error
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise OSError(
            f"cannot reach a Dask scheduler at {address!r}. Start one with `dask scheduler`, and "
            "give the address that it tells, such as tcp://10.0.0.1:8786."
        ) from error
    with client, joblib.parallel_config(backend="dask"):
        yield max(1, len(client.nthreads())), None


def _deaths_on_a_cluster() -> tuple[Any, ...]:
    try:
        from distributed import KilledWorker
    except ImportError:
        return ()
    return (KilledWorker,)
