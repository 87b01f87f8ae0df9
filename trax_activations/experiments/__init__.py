"""The same experiment for many activations and seeds: planned, run in parallel, compared.

Importing this package imports neither Trax nor JAX: a worker process first has to decide how many
threads these may have (:mod:`~trax_activations.experiments.worker`).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_activations.experiments.candidates import Candidate as Candidate
    from trax_activations.experiments.candidates import candidate as candidate
    from trax_activations.experiments.candidates import elementwise as elementwise
    from trax_activations.experiments.candidates import split as split
    from trax_activations.experiments.execution import execute as execute
    from trax_activations.experiments.execution import number_of_jobs as number_of_jobs
    from trax_activations.experiments.outcome import Outcome as Outcome
    from trax_activations.experiments.planning import Plan as Plan
    from trax_activations.experiments.planning import plan as plan
    from trax_activations.experiments.report import Report as Report
    from trax_activations.experiments.worker import Run as Run

_MODULES = {
    "candidates": ("Candidate", "candidate", "elementwise", "split"),
    "execution": ("execute", "number_of_jobs"),
    "outcome": ("Outcome",),
    "planning": ("Plan", "plan"),
    "report": ("Report",),
    "worker": ("Run",),
}

__all__ = [
    "Candidate",
    "Outcome",
    "Plan",
    "Report",
    "Run",
    "candidate",
    "elementwise",
    "execute",
    "number_of_jobs",
    "plan",
    "split",
]


def __getattr__(name: str) -> Any:
    """Loads what is used, at first use (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Everything that can be reached."""
    return sorted({*globals(), *__all__})
