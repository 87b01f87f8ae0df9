"""Measures the memory of a run."""

import sys
from pathlib import Path
from typing import Any

import psutil

__all__ = ["forget_peak", "peak", "step_memory"]

_OWN = Path("/proc/self")


def forget_peak() -> None:
    """Resets :func:`peak`, where the system can: Linux does."""
    try:
        (_OWN / "clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """The peak memory of the process, in bytes.

    Example:
        >>> peak() > 1e6
        True
    """
    try:
        status = (_OWN / "status").read_text()
    except OSError:
        return _peak_elsewhere()
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]
    return int(kilobytes) * 1024


def _peak_elsewhere() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # Windows has none.

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def step_memory(compiled: Any) -> int:
    """The memory of a compiled program in bytes: arguments, results and temporaries; 0 if untold.

    Example:
        >>> x = jnp.zeros(1000)
        >>> step_memory(jax.jit(lambda x: x + 1).lower(x).compile())
        8000
    """
    found = compiled.memory_analysis()
    if found is None:
        return 0
    used = found.argument_size_in_bytes + found.output_size_in_bytes + found.temp_size_in_bytes
    return int(used - found.alias_size_in_bytes)
