"""The same experiment for many activations and seeds: planned, run in parallel, compared.

Importing this package imports neither Trax nor JAX: a worker process first has to decide how many
threads these may have (:mod:`~trax_activations.experiments.worker`).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_activations.experiments.candidates import Candidate, candidate, elementwise, split
    from trax_activations.experiments.execution import execute, number_of_jobs
    from trax_activations.experiments.joint_report import JointReport
    from trax_activations.experiments.outcome import Outcome, how_trained
    from trax_activations.experiments.planning import Plan, plan
    from trax_activations.experiments.race import Race
    from trax_activations.experiments.ranking import require_posthocs
    from trax_activations.experiments.report import Report
    from trax_activations.experiments.worker import Run, noted_step

_MODULES = {
    "candidates": ("Candidate", "candidate", "elementwise", "split"),
    "execution": ("execute", "number_of_jobs"),
    "joint_report": ("JointReport",),
    "outcome": ("Outcome", "how_trained"),
    "planning": ("Plan", "plan"),
    "race": ("Race",),
    "ranking": ("require_posthocs",),
    "report": ("Report",),
    "worker": ("Run", "noted_step"),
}

__all__ = [
    "Candidate",
    "JointReport",
    "Outcome",
    "Plan",
    "Race",
    "Report",
    "Run",
    "candidate",
    "elementwise",
    "execute",
    "how_trained",
    "noted_step",
    "number_of_jobs",
    "plan",
    "require_posthocs",
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
