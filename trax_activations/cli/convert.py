"""``trax-activations convert``: checkpoints of ours for stock Trax, and of stock Trax for us."""

import os

from trax_activations.checkpoints import convert as conversion
from trax_activations.checkpoints.convert import STOCK, SUFFIX
from trax_activations.cli.errors import MISTAKES, UsageError, explain

__all__ = ["convert"]


def convert(source: str, target: str, accept_torn: bool = False) -> None:
    """Converts a checkpoint, in the direction that the name of the source tells; says what it did.

    Args:
        source: A checkpoint, or the folder of a run that has one.
        target: The file to write, or a folder for it.
        accept_torn: Whether to take files of stock Trax that were not written by one save.

    Raises:
        UsageError: If there is no such checkpoint, it is damaged, or the target is in the way.
    """
    source = _source(os.path.expanduser(source))
    ending = STOCK if source.endswith(SUFFIX) else SUFFIX
    target = _target(os.path.expanduser(target), source, ending)
    try:
        if ending == STOCK:
            content = conversion.to_stock(source, target)
        else:
            content = conversion.from_stock(source, target, accept_torn=accept_torn)
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
