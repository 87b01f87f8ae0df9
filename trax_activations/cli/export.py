"""``trax-activations export``: the model of a run as a program for JAX, TensorFlow or ONNX."""

import argparse
import os
from typing import Any

from trax_activations.cli.errors import MISTAKES, UsageError

__all__ = ["add_to", "run"]

_EXAMPLES = """\
examples:
  trax-activations export runs/digits --output=exported
                       for JAX alone: jax.export.deserialize reads exported/model.jax_export
  trax-activations export runs/digits --output=exported --format=savedmodel
                       for TensorFlow: tf.saved_model.load('exported/saved_model')
  trax-activations export runs/digits --output=exported --format=onnx
                       for onnxruntime and others: exported/model.onnx
"""
_FORMATS = ("stablehlo", "savedmodel", "onnx")


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "export",
        help="export the model of a run, for JAX, TensorFlow or ONNX",
        description="Exports the model of a run, with its weights and for evaluation, as a program "
        "that runs\nwithout Trax and this package, on batches of any size.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="RUN", help="folder of a run")
    parser.add_argument("--output", metavar="DIR", required=True, help="folder to write to")
    parser.add_argument("--format", choices=_FORMATS, default=_FORMATS[0], help="(%(default)s)")
    parser.add_argument(
        "--mode", choices=("eval", "predict"), default="eval", help="predict: step by step (eval)"
    )
    parser.add_argument(
        "--batch_size", metavar="N", type=int, help="for models that need to know it"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Exports the model, and tells where it is."""
    print("Loading Trax and JAX ...", flush=True)
    from trax_activations import exporting, weights
    from trax_activations._trax import base
    from trax_activations.experiments.config_errors import explain

    folder = os.path.expanduser(options.folder)
    try:
        model = _model(folder, options.mode)
        signature = weights.input_signature(folder)
        model.init_from_file(folder, input_signature=signature)
        path = exporting.export(
            model,
            signature,
            os.path.expanduser(options.output),
            format=options.format,
            mode=options.mode,
            batch_size=options.batch_size,
        )
    except (*MISTAKES, base.LayerError) as error:
        raise UsageError(getattr(error, "strerror", None) or explain(error)) from error
    print(f"Wrote {path}, for inputs of {signature}.")


def _model(folder: str, mode: str) -> Any:
    """The model that the config of a run names, without weights."""
    from trax_activations.cli.config import configure, model, parsed_flags

    config = os.path.join(folder, "config.gin")
    if not os.path.exists(config):
        raise UsageError(
            f"there is no run in {folder!r}, which would have a config.gin. Give the --output_dir "
            "of `trax-activations train`; in Python, call trax_activations.export(model, ...)."
        )
    with parsed_flags(config_file=[config]) as values:
        configure(values)
        return model(mode)
