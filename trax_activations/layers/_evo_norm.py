"""Evolved layers that normalize and activate in one: EvoNorm-B0 and EvoNorm-S0."""

from jax import Array

from trax_activations import _checks, registry
from trax_activations._gin import configurable
from trax_activations._spec import Count
from trax_activations._trax import ShapeDtype
from trax_activations.layers import _channels
from trax_activations.layers._learned import LearnedActivation


@configurable
class EvoNormB0(_channels._ChannelStatistics):
    """EvoNorm-B0 layer: takes the place of ``tl.BatchNorm`` and the ReLU after it.

    Its weights are the tuple ``(v, gamma, beta)``, one value of each per channel; a gamma of 0 at
    the end of a residual branch makes that branch start from nothing. Its state has the parts of
    ``tl.BatchNorm``'s: mean, which it does not need, variance, number of batches. In training it
    divides by the variance of the batch, over all axes but the channels', and updates the running
    one: the plain average of the batches as long as these are few, then an exponential one. (That
    of the authors starts from 1.) In every other mode it uses the running one, and leaves it.

    Variances are those of the data, not estimates of that behind it: also the running one, as in
    the authors' code. (timm's running variance is ``n / (n - 1)`` times as large.)

    The deviation of each example's channels is over all its positions, so it is not for models that
    predict one position from those before.

    Args:
        num_parameters: 'channels' for values of each channel, as in the paper; 1 for one in all, or
            the number of channels.
        v: Initial factor of the input in the denominator.
        gamma: Initial scale of the output.
        beta: Initial shift of the output.
        epsilon: Added to the variances; 1e-3 in timm.
        momentum: What remains of the running variance at each batch.
        axis: The channel axis; the first axis is that of the batch, and the others are positions,
            of which there is one or more.
        mode: 'train' for the variance of the batch; in every other mode the running one.

    Example:
        >>> EvoNormB0(mode="eval").weight_names
        ('v', 'gamma', 'beta')
    """

    _activation = registry.get("evo_norm_b0")
    _least_positions = 1

    def __init__(
        self,
        num_parameters: Count = "channels",
        v: float = 1.0,
        gamma: float = 1.0,
        beta: float = 0.0,
        epsilon: float = 1e-5,
        momentum: float = 0.9,
        axis: int = -1,
        mode: str = "train",
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            v=v,
            gamma=gamma,
            beta=beta,
            epsilon=epsilon,
            momentum=_channels.check_momentum(type(self).__name__, momentum),
            mode=mode,
            axis=axis,
        )

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        _, variance = self._mean_and_variance(x)
        own = _channels.group_variance(x, self._axis, x.shape[self._axis])
        return (*super()._parameters_for(x), variance, own)


@configurable
class EvoNormS0(LearnedActivation):
    """EvoNorm-S0 layer: takes the place of a group normalization and the activation after it.

    Its weights are the tuple ``(v, gamma, beta)``, one value of each per channel; a gamma of 0 at
    the end of a residual branch makes that branch start from nothing. It divides by the deviation
    of groups of neighbouring channels over all positions of an example, in every mode: examples do
    not depend on each other. Since it sees all positions, it is not for models that predict one
    position from those before.

    Args:
        num_parameters: 'channels' for values of each channel, as in the paper; 1 for one in all, or
            the number of channels.
        v: Initial sharpness of the gate.
        gamma: Initial scale of the output.
        beta: Initial shift of the output.
        groups: Number of groups of channels; where it does not divide their number, the greatest
            below that does, as in the authors' code. timm's ``group_size=n`` is
            ``groups=channels // n``.
        epsilon: Added to the variance; 1e-3 in timm's ``EvoNorm2dS0a``.
        axis: The channel axis; the first axis is that of the batch.

    Example:
        >>> EvoNormS0(groups=8)._groups
        8
    """

    _activation = registry.get("evo_norm_s0")

    def __init__(
        self,
        num_parameters: Count = "channels",
        v: float = 1.0,
        gamma: float = 1.0,
        beta: float = 0.0,
        groups: int = 32,
        epsilon: float = 1e-5,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            v=v,
            gamma=gamma,
            beta=beta,
            groups=_checks.check_count(type(self).__name__, "groups", groups),
            epsilon=epsilon,
            axis=axis,
        )

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights."""
        super().init_weights_and_state(input_signature)
        shape = tuple(input_signature.shape)
        _channels.check_positions(repr(self), self._axis, shape, least=0)

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        channels = x.shape[self._axis]
        groups = next(n for n in range(self._groups, 0, -1) if channels % n == 0)
        return (*super()._parameters_for(x), _channels.group_variance(x, self._axis, groups))
