"""The shim over ``trax.supervised.training``: tasks with a mode, and the loop that honours it.

Example:
    >>> import inspect
    >>> inspect.signature(TrainTask).parameters["mode"].default
    'train'
    >>> inspect.signature(EvalTask).parameters["mode"].default
    'eval'
"""

from trax_activations.checkpoints import convert as convert
from trax_activations.training.callbacks import (
    ActivationWeights,
    Callback,
    EarlyStopping,
    Progress,
    StopTraining,
    UnitHealth,
)
from trax_activations.training.loop import Loop
from trax_activations.training.planned import train
from trax_activations.training.stream import Stream
from trax_activations.training.tasks import EvalTask, TrainTask

__all__ = [
    "ActivationWeights",
    "Callback",
    "EarlyStopping",
    "EvalTask",
    "Loop",
    "Progress",
    "StopTraining",
    "Stream",
    "TrainTask",
    "UnitHealth",
    "train",
]
