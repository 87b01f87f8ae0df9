"""Parses and applies Trax's flags and gin configs."""

import contextlib
import datetime
import importlib
import os
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gin
from absl import flags, logging

from trax_activations._gin import name_activations
from trax_activations._suggestions import did_you_mean
from trax_activations._trax import fastmath
from trax_activations.cli import processes
from trax_activations.cli.errors import UsageError
from trax_activations.experiments.config_errors import check_macros, silent_gin
from trax_activations.experiments.session import REGISTERED as REGISTERED  # Names for configs.

__all__ = ["PACKAGED", "configure", "model", "output_dir", "parsed_flags"]

_COUNTS = ("train.steps", "train.eval_steps", "train.eval_frequency")
_PACKAGE = Path(__file__).parents[1]
# Theirs and ours, which a wheel has inside the package, and a checkout beside it.
PACKAGED = next(filter(Path.is_dir, (_PACKAGE / "configs", _PACKAGE.parent / "configs")), _PACKAGE)
_FOLDERS = (Path("configs"), PACKAGED)


@contextlib.contextmanager
def parsed_flags(arguments: Sequence[str] = (), **given: Any) -> Iterator[flags.FlagValues]:
    """Parses Trax's flags, as for ``python -m trax.trainer``; afterwards they are as before."""
    _trainer()  # Defines the flags.
    try:
        try:
            rest = flags.FLAGS(["trax-activations", *arguments])[1:]
        except flags.Error as error:
            raise UsageError(_explain_flag(str(error))) from error
        if rest:
            raise UsageError(f"unexpected argument {rest[0]!r}. A flag is --name=value.")
        for name, value in given.items():
            setattr(flags.FLAGS, name, value)
        yield flags.FLAGS
    finally:
        flags.FLAGS.unparse_flags()


def configure(values: flags.FlagValues) -> None:
    """Sets up TensorFlow, gin and JAX as ``trax.trainer.main`` does, but quietly."""
    trainer = _trainer()
    logging.set_verbosity(values.log_level if values["log_level"].present else logging.WARNING)
    trainer._tf_setup_from_flags()
    if not (values.config_file or values.config or values.model):
        raise UsageError("nothing to train. Give --config_file=FILE, for example digits_mlp.gin.")
    values.config_file = [str(_find(name)) for name in values.config_file or ()]
    beside = [os.path.abspath(os.path.dirname(file)) for file in values.config_file]
    for folder in (*beside, *map(os.path.abspath, _FOLDERS)):
        # For `include` statements. Absolute: gin takes a relative one for a package as well.
        gin.add_config_file_search_path(folder)
    # For `import`: a console script, unlike `python -m`, does not look where it was started.
    sys.path += [folder for folder in (os.getcwd(), *beside) if folder not in sys.path]
    bindings = tuple(values.config or ())  # Trax adds to the list.
    gin.clear_config()
    try:
        with silent_gin():
            trainer._gin_parse_configs()
    except (IndentationError, UnicodeDecodeError, tokenize.TokenError) as error:
        # gin tells neither file nor line of these.
        raise UsageError(f"{' or '.join(values.config_file)}: not a gin config: {error}") from error
    check_macros(bindings)
    name_activations()
    _check_counts()
    trainer._jax_and_tf_configure_for_devices()
    if values.gpu_cluster_chief_ip:
        trainer._make_jax_gpu_cluster(
            values.gpu_cluster_host_id,
            values.gpu_cluster_chief_ip,
            values.gpu_cluster_n_hosts,
            values.gpu_cluster_port,
        )
    if values.disable_jit:
        fastmath.disable_jit()


def _check_counts() -> None:
    """Validates numbers of steps: Trax subtracts them before it looks at them."""
    for name in _COUNTS:
        try:
            value = gin.query_parameter(name)
        except ValueError:  # Not bound: Trax's default holds.
            continue
        if isinstance(value, str | float | bool) or (isinstance(value, int) and value < 0):
            raise UsageError(
                f"{name} = {value!r} is no number of steps. Give a whole number, for example "
                f"{name} = 200."
            )
        if name == "train.eval_steps" and value == 0:
            raise UsageError(
                "train.eval_steps = 0, so nothing is evaluated. Give 1 or more; for a run without "
                "evaluations, train.eval_frequency = None."
            )


def model(mode: str) -> Any:
    """The model that the config in force names, in a mode, without weights."""
    try:
        make = gin.query_parameter("train.model").scoped_configurable_fn
    except (AttributeError, ValueError):
        raise UsageError(
            "the config binds no model. Bind one, such as train.model = @trax.models.MLP."
        ) from None
    return make(mode=mode)


def output_dir(values: flags.FlagValues) -> str:
    """The folder of the run; by default a new one under ``~/trax``, where Trax has its own."""
    if values.output_dir:
        return os.path.expanduser(values.output_dir)  # No Path: it may be gs://...
    name = Path(values.config_file[-1]).stem if values.config_file else values.model or "train"
    return os.path.expanduser(f"~/trax/{name}_{datetime.datetime.now():%Y%m%d_%H%M%S}")


def _explain_flag(error: str) -> str:
    """Rewords an error of absl's."""
    if match := re.match(r"Unknown command line flag '([^']*)'", error):
        known = (f"--{flag}" for flag in (*flags.FLAGS, *processes.FLAGS, "compilation_cache"))
        return f"unknown flag --{match[1]}.{did_you_mean(f'--{match[1]}', known)}"
    if match := re.match(r"Missing value for flag (--\S+)", error):
        return f"{match[1]} needs a value."
    if match := re.match(r"flag --([^=]*)=(.*?): ", error):
        return f"--{match[1]} cannot be {match[2]!r}."
    return error


def _trainer() -> Any:
    return importlib.import_module("trax.trainer")


def _find(name: str) -> Path:
    """Resolves a config file: as given, else in ``configs/``; with or without its ending."""
    given = Path(name).expanduser()
    for path in (given, *(folder / given for folder in _FOLDERS)):
        for candidate in (path, path.with_name(f"{path.name}.gin")):
            if candidate.is_file():
                return candidate
    available = sorted(
        {f"{path.relative_to(folder)}" for folder in _FOLDERS for path in folder.rglob("*.gin")}
    )
    known = f" In configs/ are {', '.join(available)}." if available else ""
    raise UsageError(f"there is no config file {name!r}.{known}")
