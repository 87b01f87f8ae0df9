"""``trax-activations plot``: pictures of activations, and of how a run's learned ones moved."""

import argparse
from pathlib import Path

from trax_activations import checkpoints, plotting
from trax_activations.cli.errors import MISTAKES, UsageError, explain
from trax_activations.cli.lookup import found
from trax_activations.experiments.candidates import candidate
from trax_activations.plotting.variants import variant
from trax_activations.registry import ActivationSpec
from trax_activations.training import record

__all__ = ["plot"]

FORMATS = (".png", ".svg", ".pdf")


def plot(options: argparse.Namespace) -> Path:
    """Draws what the options ask for.

    Args:
        options: As :func:`trax_activations.cli.commands.add_plot` has them.

    Returns:
        The file that was written.

    Raises:
        UsageError: If a name, the folder or the file is wrong.
    """
    if bool(options.names) == bool(options.run):
        raise UsageError("give names of activations, or --run=FOLDER of a run: one of both.")
    file = Path(options.output).expanduser() if options.output else _default(options)
    if file.suffix.lower() not in FORMATS:
        raise UsageError(f"--output={file} must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    try:
        if options.run:
            _plot_run(Path(options.run).expanduser(), file)
        else:
            _plot_names(options.names, file)
    except MISTAKES as error:
        raise UsageError(explain(error)) from error
    return file


def _default(options: argparse.Namespace) -> Path:
    if options.run:
        return Path(options.run).expanduser() / "learned.png"
    known = [found(name.partition("(")[0]) for name in options.names]
    return Path(f"{known[0].name if len(known) == 1 else 'activations'}.png")


def _plot_names(names: list[str], file: Path) -> None:
    specs: dict[str, ActivationSpec] = {}
    for name in names:
        spec = found(name.partition("(")[0].strip())
        chosen = candidate(name)
        given = dict(chosen.arguments)
        specs[chosen.label] = variant(spec, given) if given else spec
    file.parent.mkdir(parents=True, exist_ok=True)
    if len(specs) > 1:
        plotting.plot_together(specs, file)
        return
    ((label, spec),) = specs.items()
    plotting.plot_activation(spec, file, label)


def _plot_run(folder: Path, file: Path) -> None:
    path = checkpoints.path_of(str(folder))
    if not checkpoints.exists(path):
        inner = sorted(folder.glob("runs/*/*/model.safetensors"))
        hint = f"one of its runs, such as {inner[0].parent}" if inner else "the folder of a run"
        raise UsageError(f"there is no checkpoint in {folder}. Give {hint}.")
    held = checkpoints.read(path).record
    moved = record.noted(held["history"])
    if not moved:
        raise UsageError(
            f"the run in {folder} has learned no parameter of an activation, so there is nothing "
            "to draw. ParametricRelu is one that learns."
        )
    plotting.plot_history(moved, file, f"Learned parameters up to step {held['step']:,}")
