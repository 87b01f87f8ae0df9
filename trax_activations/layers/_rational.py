"""Activations that learn a quotient of two polynomials."""

from collections.abc import Sequence

from trax_activations import functional as F
from trax_activations import registry
from trax_activations._gin import configurable
from trax_activations._spec import Count
from trax_activations.functional._rational import LEAKY_RELU, Version
from trax_activations.layers._learned import LearnedActivation


@configurable
class Rational(LearnedActivation):
    """Rational layer (PAU): a learned quotient of two polynomials.

    Its weights are named ``numerator``, of shape ``(6,)``, and ``denominator``, of shape ``(4,)``;
    per channel ``(6, n)`` and ``(4, n)``. The paper has one of each for a layer.

    Args:
        num_parameters: 1 for one quotient in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        version: 'A', 'B' or 'C': how the denominator stays away from 0; 'N': it does not.
        numerator: Initial coefficients, the lowest power first; ``None`` for those of a leaky ReLU
            with slope 0.01, fitted for the version.
        denominator: Likewise; it begins with the first power, in version 'C' with the constant.
        axis: The channel axis; Trax models have their channels last.

    Example:
        >>> Rational(numerator=(0.0, 1.0), denominator=(0.5,))
        Rational(num_parameters=1, version='A', numerator=(0.0, 1.0), denominator=(0.5,), axis=-1)
    """

    _activation = registry.get("rational")

    def __init__(
        self,
        num_parameters: Count = 1,
        version: Version = "A",
        numerator: Sequence[float] | None = None,
        denominator: Sequence[float] | None = None,
        axis: int = -1,
    ) -> None:
        F.rational.check(version=version)  # First: it has the initial values.
        above, below = LEAKY_RELU[version]
        super().__init__(
            num_parameters=num_parameters,
            version=version,
            numerator=above if numerator is None else numerator,
            denominator=below if denominator is None else denominator,
            axis=axis,
        )
