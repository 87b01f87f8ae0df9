"""Built models: the paths of their layers, copies of them, and what their functions close over."""

from trax_activations._model.closures import contents as contents
from trax_activations._model.closures import is_mode as is_mode
from trax_activations._model.closures import rebind as rebind
from trax_activations._model.closures import variables as variables
from trax_activations._model.copies import copy_layers as copy_layers
from trax_activations._model.paths import check_layer as check_layer
from trax_activations._model.paths import everything as everything
from trax_activations._model.paths import name as name
from trax_activations._model.paths import walk as walk

__all__ = [
    "check_layer",
    "contents",
    "copy_layers",
    "everything",
    "is_mode",
    "name",
    "rebind",
    "variables",
    "walk",
]
