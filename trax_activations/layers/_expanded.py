"""Self-gated activations whose gate learns to go beyond 0 and 1."""

from trax_activations import registry
from trax_activations.layers._learned import Count, LearnedActivation


class _Expanded(LearnedActivation):
    """What the three have in common: how they are made."""

    def __init__(self, num_parameters: Count = 1, alpha: float = 0.0, axis: int = -1) -> None:
        super().__init__(num_parameters=num_parameters, alpha=alpha, axis=axis)


class Xatlu(_Expanded):
    """xATLU layer: an arctan gate that learns to go beyond 0 and 1.

    Its weight is named ``alpha``. The paper has one for each MLP block.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: How far the gate goes beyond 0 and 1, initially.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Xatlu()
        Xatlu(num_parameters=1, alpha=0.0, axis=-1)
    """

    _activation = registry.get("xatlu")


class Xgelu(_Expanded):
    """xGELU layer: a GELU's gate that learns to go beyond 0 and 1.

    Its weight is named ``alpha``. The paper has one for each MLP block.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: How far the gate goes beyond 0 and 1, initially.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Xgelu()
        Xgelu(num_parameters=1, alpha=0.0, axis=-1)
    """

    _activation = registry.get("xgelu")


class Xsilu(_Expanded):
    """xSiLU layer: a SiLU's gate that learns to go beyond 0 and 1.

    Its weight is named ``alpha``. The paper has one for each MLP block.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: How far the gate goes beyond 0 and 1, initially.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Xsilu()
        Xsilu(num_parameters=1, alpha=0.0, axis=-1)
    """

    _activation = registry.get("xsilu")
