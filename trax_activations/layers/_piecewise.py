"""Piecewise linear activations that learn their pieces."""

from collections.abc import Sequence

from trax_activations import registry
from trax_activations._spec import Parameter
from trax_activations.layers import _checks
from trax_activations.layers._learned import Count, LearnedActivation


class Srelu(LearnedActivation):
    """SReLU layer: three lines, joined at two learned thresholds.

    Its weights are named ``t_left``, ``a_left``, ``t_right`` and ``a_right``, one value of each per
    channel; a weight ``w`` of t_right stands for the value ``t_left + softplus(w)``.

    Args:
        num_parameters: 'channels' for one value per element of ``axis``; that number, if it is
            to be checked; or 1 for one value in all.
        t_left: Initial left threshold.
        a_left: Initial slope left of it; ``None`` draws it from 0 to 1, as keras-contrib does.
        t_right: Initial right threshold, above ``t_left``; ``None`` draws how far above it is, from
            0 to 5.
        a_right: Initial slope right of it.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Srelu(a_left=0.2, t_right=1.0)
        Srelu(num_parameters='channels', t_left=0.0, a_left=0.2, t_right=1.0, a_right=1.0, axis=-1)
    """

    _activation = registry.get("srelu")

    def __init__(
        self,
        num_parameters: Count = "channels",
        t_left: float = 0.0,
        a_left: float | None = None,
        t_right: float | None = None,
        a_right: float = 1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            t_left=t_left,
            a_left=a_left,
            t_right=t_right,
            a_right=a_right,
            axis=axis,
        )


class Apl(LearnedActivation):
    """APL layer: a ReLU and learned hinges.

    Its weights are named ``a`` and ``b``, each of shape ``(pieces, n)`` for n channels, or
    ``(pieces,)`` with ``num_parameters=1``.

    Args:
        num_parameters: 'channels' for hinges of its own for each element of ``axis``; that number,
            if it is to be checked; or 1 for the same hinges in all.
        pieces: How many hinges there are.
        a: Initial slopes of the hinges; ``None`` draws them from -0.5 to 0.5, as in the authors'
            experiments.
        b: Where they bend, initially; ``None`` draws this from a normal distribution of width 0.5.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Apl(pieces=2, b=(-0.5, 0.5))
        Apl(num_parameters='channels', pieces=2, a=None, b=(-0.5, 0.5), axis=-1)
    """

    _activation = registry.get("apl")

    def __init__(
        self,
        num_parameters: Count = "channels",
        pieces: int = 5,
        a: Sequence[float] | None = None,
        b: Sequence[float] | None = None,
        axis: int = -1,
    ) -> None:
        name = type(self).__name__
        pieces = _checks.check_count(name, "pieces", pieces)
        super().__init__(num_parameters=num_parameters, pieces=pieces, a=a, b=b, axis=axis)
        for each in ("a", "b"):
            given = getattr(self, f"_{each}")
            if given is not None and len(given) != pieces:
                raise ValueError(
                    f"{name}: {each} has {len(given)} values, and there are pieces={pieces}. Give "
                    f"one for each, or pieces={len(given)}."
                )

    def _n_values(self, parameter: Parameter) -> int:
        pieces: int = self._pieces
        return pieces


class Arelu(LearnedActivation):
    """AReLU layer: both slopes of a ReLU are learned, within bounds.

    Its weights are named ``alpha`` and ``beta``. The paper has one value of each for a layer.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        alpha: Initial slope below 0; the function clips it to [0.01, 0.99].
        beta: Initial slope above 0 less 1, before its sigmoid.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> Arelu()
        Arelu(num_parameters=1, alpha=0.9, beta=2.0, axis=-1)
    """

    _activation = registry.get("arelu")

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha: float = 0.9,
        beta: float = 2.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            beta=beta,
            axis=axis,
        )


class FlexibleRelu(LearnedActivation):
    """Flexible ReLU layer: a ReLU that learns its least value.

    Its weight is named ``bias``. The authors have one for a layer, and advise against more.

    Args:
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        bias: Initial least value, -1 in the authors' code; trained ones stay negative.
        axis: The channel axis; Trax models have their channels last.

    Raises:
        TypeError: If a hyperparameter, or the input, is of the wrong type.
        ValueError: If a hyperparameter is out of range, or ``axis`` has another size.

    Example:
        >>> FlexibleRelu(bias=-0.5)
        FlexibleRelu(num_parameters=1, bias=-0.5, axis=-1)
    """

    _activation = registry.get("flexible_relu")

    def __init__(
        self,
        num_parameters: Count = 1,
        bias: float = -1.0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            bias=bias,
            axis=axis,
        )
