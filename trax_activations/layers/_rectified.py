"""Rectifiers that learn their slope, their threshold, or draw their slope at random."""

from collections.abc import Sequence

from jax import Array

from trax_activations import _checks, registry
from trax_activations import functional as F
from trax_activations._gin import configurable
from trax_activations._spec import Count
from trax_activations._trax import ShapeDtype
from trax_activations.functional._stochastic import check_shared_axes
from trax_activations.layers._base import Activation
from trax_activations.layers._elements import shared_axes_argument
from trax_activations.layers._learned import LearnedActivation


@configurable
class ParametricRelu(LearnedActivation):
    """PReLU layer: a leaky ReLU that learns its slopes.

    Args:
        num_parameters: How many slopes it learns: 1, the size of ``axis`` for one per channel, or
            'channels' for that size, whatever it is; ``None`` for one without an axis.
        a: Initial slope.
        axis: The channel axis; Trax models have their channels last.
        shared_axes: Instead of ``num_parameters``, for a slope of each element, as in Keras: axes
            along which all elements share one, besides the batch; ``()`` for none.

    Example:
        >>> ParametricRelu(num_parameters=64)
        ParametricRelu(num_parameters=64, a=0.25, axis=-1)
    """

    _activation = registry.get("parametric_relu")

    def __init__(
        self,
        num_parameters: Count = 1,
        a: float = 0.25,
        axis: int = -1,
        shared_axes: Sequence[int] | None = None,
    ) -> None:
        shared = shared_axes_argument(type(self).__name__, shared_axes, num_parameters, 1)
        super().__init__(num_parameters=num_parameters, a=a, axis=axis, **shared)


@configurable
class ThresholdedLinearUnit(LearnedActivation):
    """TLU layer: a ReLU that learns where it starts.

    Its weight is named ``threshold``; the affine form, ``max(x, a x + threshold)``, has a second
    one, ``a``, and its weights are the tuple ``(threshold, a)``.

    Args:
        num_parameters: ``None`` for a scalar weight, as Trax's own layer has; or a number of
            thresholds: 1, or the size of ``axis`` for one per channel, as the paper has;
            'channels' for that size, whatever it is.
        axis: The channel axis; Trax models have their channels last.
        affine: Whether the threshold is a learned line.
        threshold: Initial threshold.
        a: Initial slope of the line.
        shared_axes: Instead of ``num_parameters``, for a threshold of each element: axes along
            which all elements share one, besides the batch; ``()`` for none.

    Example:
        >>> ThresholdedLinearUnit(num_parameters=64)
        ThresholdedLinearUnit(num_parameters=64, affine=False, threshold=0.0, a=0.0, axis=-1)
    """

    _activation = registry.get("thresholded_linear_unit")

    def __init__(
        self,
        num_parameters: Count = None,
        axis: int = -1,
        affine: bool = False,
        threshold: float = 0.0,
        a: float = 0.0,
        shared_axes: Sequence[int] | None = None,
    ) -> None:
        name = type(self).__name__
        if affine:
            self._activation = registry.get("affine_thresholded_linear_unit")
        super().__init__(
            num_parameters=num_parameters,
            affine=_checks.check_flag(name, "affine", affine),
            threshold=threshold,
            a=_checks.check_number(name, "a", a),
            axis=axis,
            **shared_axes_argument(name, shared_axes, num_parameters, None),
        )


@configurable
class AffineThresholdedLinearUnit(ThresholdedLinearUnit):
    """TLU layer whose threshold is a learned line: ``ThresholdedLinearUnit(affine=True)``.

    Args:
        num_parameters: As in :class:`ThresholdedLinearUnit`.
        axis: The channel axis.
        threshold: Initial threshold.
        a: Initial slope of the line.

    Example:
        >>> AffineThresholdedLinearUnit().weight_names
        ('threshold', 'a')
    """

    def __init__(
        self, num_parameters: Count = None, axis: int = -1, threshold: float = 0.0, a: float = 0.0
    ) -> None:
        super().__init__(num_parameters, axis, affine=True, threshold=threshold, a=a)


@configurable
class RandomizedRelu(Activation):
    """RReLU layer: in training every element draws its slope, else the slope is the mean.

    Args:
        lower: Lower bound of the slopes.
        upper: Upper bound of the slopes.
        shared_axes: Axes along which all elements share one slope, as in ``tl.Dropout``.
        mode: 'train' for random slopes; in every other mode the slope is exactly
            ``(lower + upper) / 2``.

    Example:
        >>> RandomizedRelu(1/8, 1/3, mode='eval')
        RandomizedRelu(lower=0.125, upper=0.3333333333333333, shared_axes=None, mode='eval')
    """

    _activation = registry.get("randomized_relu")

    def __init__(
        self,
        lower: float = 1 / 8,
        upper: float = 1 / 3,
        shared_axes: Sequence[int] | None = None,
        mode: str = "train",
    ) -> None:
        shared_axes = _checks.check_axes(type(self).__name__, "shared_axes", shared_axes)
        super().__init__(lower=lower, upper=upper, shared_axes=shared_axes, mode=mode)

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Checks that the input has every shared axis."""
        super().init_weights_and_state(input_signature)
        check_shared_axes(self._shared_axes, tuple(input_signature.shape))

    def _activate(self, x: Array) -> Array:
        if self._mode == "train":
            return super()._activate(x)
        return self._apply(F.leaky_relu, x, negative_slope=(self._lower + self._upper) / 2)
