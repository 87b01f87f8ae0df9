"""Rectifiers whose lines are computed from the whole input: funnel and dynamic ReLU."""

import math
from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks, registry
from trax_activations._gin import configurable
from trax_activations._trax import ShapeDtype
from trax_activations.layers import _channels
from trax_activations.layers._base import Activation

Version = Literal["A", "B", "C"]

# Of the softmax over positions, in version C.
_TEMPERATURE = 10.0
_BATCH, _CHANNELS = 0, -1


@configurable
class FunnelRelu(Activation):
    r"""Funnel ReLU (FReLU) layer: rectified at a value that depends on the neighbourhood.

    .. math::
        f(x) = \max(x, N(w * x))

    :math:`w * x` is a convolution of each channel by itself, of the size of the input, and
    :math:`N` a batch normalization. There may be any number of axes of positions, one or more,
    between that of the batch and that of the channels: images ``(B, H, W, C)``, sequences
    ``(B, T, C)``. The neighbourhood has both sides, so it is not for models that predict one
    position from those before.

    The light form takes less time, by a line of neighbours along each axis, not all around:

    .. math::
        f(x) = \max(x, N_1(w_1 * x) + N_2(w_2 * x) + \dots)

    The weights are ``kernel``, of shape ``(window, ..., window, 1, C)``, ``scale`` and ``bias``; in
    the light form for n axes of positions ``kernel`` has shape ``(n, window, 1, C)``, and ``scale``
    ``(n, C)``. ``training.Loop`` decays the kernel as that of any other layer, and spares the
    others. The authors' layers have more biases, which have no effect of their own. The state is
    that of ``tl.BatchNorm``, in the light form of ``n C`` channels.

    Args:
        window: Size of the neighbourhood along each axis of positions.
        light: Whether it is the light form, which the authors have in their ShuffleNet.
        epsilon: Added to the variance.
        momentum: What remains of the running statistics at each batch.
        mode: 'train' for statistics of the batch; in every other mode the running ones.

    Example:
        >>> layer = FunnelRelu()
        >>> weights, _ = layer.init(jax.ShapeDtypeStruct((1, 8, 8, 5), jnp.float32))
        >>> [weight.shape for weight in weights]
        [(3, 3, 1, 5), (5,), (5,)]
    """

    _activation = registry.get("funnel_relu")
    weight_names = ("kernel", "scale", "bias")
    decayed_weights = ("kernel",)

    def __init__(
        self,
        window: int = 3,
        epsilon: float = 1e-5,
        momentum: float = 0.99,
        mode: str = "train",
        light: bool = False,
    ) -> None:
        name = type(self).__name__
        super().__init__(
            window=_checks.check_count(name, "window", window),
            epsilon=_checks.check_number(name, "epsilon", epsilon),
            momentum=_channels.check_momentum(name, momentum),
            mode=mode,
            light=_checks.check_flag(name, "light", light),
        )

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights, and statistics of no batches."""
        super().init_weights_and_state(input_signature)
        shape = tuple(input_signature.shape)
        _channels.check_positions(repr(self), _CHANNELS, shape, least=1)
        n_axes, channels = len(shape) - 2, shape[_CHANNELS]
        window = (self._window,) if self._light else (self._window,) * n_axes
        lines = (n_axes,) if self._light else ()
        # Outputs as large as inputs: what the normalization changes least.
        deviation = 1 / math.sqrt(math.prod(window))
        kernel = jax.random.normal(self.rng, (*lines, *window, 1, channels), jnp.float32)
        scale = jnp.ones((*lines, channels))
        self.weights = (deviation * kernel, scale, jnp.zeros(channels))
        self.state = _channels.initial_statistics(scale.size)

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        kernel, scale, bias = self.weights
        if self._light:
            # Of each axis: the window along it, and 1 along the others.
            along = [
                jnp.expand_dims(line, [i for i in range(x.ndim - 2) if i != axis])
                for axis, line in enumerate(kernel)
            ]
            convolved = jnp.concatenate([_convolved(x, line) for line in along], _CHANNELS)
        else:
            convolved = _convolved(x, kernel)
        training = self._mode == "train"
        normalized, state = _channels.batch_normalized(
            convolved, _CHANNELS, self.state, self._momentum, self._epsilon, training
        )
        if training:
            self.state = state
        if self._light:
            parts = normalized.reshape(*x.shape[:_CHANNELS], *scale.shape)
            return ((scale * parts).sum(-2) + bias,)
        return (scale * normalized + bias,)


def _convolved(x: Array, kernel: Array) -> Array:
    """Each channel by itself, with an output of the size of the input."""
    spatial = "".join(chr(ord("a") + i) for i in range(x.ndim - 2))
    return jax.lax.conv_general_dilated(
        x,
        kernel.astype(x.dtype),
        window_strides=(1,) * len(spatial),
        padding="SAME",
        dimension_numbers=(f"N{spatial}C", f"{spatial}IO", f"N{spatial}C"),
        feature_group_count=x.shape[_CHANNELS],
    )


@configurable
class DyRelu(Activation):
    r"""Dynamic ReLU (DY-ReLU) layer: a small network computes the lines of which it is the maximum.

    .. math::
        f(x) = \pi \max_k (a_k x + b_k), \qquad
        \theta = W_2 \max(W_1 \bar x + c_1, 0) + c_2

    :math:`\bar x` is the mean over all positions, that is, all axes but the first and the
    channels'; slopes and offsets are made of :math:`\theta` as in ``functional.dy_relu``. In
    version C each position has a weight :math:`\pi = \min(\tfrac{n}{3}\operatorname{softmax}(w
    \cdot x / 10), 1)`, with the softmax over all :math:`n` positions; in the others it is 1. Since
    it sees all positions, it is not for models that predict one position from those before.

    The weights are ``fc1_kernel``, ``fc1_bias``, ``fc2_kernel``, ``fc2_bias`` and, in version C,
    ``position_kernel``, all those of ordinary layers: ``training.Loop`` decays the kernels, and
    spares the biases. The activation itself learns nothing.

    Args:
        version: 'A' for the same lines in all channels, 'B' for lines of each channel, 'C' for
            lines of each channel and position.
        lines: Number of lines.
        reduction: The network has ``channels / reduction`` hidden units.
        lambda_a: How far slopes move from those of a ReLU.
        lambda_b: How far offsets move from 0.
        axis: The channel axis; the first axis is that of the batch.

    Raises:
        ValueError: If version C's input has no axis of positions.

    References:
        Ranges, first lines and reduction are those of the authors' later code
        (microsoft/DynamicHead), whose sigmoid is a hard one. From there version C has its weights
        of positions, with the paper's temperature 10 in the place of a batch normalization.

    Example:
        >>> layer = DyRelu("A", reduction=2)
        >>> weights, _ = layer.init(jax.ShapeDtypeStruct((1, 8, 8, 6), jnp.float32))
        >>> [weight.shape for weight in weights]
        [(6, 3), (3,), (3, 4), (4,)]
    """

    _activation = registry.get("dy_relu")
    decayed_weights = ("fc1_kernel", "fc2_kernel", "position_kernel")

    def __init__(
        self,
        version: Version = "B",
        lines: int = 2,
        reduction: int = 4,
        lambda_a: float = 1.0,
        lambda_b: float = 0.5,
        axis: int = -1,
    ) -> None:
        name = type(self).__name__
        if version not in get_args(Version):
            allowed = (
                "'A' (the same lines in all channels), 'B' (of each channel) or 'C' (and position)"
            )
            raise ValueError(
                f"{name} takes {allowed} as version, but received version={version!r}."
            )
        super().__init__(
            version=version,
            lines=_checks.check_count(name, "lines", lines),
            reduction=_checks.check_count(name, "reduction", reduction),
            lambda_a=lambda_a,
            lambda_b=lambda_b,
            axis=axis,
        )

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of the weights, in order."""
        names = ("fc1_kernel", "fc1_bias", "fc2_kernel", "fc2_bias")
        return (*names, "position_kernel") if self._version == "C" else names

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights of the network."""
        super().init_weights_and_state(input_signature)
        shape = tuple(input_signature.shape)
        least = 1 if self._version == "C" else 0
        _channels.check_positions(repr(self), self._axis, shape, least)
        channels = shape[self._axis]
        hidden = max(channels // self._reduction, 1)
        n_out = 2 * self._lines * (1 if self._version == "A" else channels)
        keys = jax.random.split(self.rng, 3)
        made = [_channels.kernel(keys[0], channels, hidden), jnp.zeros(hidden)]
        made += [_channels.kernel(keys[1], hidden, n_out), jnp.zeros(n_out)]
        if self._version == "C":
            made.append(_channels.kernel(keys[2], channels, 1)[:, 0])
        self.weights = tuple(made)

    def _activate(self, x: Array) -> Array:
        y = super()._activate(x)
        return self._weights_of_positions(x).astype(x.dtype) * y if self._version == "C" else y

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        fc1_kernel, fc1_bias, fc2_kernel, fc2_bias, *_ = self.weights
        mean = _channels.mean_over_positions(x, self._axis)
        theta = jnp.maximum(mean @ fc1_kernel + fc1_bias, 0) @ fc2_kernel + fc2_bias
        theta = theta.reshape(x.shape[_BATCH], 2 * self._lines, fc2_bias.size // (2 * self._lines))
        return (_channels.at_every_position(jnp.moveaxis(theta, 1, 0), self._axis, x.ndim),)

    def _weights_of_positions(self, x: Array) -> Array:
        """Up to 1, and more where the network looks: for each example and position."""
        axis = self._axis % x.ndim
        positions = tuple(i for i in range(1, x.ndim) if i != axis)
        kernel = _channels.along(self.weights[-1], axis, x.ndim)
        looked_at = jnp.sum(kernel * x, axis, keepdims=True) / _TEMPERATURE
        share = jax.nn.softmax(looked_at, positions)
        return jnp.minimum(share * (math.prod(x.shape[i] for i in positions) / 3), 1)
