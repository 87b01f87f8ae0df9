"""Activations that learn, and are random in training."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from trax_activations import _checks, registry
from trax_activations import functional as F
from trax_activations._gin import configurable
from trax_activations._spec import Count, Parameter
from trax_activations.functional._rational import LEAKY_RELU
from trax_activations.layers._learned import LearnedActivation


@configurable
class ProbAct(LearnedActivation):
    """ProbAct layer: a ReLU, in training with normal noise of learned or fixed strength.

    Its weight, if it learns, is an array of shape ``(num_parameters,)``, named ``sigma``.

    Args:
        num_parameters: 1 for one strength in all, the size of ``axis`` for one per channel, or
            'channels' for that size, whatever it is.
        sigma: Standard deviation of the noise: the initial one, 0 in the authors' code, or the
            fixed one, 0.05 to 0.5 in the paper.
        learned: Whether it is a weight.
        axis: The channel axis.
        mode: 'train' for noise; in every other mode it is a ReLU, the mean of the noisy
            one.

    Example:
        >>> ProbAct(sigma=0.1, learned=False).weight_names
        ()
    """

    _activation = registry.get("prob_act")

    def __init__(
        self,
        num_parameters: Count = 1,
        sigma: float = 0.0,
        learned: bool = True,
        axis: int = -1,
        mode: str = "train",
    ) -> None:
        # First, since what there is to be checked depends on it.
        self._learned = _checks.check_flag(type(self).__name__, "learned", learned)
        super().__init__(
            num_parameters=num_parameters, sigma=sigma, learned=learned, mode=mode, axis=axis
        )

    def _activate(self, x: Array) -> Array:
        return super()._activate(x) if self._mode == "train" else self._apply(F.relu, x)

    @property
    def _learned_parameters(self) -> tuple[Parameter, ...]:
        return super()._learned_parameters if self._learned else ()

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        return super()._parameters_for(x) or (jnp.float32(self._sigma),)


@configurable
class RandomizedRational(LearnedActivation):
    """Randomized rational layer, version D of :class:`Rational`: random coefficients in training.

    It is a layer of its own, since the other versions are the same in every mode. Its weights are
    those of ``Rational``, named ``numerator`` and ``denominator``.

    Args:
        num_parameters: 1 for one quotient in all, the size of ``axis`` for one per channel, or
            'channels' for that size, whatever it is.
        numerator: Initial coefficients, the lowest power first; by default those of a leaky ReLU
            with slope 0.01, fitted for version B.
        denominator: Likewise, from the first power on.
        deviation: Half width of the noise: coefficients are multiplied by draws from
            ``(1 - deviation, 1 + deviation)``, of their own for each element.
        axis: The channel axis.
        mode: 'train' for noise; in every other mode it is version B, without any.

    Example:
        >>> RandomizedRational(mode="eval").weight_names
        ('numerator', 'denominator')
    """

    _activation = registry.get("randomized_rational")

    def __init__(
        self,
        num_parameters: Count = 1,
        numerator: Sequence[float] = LEAKY_RELU["B"][0],
        denominator: Sequence[float] = LEAKY_RELU["B"][1],
        deviation: float = 0.1,
        axis: int = -1,
        mode: str = "train",
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            numerator=numerator,
            denominator=denominator,
            deviation=deviation,
            mode=mode,
            axis=axis,
        )

    def _activate(self, x: Array) -> Array:
        if self._mode == "train":
            return super()._activate(x)
        return self._apply(F.rational, x, *self._parameters_for(x), version="B")
