"""Patches of Trax that last as long as a ``with`` block; each says which line of Trax needs it."""

import contextlib
from collections.abc import Callable
from typing import Any

import jax

from trax_activations._trax import base, fastmath, trainer_lib, training
from trax_activations._trax import layers as tl
from trax_activations._trax._imports import View
from trax_activations._trax._patch import patched
from trax_activations._trax._weight_files import init_from_file

__all__ = ["no_pickled_counters", "one_device", "placed_by", "train_with"]

Context = contextlib.AbstractContextManager[None]


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
