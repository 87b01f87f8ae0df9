"""``trax-activations train``: Trax's own ``train`` with our loop in its place, and a report."""

import argparse
import functools
import sys
import warnings
from typing import Any

from trax_activations.cli import compilation_cache, processes
from trax_activations.cli.errors import MISTAKES, UsageError, terminable

__all__ = ["add_to", "run"]

_TRAX_FLAGS = """\
Trax's flags, as for `python -m trax.trainer`; each may be written --name=value or --name value:
  --config_file=FILE   gin config; a name alone is also looked up in configs/ and among the configs
                       of this package. May be repeated.
  --config=BINDING     gin binding, such as 'train.steps = 200'. May be repeated; wins over files.
  --output_dir=FOLDER  where log, checkpoint, config and picture go; default: a new one in ~/trax.
                       Given the folder of an earlier run, training resumes from its checkpoint.
  --model=NAME         Trax model, such as MLP: short for --config='train.model=@trax.models.MLP'
  --dataset=NAME       data set of TensorFlow Datasets, for configs with trax.data.data_streams
  --data_dir=FOLDER    where data sets are kept
  --log_level=LEVEL    1 shows tracebacks and all that Trax logs; 0 what Trax logs; default -1
  --disable_jit, --use_tpu, --tf_xla and the others have the same effect as in Trax.

examples:
  trax-activations train --config_file=digits_mlp.gin --output_dir=runs/digits
  trax-activations train --config_file=digits_mlp.gin --config='train.steps = 500'
"""


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "train",
        help="train a model from a gin config",
        usage="trax-activations train --config_file=FILE [--config=BINDING] [--output_dir=FOLDER]",
        description="Trains a model from a gin config, Trax's own or one with our layers.",
        epilog=_TRAX_FLAGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--accept_changes",
        action="store_true",
        help="go on from a checkpoint of a run with other layers, optimizer or seed",
    )
    parser.add_argument(
        "--replace",
        metavar="WHAT=BY",
        action="append",
        default=[],
        help="replace activations of the model: 'Relu=ParametricRelu', 'all=LeakyRelu(0.2)', "
        "'serial/residual_*=Gelu'; may be repeated",
    )
    compilation_cache.add_flag(parser)
    processes.add_flags(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Trains as the flags say, ``trax_flags`` as for ``python -m trax.trainer``, and reports."""
    if options.num_processes is None:  # Several might take a program from it, or not, at one time.
        compilation_cache.enable(options.compilation_cache)
    with terminable() as check_interrupts, processes.joined(options), warnings.catch_warnings():
        print("Loading Trax and JAX ...", flush=True)
        from absl import logging

        from trax_activations._trax import base, trainer_lib
        from trax_activations.cli.config import configure, output_dir, parsed_flags
        from trax_activations.cli.files import plain_errors, unwritable
        from trax_activations.cli.reporting import ReportingLoop
        from trax_activations.experiments.config_errors import explain
        from trax_activations.replacement import bind
        from trax_activations.training.planned import planned
        from trax_activations.training.tasks import DataEnded

        warnings.filterwarnings("ignore", module=r"trax\.")  # Of no use to whoever trains.
        warnings.filterwarnings("ignore", message=compilation_cache.DAMAGED)
        warnings.showwarning = _note
        with parsed_flags(options.trax_flags) as values:
            folder = ""
            try:
                configure(values)
                bind(options.replace)
                folder = output_dir(values)
                make = functools.partial(ReportingLoop, accept_changes=options.accept_changes)
                loop = planned(folder, make)
            except (*MISTAKES, base.LayerError, trainer_lib.tf.errors.OpError) as error:
                if values.log_level >= logging.DEBUG:
                    raise
                raise UsageError(unwritable(folder, error) or explain(error)) from error
            check_interrupts()
            if isinstance(loop, ReportingLoop):  # Not with `train.use_loop = False`.
                try:
                    with plain_errors():
                        loop.run_and_report(folder)
                except DataEnded as error:
                    raise UsageError(str(error)) from error


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    import jax

    if jax.process_index() == 0:
        print(f"trax-activations: note: {message}", file=sys.stderr)
