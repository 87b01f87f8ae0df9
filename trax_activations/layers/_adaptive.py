"""Self-gated activations that learn how sharply they switch."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class SwishBeta(LearnedActivation):
    """Swish layer that learns its gate.

    Its weight is named ``beta``. With 1, the initial value, it is the SiLU.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        beta: Initial sharpness of the gate.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> SwishBeta()
        SwishBeta(num_parameters=1, beta=1.0, axis=-1)
    """

    _activation = registry.get("swish_beta")

    def __init__(
        self,
        num_parameters: Count = 1,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            beta=beta,
            axis=axis,
        )


class AconC(LearnedActivation):
    """ACON-C layer: a smooth maximum of two lines, both learned.

    Its weights are named ``p1``, ``p2`` and ``beta``, one value of each per channel.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        p1: Initial slope of the first line; ``None`` draws it from a normal distribution, as the
            authors' code does.
        p2: Initial slope of the second line, likewise.
        beta: How far it activates, initially.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> AconC(p1=1.0, p2=0.25)
        AconC(num_parameters='channels', p1=1.0, p2=0.25, beta=1.0, axis=-1)
    """

    _activation = registry.get("acon_c")

    def __init__(
        self,
        num_parameters: Count = "channels",
        p1: float | None = None,
        p2: float | None = None,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            p1=p1,
            p2=p2,
            beta=beta,
            axis=axis,
        )
