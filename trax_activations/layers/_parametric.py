"""Exponential linear units that learn their shape."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class Pelu(LearnedActivation):
    """PELU layer: an ELU that learns its slope and its decay.

    Its weights are named ``alpha`` and ``beta``; a weight ``w`` stands for the value
    ``0.1 + softplus(w)``. The paper has one value of each for a layer.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: Initial value of minus the limit at minus infinity, above 0.1.
        beta: Initial width of the decay, above 0.1.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Pelu(beta=2.0)
        Pelu(num_parameters=1, alpha=1.0, beta=2.0, axis=-1)
    """

    _activation = registry.get("pelu")

    def __init__(
        self,
        num_parameters: Count = 1,
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


class Mpelu(LearnedActivation):
    """MPELU layer: learns to be a ReLU, a PReLU, an ELU, or between them.

    Its weights are named ``alpha`` and ``beta``; a weight ``w`` of beta stands for ``softplus(w)``.
    The authors' code has one value of each per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        alpha: Initial value of minus the limit at minus infinity.
        beta: Initial rate of the decay, above 0.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Mpelu(alpha=1.0)
        Mpelu(num_parameters='channels', alpha=1.0, beta=1.0, axis=-1)
    """

    _activation = registry.get("mpelu")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.25,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            beta=beta,
            axis=axis,
        )


class Xielu(LearnedActivation):
    """xIELU layer: learns the two curvatures of a smooth activation for language models.

    Its weights are named ``alpha_p`` and ``alpha_n``; a weight ``w`` stands for ``softplus(w)`` and
    ``beta + softplus(w)``, as in the authors' code. The paper has one value of each for a layer.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha_p: Initial curvature above 0, itself above 0.
        alpha_n: Initial height below 0, above ``beta``.
        beta: Slope at 0; it is not learned.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Xielu()
        Xielu(num_parameters=1, alpha_p=0.8, alpha_n=0.8, beta=0.5, axis=-1)
    """

    _activation = registry.get("xielu")

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha_p: float = 0.8,
        alpha_n: float = 0.8,
        beta: float = 0.5,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha_p=alpha_p,
            alpha_n=alpha_n,
            beta=beta,
            axis=axis,
        )
