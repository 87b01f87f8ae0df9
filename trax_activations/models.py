"""Small models for the configs, where Trax has none that fits."""

from collections.abc import Callable

from trax_activations._gin import configurable
from trax_activations._trax import base
from trax_activations._trax import layers as tl

__all__ = ["ConvNet"]


@configurable
def ConvNet(
    n_classes: int = 10,
    n_layers: int = 3,
    width: int = 32,
    activation: Callable[[], base.Layer] = tl.Relu,
    mode: str = "train",
) -> base.Layer:
    """Convolutions with filter response normalization, for small images.

    Each layer is a convolution, a normalization that does not depend on the batch, and an
    activation; with a thresholded linear unit per channel this is the architecture of
    arXiv:1911.09737. All layers have the same width, so that one gin binding fits the activation of
    each. The second and later layers halve the image.

    Args:
        n_classes: Number of classes.
        n_layers: Number of convolutions.
        width: Number of channels of each.
        activation: Makes the activation of a layer.
        mode: As for every Trax model; nothing but ``activation`` may depend on it.

    Returns:
        Model from images ``(B, H, W, C)`` to unnormalized scores ``(B, n_classes)``.

    Example:
        >>> import trax_activations as ta
        >>> [layer.name for layer in ConvNet(n_layers=1, activation=ta.RandomizedRelu).sublayers]
        ['Conv', 'FilterResponseNorm', 'RandomizedRelu', 'Mean', 'Dense_10']
    """
    del mode
    convolutions = [
        [
            tl.Conv(width, (3, 3), strides=(1, 1) if i == 0 else (2, 2), padding="SAME"),
            tl.FilterResponseNorm(),
            activation(),
        ]
        for i in range(n_layers)
    ]
    return tl.Serial(convolutions, tl.Mean(axis=(1, 2)), tl.Dense(n_classes))
