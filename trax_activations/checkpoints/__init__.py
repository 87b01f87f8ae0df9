"""Files of a run: written whole or not at all, verified when read, exchanged with stock Trax.

A checkpoint is one file of named arrays and a record (:func:`write`, :func:`read`); what a training
loop keeps in it is a :class:`RunState`. :mod:`~trax_activations.checkpoints.convert` makes stock
Trax's files of it and the other way round. Nothing of this but that module imports Trax.
"""

from trax_activations.checkpoints.run_file import Checkpoint as Checkpoint
from trax_activations.checkpoints.run_file import exists as exists
from trax_activations.checkpoints.run_file import path_of as path_of
from trax_activations.checkpoints.run_file import previous as previous
from trax_activations.checkpoints.run_file import read as read
from trax_activations.checkpoints.run_file import write as write
from trax_activations.checkpoints.run_state import RunState as RunState
from trax_activations.checkpoints.tensor_file import CheckpointError as CheckpointError

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "RunState",
    "exists",
    "path_of",
    "previous",
    "read",
    "write",
]
