"""Saturating activations that take the place of a normalization."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class Dyt(LearnedActivation):
    """DyT layer, dynamic tanh: takes the place of ``tl.LayerNorm``.

    Its weights are named ``alpha``, a scalar, and ``gamma`` and ``beta``, one value per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        alpha: Initial scale of the input. Large language models want a smaller one.
        gamma: Initial scale of the output.
        beta: Initial shift of the output.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Dyt(alpha=0.2)
        Dyt(num_parameters='channels', alpha=0.2, gamma=1.0, beta=0.0, axis=-1)
    """

    _activation = registry.get("dyt")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.5,
        gamma: float = 1.0,
        beta: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            gamma=gamma,
            beta=beta,
            axis=axis,
        )


class Derf(LearnedActivation):
    """Derf layer, dynamic error function: takes the place of ``tl.LayerNorm``.

    Its weights are named ``alpha`` and ``shift``, scalars, and ``gamma`` and ``beta``, one value
    per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        alpha: Initial scale of the input.
        shift: Initial shift of the input.
        gamma: Initial scale of the output.
        beta: Initial shift of the output.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Derf(num_parameters=1)
        Derf(num_parameters=1, alpha=0.5, shift=0.0, gamma=1.0, beta=0.0, axis=-1)
    """

    _activation = registry.get("derf")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.5,
        shift: float = 0.0,
        gamma: float = 1.0,
        beta: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            shift=shift,
            gamma=gamma,
            beta=beta,
            axis=axis,
        )
