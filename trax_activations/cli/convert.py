"""``trax-activations convert``: checkpoints of ours for stock Trax, and of stock Trax for us."""

import argparse
import os
from typing import Any

from trax_activations.cli.errors import MISTAKES, UsageError

__all__ = ["add_to", "run"]

_EXAMPLES = """\
examples:
  trax-activations convert runs/digits/model.safetensors stock/model.pkl.gz
                       for stock Trax: model.init_from_file('stock/model.pkl.gz'), and its Loop
  trax-activations convert stock/model.pkl.gz runs/digits/model.safetensors
                       for us; a run whose output_dir has Trax's files needs no conversion
"""


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "convert",
        help="convert a checkpoint for stock Trax, or from it",
        description="Converts a checkpoint of ours for stock Trax, or one of stock Trax for us.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="SOURCE", help="checkpoint, or folder of a run")
    parser.add_argument("target", metavar="TARGET", help="file to write, or folder for it")
    parser.add_argument(
        "--accept_torn",
        action="store_true",
        help="take files of stock Trax that were not written by one save",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Converts a checkpoint, in the direction that the name of the source says, and reports it."""
    from trax_activations.checkpoints import convert
    from trax_activations.checkpoints.convert import STOCK, SUFFIX
    from trax_activations.experiments.config_errors import explain

    source = _source(os.path.expanduser(options.source))
    ending = STOCK if source.endswith(SUFFIX) else SUFFIX
    target = _target(os.path.expanduser(options.target), source, ending)
    try:
        if ending == STOCK:
            content = convert.to_stock(source, target)
        else:
            content = convert.from_stock(source, target, accept_torn=options.accept_torn)
    except MISTAKES as error:
        raise UsageError(getattr(error, "strerror", None) or explain(error)) from error
    if content.warning:
        print(f"trax-activations: note: {content.warning}")
    print(f"Wrote {target}, of step {content.record['step']:,}.")
    if ending == STOCK:
        print(f"Stock Trax reads it by model.init_from_file({target!r}), and in its output_dir.")
    else:
        print("Training goes on from it in its folder: training.Loop(..., output_dir=FOLDER).")


def _source(path: str) -> str:
    """The checkpoint itself, where a folder is given."""
    from trax_activations.checkpoints.convert import STOCK, SUFFIX

    if os.path.isdir(path):
        candidates = [os.path.join(path, f"model{ending}") for ending in (SUFFIX, STOCK)]
        found = [candidate for candidate in candidates if os.path.exists(candidate)]
        if len(found) != 1:
            what = f"both {' and '.join(found)}" if found else f"neither {' nor '.join(candidates)}"
            raise UsageError(f"there is {what}. Give the checkpoint's own name.")
        return found[0]
    if not path.endswith((SUFFIX, STOCK)):
        raise UsageError(
            f"{path!r} is neither a folder nor a checkpoint: those of ours end with {SUFFIX}, "
            f"those of stock Trax with {STOCK}."
        )
    if path.endswith(STOCK) and not os.path.exists(path):
        raise UsageError(f"there is no checkpoint {path!r}.")
    return path


def _target(path: str, source: str, ending: str) -> str:
    """The file to write; none that is there is replaced."""
    from trax_activations.checkpoints.convert import STOCK, SUFFIX

    if os.path.isdir(path) or not path.endswith((SUFFIX, STOCK)):
        name = os.path.basename(source)
        stem = name.removesuffix(SUFFIX).removesuffix(STOCK)
        path = os.path.join(path, stem + ending)
    if not path.endswith(ending):
        raise UsageError(
            f"{source!r} is converted to a file that ends with {ending}; received {path!r}."
        )
    if os.path.exists(path):
        raise UsageError(f"{path!r} is there already. Move it away, or give another name.")
    return path
