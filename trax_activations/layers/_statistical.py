"""Activations that learn, and are mode-dependent by statistics of the batch: Dice, Meta-ACON."""

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks, registry
from trax_activations._gin import configurable
from trax_activations._spec import Count
from trax_activations._trax import ShapeDtype
from trax_activations.layers import _channels
from trax_activations.layers._learned import LearnedActivation


@configurable
class Dice(_channels._ChannelStatistics):
    """Dice layer: a PReLU that switches smoothly, at the mean of the data.

    Its weights are the tuple ``(alpha, beta)``. Its state has the parts of ``tl.BatchNorm``'s:
    mean, variance, number of batches. In training it normalizes by the statistics of the batch,
    over all axes but the channels', and updates the running ones: the plain average of the batches
    as long as these are few, then an exponential one. In every other mode it uses the running ones,
    and leaves them.

    Args:
        num_parameters: 'channels' for a slope and a sharpness of each channel, as in the authors'
            code; 1 for one in all, or the number of channels.
        alpha: Initial slope where the gate is shut.
        beta: Initial sharpness of the gate: 0 in the authors' code; the paper has none, which is 1.
        epsilon: Added to the variance.
        momentum: What remains of the running statistics at each batch.
        axis: The channel axis; the first axis is that of the batch.
        mode: 'train' for statistics of the batch; in every other mode the running ones.

    Example:
        >>> Dice(mode="eval").weight_names
        ('alpha', 'beta')
    """

    _activation = registry.get("dice")

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.0,
        beta: float = 0.0,
        epsilon: float = 1e-8,
        momentum: float = 0.99,
        axis: int = -1,
        mode: str = "train",
    ) -> None:
        super().__init__(
            num_parameters=num_parameters,
            alpha=alpha,
            beta=beta,
            epsilon=epsilon,
            momentum=_channels.check_momentum(type(self).__name__, momentum),
            mode=mode,
            axis=axis,
        )

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        return (*super()._parameters_for(x), *self._mean_and_variance(x))


@configurable
class MetaAcon(LearnedActivation):
    r"""Meta-ACON layer: a small network tells from the input how far it activates.

    .. math::
        f(x) = (p_1 - p_2)\,x\,\sigma(\beta (p_1 - p_2)\,x) + p_2\,x, \qquad
        \beta = \sigma(N_2(W_2 N_1(W_1 \bar x)))

    :math:`\bar x` is the mean over all positions, that is, all axes but the first and the
    channels'; :math:`N_1` and :math:`N_2` are batch normalizations, and so a batch of one example
    teaches it nothing. Since it sees all positions, it is not for models that predict one position
    from those before.

    The weights are those of the activation, ``p1`` and ``p2``, and those of the network,
    ``fc1_kernel``, ``norm1_scale``, ``fc2_kernel``, ``norm2_scale``, ``norm2_bias``.
    ``training.Loop`` decays the two kernels as those of any layer, and spares the others. The
    authors' network has more biases, each of which the next normalization takes out again. The
    state has the parts of that of ``tl.BatchNorm``, of one normalization and of the other.

    Args:
        num_parameters: 'channels' for slopes of each channel, as in the paper; 1 for the same in
            all, or the number of channels.
        p1: Initial slope of the first line; ``None`` to draw it from N(0, 1), as the authors do.
        p2: Initial slope of the second line, likewise.
        reduction: The network has ``channels / reduction`` hidden units, but no fewer than
            ``reduction``.
        epsilon: Added to variances.
        momentum: What remains of the running statistics at each batch.
        axis: The channel axis; the first axis is that of the batch.
        mode: 'train' for statistics of the batch; in every other mode the running ones.

    Example:
        >>> MetaAcon().weight_names[:3]
        ('p1', 'p2', 'fc1_kernel')
    """

    _activation = registry.get("meta_acon")
    _network_names = ("fc1_kernel", "norm1_scale", "fc2_kernel", "norm2_scale", "norm2_bias")
    decayed_weights = ("fc1_kernel", "fc2_kernel")

    def __init__(
        self,
        num_parameters: Count = "channels",
        p1: float | None = None,
        p2: float | None = None,
        reduction: int = 16,
        epsilon: float = 1e-5,
        momentum: float = 0.99,
        axis: int = -1,
        mode: str = "train",
    ) -> None:
        name = type(self).__name__
        super().__init__(
            num_parameters=num_parameters,
            p1=p1,
            p2=p2,
            reduction=_checks.check_count(name, "reduction", reduction),
            epsilon=_checks.check_number(name, "epsilon", epsilon),
            momentum=_channels.check_momentum(name, momentum),
            mode=mode,
            axis=axis,
        )

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of the weights, in order."""
        return (*super().weight_names, *self._network_names)

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights, and statistics of no batches."""
        shape = tuple(input_signature.shape)
        super().init_weights_and_state(input_signature)
        _channels.check_positions(repr(self), self._axis, shape, least=0)
        channels = shape[self._axis]
        hidden = max(self._reduction, channels // self._reduction)
        keys = jax.random.split(jax.random.fold_in(self.rng, len(self.weights)))
        self.weights = (
            *self.weights,
            _channels.kernel(keys[0], channels, hidden),
            jnp.ones(hidden),
            _channels.kernel(keys[1], hidden, channels),
            jnp.ones(channels),
            jnp.zeros(channels),
        )
        self.state = tuple(_channels.initial_statistics(size) for size in (hidden, channels))

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        return (*super()._parameters_for(x), self._theta(x))

    def _theta(self, x: Array) -> Array:
        """How far to activate, before the sigmoid: for each example and channel."""
        fc1, scale1, fc2, scale2, bias2 = self.weights[-len(self._network_names) :]
        mean = _channels.mean_over_positions(x, self._axis)
        hidden, first = self._normalized(mean @ fc1, self.state[0])
        theta, second = self._normalized((scale1 * hidden) @ fc2, self.state[1])
        if self._mode == "train":
            self.state = (first, second)
        return _channels.at_every_position(scale2 * theta + bias2, self._axis, x.ndim)

    def _normalized(
        self, y: Array, running: _channels.Statistics
    ) -> tuple[Array, _channels.Statistics]:
        training = self._mode == "train"
        return _channels.batch_normalized(y, -1, running, self._momentum, self._epsilon, training)
