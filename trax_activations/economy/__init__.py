"""Less memory for training: a model whose activations keep only their input.

For the backward pass most activations keep their input or more, and the layer after them keeps
their output. :func:`economize` puts the two in one remat: the output is computed again, in any
built model of Trax:

Example:
    >>> from trax import layers as tl
    >>> model = tl.Serial(tl.Dense(64), tl.Gelu(), tl.Dense(64), tl.Gelu())
    >>> smaller = economize(model)
    >>> print(summary(smaller))
    activation     joined
    serial/gelu_1  gelu_1, dense_2
    serial/gelu_2  no: nothing follows that would keep its output
    -------------------------------------------------------------
    1 of 2 activations joined
"""

from functools import partial

from trax_activations._model import check_layer, copy_layers
from trax_activations._trax import base
from trax_activations.economy._rules import outermost_serials, remat_groups
from trax_activations.economy._summary import Row, Summary, summary
from trax_activations.layers._joined import run

__all__ = ["Row", "Summary", "economize", "summary"]


def economize(model: base.Layer) -> base.Layer:
    """Returns a copy of a model that keeps less for its backward pass, and shares its weights.

    Every activation shares a remat with the layer after it that would keep its output: a dense
    layer, a convolution or a normalization, also where dropout, pooling or other cheap functions
    stand between; and with the normalization before it. Of these the backward pass keeps the first
    input, and computes the others again (see :class:`trax_activations.Remat`). :func:`summary`
    tells which layers share one, and why other activations have none.

    The copy is the model in everything else: the same layers in the same places, so that weights,
    state, names and checkpoints fit both; the same outputs, random draws and gradients, but for
    rounding. It is trained in its stead::

        loop = training.Loop(economize(model), task)

    Only reverse-mode differentiation passes through a remat.

    Args:
        model: Any layer, initialised or not. It stays as it is.

    Returns:
        The copy.

    Raises:
        TypeError: If ``model`` is not a layer.

    Example:
        >>> from trax import layers as tl
        >>> model = tl.Serial(tl.Dense(2), tl.Relu(), tl.Dense(2))
        >>> _ = model.init(jax.ShapeDtypeStruct((1, 3), jnp.float32))
        >>> smaller = economize(model)
        >>> smaller.weights[0][0] is model.weights[0][0]
        True
        >>> x = jnp.ones((1, 3))
        >>> bool((smaller(x) == model(x)).all())
        True
    """
    check_layer("economize", model)
    copied = copy_layers(model)
    for serial in outermost_serials(copied):
        groups = [found.group for found in remat_groups(serial) if found.group is not None]
        if groups:
            # An attribute of the layer comes before the method of its class: its type, and all that
            # depends on it, stays. A copy of the layer, whoever makes it, gets its own.
            vars(serial)["forward"] = partial(run, serial, groups=groups)
    return copied
