"""The results of a run, stored as JSON."""

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trax_activations._atomic import replacement, write_all

__all__ = ["Outcome", "how_trained", "read", "write"]

_FILE = "outcome.json"

Curve = list[tuple[int, float]]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The results of a run.

    Attributes:
        label: The activation.
        seed: The seed.
        reason: Why it failed, in one line; empty if it was finished.
        layers: The activation layers, as they name themselves, without repetition.
        steps: Number of steps taken.
        train: Metrics on training data, each a list of steps and values.
        held_out: The same on the data for evaluation.
        learned: Quantiles of each learned parameter at the end, by its path.
        n_weights: Number of weights.
        n_learned: How many of them are the activations'.
        start: A checksum of the initial weights that are not the activations'.
        seconds: Time it took, compilation and evaluations included, over all its resumptions.
        step_bytes: Memory that the compiled training step takes.
        peak_bytes: The most memory that the process had.
        together: Number of seeds that were trained together, by one program.
        alone: Why they were not, in a clause; empty if nobody tried.
    """

    label: str
    seed: int
    reason: str = ""
    layers: tuple[str, ...] = ()
    steps: int = 0
    train: dict[str, Curve] = dataclasses.field(default_factory=dict)
    held_out: dict[str, Curve] = dataclasses.field(default_factory=dict)
    learned: dict[str, dict[str, float]] = dataclasses.field(default_factory=dict)
    n_weights: int = 0
    n_learned: int = 0
    start: int = 0
    seconds: float = 0.0
    step_bytes: int = 0
    peak_bytes: int = 0
    together: int = 1
    alone: str = ""

    def last(self, part: str, metric: str) -> float:
        """The last value of a metric on 'train' or 'held_out' data; NaN if there is none."""
        curve = getattr(self, part).get(metric)
        return float(curve[-1][1]) if curve else float("nan")


def how_trained(outcomes: Sequence[Outcome]) -> str:
    """Which activations had their seeds trained together, and why others had not.

    Example:
        >>> how_trained([Outcome("Relu", 0, together=2), Outcome("Gelu", 0, alone="too large")])
        'together; but one by one those of Gelu: too large'
    """
    together = any(outcome.together > 1 for outcome in outcomes)
    by_reason: dict[str, dict[str, None]] = {}
    for outcome in outcomes:
        if outcome.alone:
            by_reason.setdefault(outcome.alone, {})[outcome.label] = None
    if not by_reason:
        return "together" if together else "one by one"
    if not together and len(by_reason) == 1:
        return f"one by one: {next(iter(by_reason))}"
    others = "; ".join(f"{', '.join(labels)}: {reason}" for reason, labels in by_reason.items())
    return f"{'together; but ' if together else ''}one by one those of {others}"


def read(folder: str | Path, config: str) -> Outcome | None:
    """The outcome of a finished run; ``None`` if it is not finished, or was of another config."""
    try:
        stored: dict[str, Any] = json.loads((Path(folder) / _FILE).read_text())
    except (OSError, ValueError):
        return None
    if stored.pop("config", None) != config:
        return None
    stored["layers"] = tuple(stored["layers"])
    return Outcome(**stored)


def write(folder: str | Path, outcome: Outcome, config: str) -> None:
    """Stores the outcome of a finished run in its folder."""
    text = json.dumps({**dataclasses.asdict(outcome), "config": config}, indent=1)
    path = os.path.join(folder, _FILE)
    with replacement(path, None) as descriptor:
        write_all(descriptor, text.encode())
