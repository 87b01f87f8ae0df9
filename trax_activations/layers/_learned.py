"""Activations with weights: one value of each parameter, or one per channel."""

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._spec import Count, Normal, Parameter, Uniform
from trax_activations._trax import ShapeDtype
from trax_activations.layers._base import Activation
from trax_activations.layers._elements import check_elements, element_shape

Initial = float | tuple[float, ...]


class LearnedActivation(Activation):
    """An activation with weights: one value of each parameter, or one per channel.

    The weights are float32 arrays: one array for one parameter, else a tuple in the order of
    ``weight_names``. They are made in ``init``, when the shape of the input is known; what they are
    like is in the record's parameters. A subclass has an ``__init__`` with the paper's defaults,
    and hands its arguments to this one.

    Args:
        num_parameters: 1 for one value in all, the size of ``axis`` for one per channel, or
            'channels' for that size, whatever it is; ``None`` for one value without an axis.
        axis: The channel axis; Trax models have their channels last.
        **hyperparameters: Initial values of the parameters, ``None`` for those that the layer
            draws; and what else the function and the layer take.
    """

    _shared_axes: tuple[int, ...] | None = None  # Else there is a value per element; see there.

    def __init__(self, *, num_parameters: Count, axis: int, **hyperparameters: Any) -> None:
        super().__init__(num_parameters=num_parameters, **hyperparameters, axis=axis)
        for parameter in self._learned_parameters:
            self._check_bound(parameter)

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of the weights, in order."""
        return tuple(parameter.name for parameter in self._learned_parameters)

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights for the input's number of channels."""
        super().init_weights_and_state(input_signature)
        channels = self._channel_shape(tuple(input_signature.shape))
        made: list[Array] = []
        values: dict[str, Array] = {}
        for parameter in self._learned_parameters:
            lower = self._lower_bound(parameter, values)
            weight = self._initial_weight(parameter, channels, lower)
            values[parameter.name] = _value(weight, lower)
            made.append(weight)
        self.weights = made[0] if len(made) == 1 else tuple(made)

    def values(self) -> dict[str, Array]:
        """The parameters' values, by name: the weights, or what these keep above a lower bound."""
        weights = self.weights if isinstance(self.weights, tuple) else (self.weights,)
        values: dict[str, Array] = {}
        # A subclass may have weights of its own after these.
        for parameter, weight in zip(self._learned_parameters, weights, strict=False):
            values[parameter.name] = _value(weight, self._lower_bound(parameter, values))
        return values

    def initial_values(self) -> dict[str, Initial]:
        """The parameters' initial values, by name; typical ones, where the layer draws them."""
        return {each.name: self._initial_value(each) for each in self._learned_parameters}

    def given_values(self) -> dict[str, Initial | None]:
        """The initial values with which the layer was made; None for those that it draws."""
        return {parameter.name: self._given(parameter) for parameter in self._learned_parameters}

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        values = self.values()
        self._check_channels(x, values)
        return tuple(self._lined_up(p, values[p.name], x.ndim) for p in self._learned_parameters)

    def _check_channels(self, x: Array, values: dict[str, Array]) -> None:
        """Refuses an input with another number of channels than the weights were made for."""
        for parameter in self._learned_parameters:
            several = 1 if isinstance(parameter.initial, tuple) else 0
            shape = values[parameter.name].shape[several:]
            if self._shared_axes is not None:
                check_elements(self, shape, x.shape)
                continue
            if math.prod(shape) == 1:
                continue
            if not -x.ndim <= self._axis < x.ndim or x.shape[self._axis] != shape[0]:
                raise ValueError(
                    f"{self!r} has {shape[0]} values of {parameter.name}, one per element of axis "
                    f"{self._axis}, as its input had in init; but now its input has shape "
                    f"{x.shape}. Give it input with {shape[0]} there, or make and init another."
                )

    @property
    def _learned_parameters(self) -> tuple[Parameter, ...]:
        """Those that are weights: others a layer computes from its input."""
        return tuple(parameter for parameter in self.spec.parameters if parameter.learned)

    def _given(self, parameter: Parameter) -> Initial | None:
        """The initial value with which the layer was made; None, if it is drawn."""
        given: Initial | None = getattr(self, f"_{parameter.name}")
        return given

    def _initial_weight(self, parameter: Parameter, channels: tuple[int, ...], lower: Any) -> Array:
        """The weight whose value is the given one, or a draw: above the lower bound, if any."""
        given = self._given(parameter)
        shape = channels if parameter.per_channel else ()
        if isinstance(parameter.initial, tuple):
            several = self._n_values(parameter)
            shape = (several,) if math.prod(shape) == 1 else (several, *shape)
        if given is None:
            assert parameter.drawn is not None  # Or else the check would have refused None.
            key = jax.random.fold_in(self.rng, self._learned_parameters.index(parameter))
            value = _draw(parameter.drawn, key, shape)
        else:
            value = jnp.asarray(given, jnp.float32)
            value = value.reshape(value.shape + (1,) * (len(shape) - value.ndim))
            value = jnp.broadcast_to(value, shape) - (0.0 if lower is None else lower)
        return value if lower is None else _softplus_inverse(value)

    def _initial_value(self, parameter: Parameter) -> Initial:
        given, typical = self._given(parameter), parameter.initial
        if given is not None:
            return given
        if not isinstance(typical, tuple):
            return typical
        return tuple(itertools.islice(itertools.cycle(typical), self._n_values(parameter)))

    def _n_values(self, parameter: Parameter) -> int:
        """How many values a parameter has for each element, if it has several."""
        given = self._given(parameter)
        value = parameter.initial if given is None else given
        return len(value) if isinstance(value, tuple) else 1

    def _lower_bound(self, parameter: Parameter, values: dict[str, Any]) -> Any:
        """What the value of a parameter stays above, given those of earlier ones."""
        bound = parameter.lower
        if not isinstance(bound, str):
            return bound
        return values[bound] if bound in values else getattr(self, f"_{bound}")

    def _lined_up(self, parameter: Parameter, value: Array, ndim: int) -> Array:
        """Shapes a value to broadcast along the channel axis of an input."""
        several = 1 if isinstance(parameter.initial, tuple) else 0
        shape, channels = value.shape[:several], value.shape[several:]
        if self._shared_axes is not None:
            return value
        if math.prod(channels) > 1:
            along = [1] * ndim
            along[self._axis] = channels[0]
            shape = (*shape, *along)
        return value.reshape(shape)

    def _channel_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of one value per channel; refuses an input without that many channels."""
        if self._shared_axes is not None:
            return element_shape(self, self._shared_axes, input_shape)
        count, axis = self._num_parameters, self._axis
        if count is None or count == 1:
            return () if count is None else (1,)
        each = "one value" if count == "channels" else f"{count} values, one"
        where = f"{self!r} learns {each} per element of axis {axis}"
        if not -len(input_shape) <= axis < len(input_shape):
            raise ValueError(
                f"{where}, but its input has shape {input_shape}, which lacks that axis. "
                "Choose another axis, or num_parameters=1."
            )
        size = input_shape[axis]
        if count not in ("channels", size):
            raise ValueError(
                f"{where}, but its input has shape {input_shape}, with {size} there. "
                f"Use num_parameters={size} for that axis, num_parameters='channels' for the size "
                "of any, num_parameters=1 for one value in all, or another axis."
            )
        return (size,)

    def _checked(self, name: str, value: Any, default: Any) -> Any:
        owner = type(self).__name__
        if name == "num_parameters":
            return _checks.check_channels(owner, name, value)
        for parameter in self._learned_parameters:
            if parameter.name == name:
                return _checked_initial(owner, parameter, value)
        return super()._checked(name, value, default)

    def _check_bound(self, parameter: Parameter) -> None:
        """Refuses an initial value that no weight has."""
        value, values = self._given(parameter), self.initial_values()
        bound = self._lower_bound(parameter, values)
        if value is None or bound is None or bool((jnp.asarray(value) > jnp.asarray(bound)).all()):
            return
        named = f"{parameter.lower}={bound}" if isinstance(parameter.lower, str) else f"{bound}"
        raise ValueError(
            f"{type(self).__name__} takes {parameter.name} greater than {named}, since its value "
            f"is that and the softplus of a weight, for example {parameter.name}={bound + 0.5}, "
            f"but received {parameter.name}={value}."
        )


def _checked_initial(owner: str, parameter: Parameter, value: Any) -> Initial | None:
    if value is None and parameter.drawn is not None:
        return None
    if isinstance(parameter.initial, tuple):
        return _checks.check_numbers(owner, parameter.name, value)
    return _checks.check_number(owner, parameter.name, value)


def _draw(distribution: Uniform | Normal, key: Array, shape: tuple[int, ...]) -> Array:
    if isinstance(distribution, Uniform):
        low, high = distribution.low, distribution.high
        return jax.random.uniform(key, shape, jnp.float32, low, high)
    noise = jax.random.normal(key, shape, jnp.float32)
    return distribution.mean + distribution.stddev * noise


def _value(weight: Array, lower: Any) -> Array:
    return weight if lower is None else lower + jax.nn.softplus(weight)


def _softplus_inverse(value: Array) -> Array:
    """The weight whose softplus is the value; of 0, which may be drawn, a number near it."""
    value = jnp.maximum(value, jnp.finfo(value.dtype).tiny)
    return value + jnp.log(-jnp.expm1(-value))
