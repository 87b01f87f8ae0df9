"""Patches of Trax that last as long as a ``with`` block; each says which line of Trax needs it."""

import contextlib
from collections.abc import Callable
from typing import Any

import jax
from jax._src.export import _export  # The same from jax 0.6 to 0.12.
from jaxlib.mlir.dialects import stablehlo
from jaxlib.mlir.passmanager import PassManager

from trax_activations._trax import base, fastmath, trainer_lib, training
from trax_activations._trax import layers as tl
from trax_activations._trax._imports import View
from trax_activations._trax._patch import patched
from trax_activations._trax._weight_files import init_from_file

__all__ = ["no_pickled_counters", "old_stablehlo", "one_device", "placed_by", "train_with"]

_WRITE_OUT = "builtin.module(func.func(chlo-legalize-to-stablehlo))"

Context = contextlib.AbstractContextManager[None]


@contextlib.contextmanager
def old_stablehlo() -> Any:
    """Lets JAX export programs in StableHLO 1.9, of early 2025, and without composites.

    It writes the form of a month ago (jax/_src/export/_export.py:916), where ``erf`` and others are
    composites of CHLO. TensorFlow 2.21 cannot read that of JAX 0.10, nor a composite whose shapes
    have symbols: so these functions are written out.
    """
    to_bytes = _export._module_to_bytecode

    def written_out(module: Any) -> bytes:
        stablehlo.register_stablehlo_passes()
        with module.context:
            PassManager.parse(_WRITE_OUT).run(module.operation)
        return to_bytes(module)

    version = patched(stablehlo, "get_version_from_compatibility_requirement", lambda _: "1.9.0")
    with version, patched(_export, "_module_to_bytecode", written_out):
        yield


def one_device() -> Context:
    """Lets Trax take its one-device path, whatever this machine has.

    The other one is ``pmap`` (supervised/training.py:1305, optimizers/trainer.py:54, 305,
    layers/acceleration.py:58): ours compiles the first for a mesh.
    """
    return patched(fastmath, "local_device_count", lambda: 1)


def no_pickled_counters() -> Context:
    """Keeps ``Loop`` from unpickling what lies in its output directory (training.py:222)."""
    return patched(trainer_lib.trax_inputs, "load_data_counters", lambda directory: None)


@contextlib.contextmanager
def placed_by(place: Callable[[Any], jax.Array]) -> Any:
    """Lets ``ReversibleSerialTrainer`` put arrays where ``place`` does.

    It puts them on *the* accelerator, and back on the host (optimizers/trainer.py:415-430, 542-588,
    644-648, 692-697).
    """
    everywhere = patched(tl, "on_accelerator", lambda tree: jax.tree.map(place, tree))
    with everywhere, patched(tl, "on_cpu", lambda tree: tree):
        yield


@contextlib.contextmanager
def train_with(**classes: Any) -> Any:
    """Lets ``train`` make other objects than ``Loop``, ``TrainTask``, ``EvalTask``, and print none.

    It makes and runs the loop in one go (supervised/trainer_lib.py:610-680). What it calls
    ``init_checkpoint`` (line 653) may be any file of weights, and is not unpickled.
    """
    ours = patched(trainer_lib, "training", View(training, **classes))
    unpickled = patched(base.Layer, "init_from_file", init_from_file)
    with ours, unpickled, patched(trainer_lib, "log", trainer_lib.logging.info):
        yield
