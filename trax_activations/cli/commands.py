"""The flags of ``compare`` and ``plot``."""

import argparse
from typing import Any

__all__ = ["add_compare", "add_plot"]

_COMPARE = """\
examples:
  trax-activations compare --config_file=digits_mlp --activations=Relu,ParametricRelu,Gelu
  trax-activations compare --config_file=digits_mlp --activations='Relu,LeakyRelu(0.2)'
  trax-activations compare --config_file=digits_mlp --activations=all --seeds=3 --n_jobs=8

Every run has the same steps; of a seed, all have the same data in the same order and, but for the
activations themselves, the same initial weights. Interrupted, the same command goes on where it
was; with more activations or seeds it adds them.
"""

_PLOT = """\
examples:
  trax-activations plot parametric_relu --output=prelu.svg
  trax-activations plot relu gelu silu mish
  trax-activations plot --run=runs/digits
"""


def add_compare(adding: Any) -> None:
    """Adds the command.

    Args:
        adding: What ``add_subparsers`` returns.
    """
    parser = adding.add_parser(
        "compare",
        help="compare activations in one experiment",
        usage="trax-activations compare --config_file=FILE --activations=NAMES [--seeds=N] "
        "[--output_dir=FOLDER]",
        description="Trains the model of a gin config with each of several activations and seeds, "
        "and reports which is best, and whether that is more than noise.",
        epilog=_COMPARE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--config_file",
        metavar="FILE",
        action="append",
        default=[],
        help="gin config, as for train",
    )
    add(
        "--config", metavar="BINDING", action="append", default=[], help="gin binding, as for train"
    )
    add(
        "--activations",
        metavar="NAMES",
        required=True,
        help="names of layers or functions, with arguments if need be; the first is the baseline; "
        "or 'all'",
    )
    add("--seeds", metavar="N", type=_positive, default=5, help="number of seeds (5)")
    add("--baseline", metavar="NAME", help="what to test the others against; of 'all', Relu")
    add("--metric", metavar="NAME", help="what to compare by (accuracy, else the first)")
    add(
        "--parameter",
        metavar="NAME",
        help="gin parameter that takes the activation, such as MLP.activation_fn; by default every "
        "one that the config binds to an activation",
    )
    add(
        "--train_batches",
        metavar="N",
        type=_positive,
        help="batches of training data on which each evaluation also measures; by default as many "
        "as hold as many examples as evaluation has",
    )
    add("--n_jobs", metavar="N", type=_positive, help="runs at a time (one per core; one on a GPU)")
    add(
        "--dask",
        metavar="ADDRESS",
        help="run on the Dask cluster of this scheduler, tcp://HOST:PORT",
    )
    add("--data_dir", metavar="FOLDER", help="where data sets are kept")
    add(
        "--output_dir",
        metavar="FOLDER",
        default="runs/compare",
        help="where runs and report go (runs/compare)",
    )


def add_plot(adding: Any) -> None:
    """Adds the command.

    Args:
        adding: What ``add_subparsers`` returns.
    """
    parser = adding.add_parser(
        "plot",
        help="draw activations, or how those of a run moved",
        usage="trax-activations plot NAME [NAME ...] [--output=FILE]\n"
        "       trax-activations plot --run=FOLDER [--output=FILE]",
        description="Draws an activation: function, derivative, effect of each parameter. Several "
        "are drawn in one picture. Of a run, how its learned parameters moved.",
        epilog=_PLOT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="as gelu, PReLU or 'LeakyRelu(0.2)'")
    add("--run", metavar="FOLDER", help="--output_dir of a run of train, or a run of compare")
    add("--output", metavar="FILE", help="file to write; its ending, .png, .svg or .pdf, decides")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, received {text}")
    return value
