"""Activations that learn a polynomial."""

from collections.abc import Sequence

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class StarRelu(LearnedActivation):
    """StarReLU layer: a squared ReLU with learned scale and bias.

    Its weights are named ``scale`` and ``bias``. The paper has one value of each for a layer.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        scale: Initial scale; with 0.8944 and a bias of -0.4472 normal input stays so.
        bias: Initial value at and below 0.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> StarRelu(scale=0.8944, bias=-0.4472)
        StarRelu(num_parameters=1, scale=0.8944, bias=-0.4472, axis=-1)
    """

    _activation = registry.get("star_relu")

    def __init__(
        self,
        num_parameters: Count = 1,
        scale: float = 1.0,
        bias: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            scale=scale,
            bias=bias,
            axis=axis,
        )


class PolyRelu(LearnedActivation):
    """PolyReLU layer: a learned polynomial of the positive part.

    Its weights are named ``weight``, of shape ``(3,)``, or ``(3, n)`` for n channels; and ``bias``.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        weight: Initial coefficients, the highest power first; their number is the degree.
        bias: Initial value at and below 0.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> PolyRelu(weight=(0.5, 0.5))
        PolyRelu(num_parameters=1, weight=(0.5, 0.5), bias=0.0, axis=-1)
    """

    _activation = registry.get("poly_relu")

    def __init__(
        self,
        num_parameters: Count = 1,
        weight: Sequence[float] = (1 / 3, 1 / 3, 1 / 3),
        bias: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            weight=weight,
            bias=bias,
            axis=axis,
        )


class PolyNorm(LearnedActivation):
    """PolyNorm layer: a learned sum of normalized powers of a vector.

    Its weights are named ``weight``, of shape ``(3,)``, or ``(3, n)`` for n channels; and ``bias``.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        weight: Initial coefficients, the highest power first; their number is the degree.
        bias: Initial shift of the output.
        epsilon: Added to the mean squares.
        axis: The axis of the vectors, and of the channels.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> PolyNorm(weight=(0.0, 1.0))
        PolyNorm(num_parameters=1, weight=(0.0, 1.0), bias=0.0, epsilon=1e-06, axis=-1)
    """

    _activation = registry.get("poly_norm")

    def __init__(
        self,
        num_parameters: Count = 1,
        weight: Sequence[float] = (1 / 3, 1 / 3, 1 / 3),
        bias: float = 0.0,
        epsilon: float = 1e-6,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            weight=weight,
            bias=bias,
            epsilon=epsilon,
            axis=axis,
        )
