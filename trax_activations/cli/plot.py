"""``trax-activations plot``: pictures of activations, and of how a run's learned ones moved."""

import argparse
from pathlib import Path
from typing import Any

from trax_activations.cli.errors import MISTAKES, UsageError

__all__ = ["add_to", "run"]

_FORMATS = (".png", ".svg", ".pdf")
_EXAMPLES = """\
examples:
  trax-activations plot parametric_relu --output=prelu.svg
  trax-activations plot relu gelu silu mish
  trax-activations plot --run=runs/digits
"""


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "plot",
        help="draw activations, or how those of a run moved",
        usage="trax-activations plot NAME [NAME ...] [--output=FILE]\n"
        "       trax-activations plot --run=FOLDER [--output=FILE]",
        description="Draws an activation: function, derivative, effect of each parameter. Several "
        "are drawn in one picture. Of a run, how its learned parameters moved.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="as gelu, PReLU or 'LeakyRelu(0.2)'")
    add("--run", metavar="FOLDER", dest="folder", help="--output_dir of train, or a run of compare")
    add("--output", metavar="FILE", help="file to write; its ending, .png, .svg or .pdf, decides")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Draws what the options ask for, and prints the name of the file."""
    from trax_activations.experiments.config_errors import explain

    if bool(options.names) == bool(options.folder):
        raise UsageError("give names of activations, or --run=FOLDER of a run: one of both.")
    file = Path(options.output).expanduser() if options.output else None
    if file and file.suffix.lower() not in _FORMATS:
        endings = f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        raise UsageError(f"--output={file} must end in {endings}.")
    try:
        if options.folder:
            print(_plot_run(Path(options.folder).expanduser(), file))
        else:
            print(_plot_names(options.names, file))
    except MISTAKES as error:
        raise UsageError(explain(error)) from error


def _plot_names(names: list[str], file: Path | None) -> Path:
    from trax_activations import plotting, registry
    from trax_activations.experiments import candidate
    from trax_activations.plotting.variants import variant

    chosen = [candidate(name) for name in names]
    specs = {each.label: variant(registry.get(each.layer), dict(each.arguments)) for each in chosen}
    if file is None:
        file = Path(
            f"{registry.get(chosen[0].layer).name if len(specs) == 1 else 'activations'}.png"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    if len(specs) > 1:
        plotting.plot_together(specs, file)
    else:
        ((label, spec),) = specs.items()
        plotting.plot_activation(spec, file, label)
    return file


def _plot_run(folder: Path, file: Path | None) -> Path:
    from trax_activations import checkpoints, plotting
    from trax_activations.training import learned_history

    path = checkpoints.path_of(str(folder))
    if not checkpoints.exists(path):
        inner = sorted(folder.glob("runs/*/*/model.safetensors"))
        hint = f"one of its runs, such as {inner[0].parent}" if inner else "the folder of a run"
        raise UsageError(f"there is no checkpoint in {folder}. Give {hint}.")
    held = checkpoints.read(path).record
    moved = learned_history.read_learned(held["history"])
    if not moved:
        raise UsageError(
            f"the run in {folder} has learned no parameter of an activation, so there is nothing "
            "to draw. ParametricRelu is one that learns."
        )
    file = file or folder / "learned.png"
    plotting.plot_history(moved, file, f"Learned parameters up to step {held['step']:,}")
    return file
