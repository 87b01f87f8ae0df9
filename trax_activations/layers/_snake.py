"""Activations that learn a period."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class Snake(LearnedActivation):
    """Snake layer: the identity and a wave of learned period.

    Its weight is named ``alpha``, one value per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        alpha: Initial frequency.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Snake(alpha=0.2)
        Snake(num_parameters='channels', alpha=0.2, axis=-1)
    """

    _activation = registry.get("snake")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            axis=axis,
        )


class SnakeBeta(LearnedActivation):
    """SnakeBeta layer: a snake whose wave has a height of its own.

    Its weights are named ``alpha`` and ``beta``, one value of each per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        alpha: Initial frequency.
        beta: What the wave is divided by, initially.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> SnakeBeta()
        SnakeBeta(num_parameters='channels', alpha=1.0, beta=1.0, axis=-1)
    """

    _activation = registry.get("snake_beta")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 1.0,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            beta=beta,
            axis=axis,
        )
