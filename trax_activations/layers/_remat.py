"""An activation joined to the layer after it, so that nothing is kept between them."""

from typing import Any

from trax_activations._gin import configurable
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.layers._base import Layer, creation_site
from trax_activations.layers._joined import check_layer, check_one_to_one, leaves, run


@configurable
class Remat(Layer, tl.Serial):
    r"""Runs an activation and the layer after it, and keeps only the activation's input.

    .. math::
        y = g(f(x))

    For its gradient a dense layer or convolution :math:`g` keeps its input :math:`f(x)`, and most
    activations :math:`f` keep their :math:`x` besides, or more. Here :math:`f` is computed again
    from :math:`x` when the gradient of :math:`y` has arrived: one tensor per layer, whatever the
    activation, for the time that it takes to compute it. The outputs are the same, and so are the
    gradients, but for rounding.

    It stands for the two layers in a model: they have the same names in
    :mod:`trax_activations.weights`, are switched by mode, and draw the same random numbers in both
    passes. Weights and state are tuples of theirs. New state, such as the statistics of
    `tl.BatchNorm`, has no gradient, and forward mode (``jax.jvp``) does not pass through.

    :func:`trax_activations.economize` does the same to all activations of a built model.

    Args:
        activation: A layer with one input and one output: any activation, of this package or of
            Trax, or one of your own.
        next_layer: Any layer: `tl.Dense`, a convolution, or a Serial of several. All of it is
            computed twice, of which only what it keeps for its own gradient takes time.

    Raises:
        TypeError: If one of the two is not a layer.
        ValueError: If the activation has several inputs or outputs, or the next layer has none.

    Example:
        >>> from trax import layers as tl
        >>> tl.Serial(tl.Dense(64), Remat(tl.Gelu(), tl.Dense(8)))
        Serial[
          Dense_64
          Remat[
            Serial[
              Gelu
            ]
            Dense_8
          ]
        ]
    """

    _stands_for_its_sublayers = True  # In the names of weights: see _paths.py.

    def __init__(self, activation: base.Layer, next_layer: base.Layer) -> None:
        for what, layer in (("activation", activation), ("next_layer", next_layer)):
            check_layer("Remat", what, layer, "Remat(tl.Gelu(), tl.Dense(64))")
        check_one_to_one("Remat", activation)
        if next_layer.n_in == 0:
            raise ValueError(
                "Remat takes a layer with inputs as next_layer, but received "
                f"{next_layer.name}, which has none."
            )
        tl.Serial.__init__(self, activation, next_layer, name="Remat")
        self._caller = creation_site()

    __repr__ = base.Layer.__repr__
    init_weights_and_state = tl.Serial.init_weights_and_state

    def forward(self, xs: Any) -> Any:
        """Runs both layers: on the activation's input, then further inputs of the next layer."""
        return run(self, xs, [range(len(list(leaves(self))))])
