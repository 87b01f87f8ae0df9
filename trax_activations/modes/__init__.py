"""Train, eval, predict: what a built model does, changed after it was built.

In Trax the mode is an argument of each layer's constructor, so a model for evaluation is built a
second time. Here it is a view of the model that was trained:

Example:
    >>> from trax import layers as tl
    >>> model = tl.Serial(tl.Dense(8), tl.Dropout(0.5))
    >>> modes(with_mode(model, "eval"))
    {'serial/dropout': 'eval'}
    >>> modes(model)
    {'serial/dropout': 'train'}
"""

from typing import Any, Literal

from trax_activations._checks import MODES, check_mode
from trax_activations._model import check_layer, walk
from trax_activations._trax import base
from trax_activations.modes._decoding import check_decoding as check_decoding
from trax_activations.modes._decoding import in_mode
from trax_activations.modes._decoding import reset as reset
from trax_activations.modes._layer import mode_of

__all__ = ["MODES", "Mode", "check_decoding", "modes", "reset", "with_mode"]

Mode = Literal["train", "eval", "predict", "viz", "collect"]


def with_mode(model: base.Layer, mode: str, input_signature: Any = None) -> base.Layer:
    """Returns a copy of a model that is in another mode and shares its weights.

    The copy is what the model would be, had it been built with ``mode=mode``. It has layers of its
    own, and the same arrays: nothing is computed or moved, and the model stays as it is. A layer
    that occurs twice in the model is one layer in the copy. Layers are found among sublayers, in
    attributes, in lists and dictionaries there, and in what functions have closed over.

    A copy for 'predict' decodes step by step from its first input on: layers that remember earlier
    steps make their memory, which depends on the batch size, when they first see an input. So does
    a copy of one that has decoded already; :func:`reset` lets that itself begin anew. A copy of a
    copy can go back to 'train'.

    What was decided when the model was built, and cannot be seen in it any more, is an error. So is
    a function of your own that has closed over a mode, over a flag that is named for one
    (``is_training``), or over what was computed from a mode in one line. What leaves no trace is
    not found: a layer that your code left out because of the mode, a function that it chose, and
    what it assigned below an ``if``, under a name that does not tell.

    A class of your own that decides something by mode when it is built is switched by its method
    ``_set_mode(self, mode)``, if it has one.

    Args:
        model: Any layer, initialised or not.
        mode: 'train', 'eval', 'predict', 'viz' or, in reinforcement learning, 'collect'.
        input_signature: For 'predict', the signature of the inputs of one step, where layers inside
            of `tl.Cond` or `tl.Scan` must make their state beforehand.

    Returns:
        The copy. If the model is not initialised, neither is the copy.

    Raises:
        TypeError: If ``model`` is not a Trax layer.
        ValueError: If the mode is unknown, or if layers cannot be switched: the message names them.

    Example:
        >>> import numpy as np
        >>> from trax import layers as tl, shapes
        >>> model = tl.Serial(tl.Dense(2), tl.Dropout(0.5))
        >>> x = np.ones((3, 4), np.float32)
        >>> _ = model.init(shapes.signature(x))
        >>> evaluated = with_mode(model, "eval")
        >>> evaluated.weights[0][0] is model.weights[0][0]
        True
        >>> bool((evaluated(x) == model(x)).all())
        False
    """
    check_mode("with_mode", mode)
    check_layer("with_mode", model)
    return in_mode(model, mode, input_signature)


def modes(model: base.Layer) -> dict[str, str]:
    """Returns the mode of every layer that depends on one.

    Args:
        model: Any layer.

    Returns:
        Paths, as 'serial/residual_2/dropout', with modes. A layer that occurs several times has one
        path. `tl.ShiftRight` is among them; a layer that only hands the mode on is not.

    Example:
        >>> from trax import models
        >>> modes(models.GRULM(vocab_size=16, d_model=8))
        {'serial/shift_right': 'train', 'serial/gru/scan': 'train'}
    """
    return {path: mode for path, layer in walk(model) if (mode := mode_of(layer)) is not None}
