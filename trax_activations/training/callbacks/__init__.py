"""What people watch while a model trains; for our ``Loop`` and for Trax's own.

Trax makes a callback from a class, ``callback(loop)``: give options with ``functools.partial``::

    training.Loop(..., callbacks=[functools.partial(training.ActivationWeights, every=50)])
"""

from trax_activations.training.callbacks._base import Callback, StopTraining
from trax_activations.training.callbacks.activation_weights import ActivationWeights
from trax_activations.training.callbacks.early_stopping import EarlyStopping
from trax_activations.training.callbacks.progress import Progress
from trax_activations.training.callbacks.unit_health import UnitHealth

__all__ = [
    "ActivationWeights",
    "Callback",
    "EarlyStopping",
    "Progress",
    "StopTraining",
    "UnitHealth",
]
