"""Plans every run of a comparison, from the gin config in force."""

import dataclasses
import difflib
import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gin

from trax_activations._trax import layers as tl
from trax_activations._trax import trainer_lib
from trax_activations.experiments.candidates import Candidate
from trax_activations.experiments.worker import Run
from trax_activations.layers import Activation

__all__ = ["Plan", "bindings", "plan", "slots"]

_FILE = "experiment.gin"


@dataclasses.dataclass(frozen=True)
class Plan:
    """A comparison.

    Attributes:
        runs: Every run, one activation after the other within a seed: so a comparison that is
            interrupted has compared some seeds, not some activations.
        slots: The parameters of the config that take the activation.
        steps: Number of training steps of each run.
        metric: The metric by which activations are compared.
        config: The config that all runs share.
        output_dir: Where all runs have their folders.
        eval_frequency: Number of steps from one evaluation to the next.
    """

    runs: tuple[Run, ...]
    slots: tuple[str, ...]
    steps: int
    metric: str
    config: str
    output_dir: Path
    eval_frequency: int = 100

    def write_config(self) -> None:
        """Writes the shared config, so that a later comparison cannot mix with this one."""
        self.output_dir.mkdir(parents=True, exist_ok=True)
        (self.output_dir / _FILE).write_text(self.config)


def plan(
    candidates: Sequence[Candidate],
    n_seeds: int,
    output_dir: Path,
    parameter: str | None = None,
    train_batches: int | None = None,
    metric: str | None = None,
) -> Plan:
    """Plans a comparison of activations in the experiment of the gin config in force.

    Of a seed, all runs have the same data in the same order, and the same initial weights of
    layers that do not depend on the activation.

    Args:
        candidates: The activations.
        n_seeds: Number of seeds: 0, 1, 2 ...
        output_dir: Where all runs have their folders.
        parameter: The parameter of the config that takes the activation; by default every one that
            the config binds to an activation.
        train_batches: Number of batches of training data on which each evaluation also measures;
            by default as many as hold as many examples as evaluation has.
        metric: Name of the metric to compare by; by default accuracy, else the first.

    Returns:
        The plan; nothing is written yet.

    Raises:
        ValueError: If the config binds no activation, evaluates nothing, has no such metric, or
            differs from that of the runs in ``output_dir``.
    """
    _check_evaluated()
    taking = (parameter,) if parameter else slots()
    if not taking:
        raise ValueError(
            "the config binds no parameter to an activation, so there is nothing to vary. Bind "
            "one, such as MLP.activation_fn = @trax_activations.Relu, or name it with --parameter."
        )
    config = gin.config_str()
    _check_same(config, output_dir)
    runs = tuple(
        Run(
            label=candidate.label,
            seed=seed,
            folder=str(output_dir / "runs" / candidate.folder / f"seed_{seed}"),
            config="\n".join([config, *_bindings(candidate, taking, seed), ""]),
            train_batches=train_batches,
        )
        for seed in range(n_seeds)
        for candidate in candidates
    )
    return Plan(
        runs,
        taking,
        _bound("steps", 1000),
        _metric(metric),
        config,
        output_dir,
        _bound("eval_frequency", 100),
    )


def slots() -> tuple[str, ...]:
    """The parameters that the config in force binds to an activation.

    gin has no public way to go through bindings; the form of its table is that of 0.5.0.
    """
    return tuple(
        scope if selector == "gin.macro" else f"{scope}{'/' if scope else ''}{selector}.{name}"
        for (scope, selector), bound in gin.config._CONFIG.items()
        for name, value in bound.items()
        if isinstance(value, gin.config.ConfigurableReference) and _is_activation(value)
    )


def _is_activation(reference: gin.config.ConfigurableReference) -> bool:
    made_by, name = reference.configurable.wrapped, reference.configurable.name
    if inspect.isclass(made_by):
        return issubclass(made_by, Activation)
    of_trax = reference.configurable.module == "trax.layers"
    return of_trax and hasattr(tl.activation_fns, name)


def bindings(candidate: Candidate, taking: Sequence[str]) -> Iterator[str]:
    """The gin bindings that put an activation where the config has one."""
    for slot in taking:
        yield f"{slot} = @trax_activations.{candidate.layer}"
    yield candidate.bindings()


def _bindings(candidate: Candidate, taking: tuple[str, ...], seed: int) -> Iterator[str]:
    yield f"# {candidate.label}, seed {seed}"
    yield from bindings(candidate, taking)
    yield f"train.random_seed = {seed}"
    try:
        inputs = gin.query_parameter("train.inputs").configurable
    except (AttributeError, ValueError):  # Nothing, or no reference.
        return
    if "seed" in inspect.signature(inputs.wrapped).parameters:
        yield f"{inputs.selector}.seed = {seed}"


def _check_evaluated() -> None:
    for name, default in (("eval_frequency", 100), ("eval_steps", 10)):
        if not _bound(name, default):
            raise ValueError(
                f"the config binds train.{name} to {_bound(name, default)}, so nothing is "
                f"evaluated and nothing can be compared. Bind it to a positive number."
            )


def _bound(name: str, default: Any) -> Any:
    try:
        return gin.query_parameter(f"train.{name}")
    except ValueError:
        return default


def _metric(asked: str | None) -> str:
    metrics: dict[str, Any] = _bound("metrics", None) or trainer_lib._DEFAULT_METRICS
    if asked is None:
        return "accuracy" if "accuracy" in metrics else next(iter(metrics))
    if asked not in metrics:
        raise ValueError(f"no metric {asked!r}. The config has {', '.join(metrics)}.")
    return asked


def _check_same(config: str, output_dir: Path) -> None:
    file = output_dir / _FILE
    if not file.exists() or file.read_text() == config:
        return
    before, now = file.read_text().splitlines(), config.splitlines()
    changed = [line for line in difflib.ndiff(before, now) if line[:2] in ("- ", "+ ")]
    raise ValueError(
        f"{output_dir} holds runs of another experiment: {'; '.join(changed[:4])} (- there, + "
        "here). To compare on equal terms, give another --output_dir."
    )
