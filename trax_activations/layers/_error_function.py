"""Activations gated by an error function of learned shape."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class Pserf(LearnedActivation):
    """Pserf layer: an input gated by the error function of a softplus.

    Its weights are named ``gamma`` and ``delta``.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        gamma: Initial scale of the gate.
        delta: Initial sharpness of the gate.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Pserf()
        Pserf(num_parameters=1, gamma=1.25, delta=0.85, axis=-1)
    """

    _activation = registry.get("pserf")

    def __init__(
        self,
        num_parameters: Count = 1,
        gamma: float = 1.25,
        delta: float = 0.85,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            gamma=gamma,
            delta=delta,
            axis=axis,
        )


class ErfAct(LearnedActivation):
    """ErfAct layer: an input gated by the error function of an exponential.

    Its weights are named ``alpha`` and ``beta``.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: Initial scale of the gate.
        beta: Initial sharpness of the gate.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> ErfAct()
        ErfAct(num_parameters=1, alpha=0.75, beta=0.75, axis=-1)
    """

    _activation = registry.get("erf_act")

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha: float = 0.75,
        beta: float = 0.75,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            beta=beta,
            axis=axis,
        )
