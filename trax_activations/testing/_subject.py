"""What is to be checked, whatever form it came in."""

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations import layers, registry
from trax_activations._trax import ShapeDtype, base
from trax_activations.functional._host.activation import HostActivation
from trax_activations.functional._host.function import name_of

KEY = jax.random.key(7)


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """An activation to be checked.

    Attributes:
        name: For messages.
        function: ``f(x, *parameters)``; one that is random has its key already.
        shape: Shape of the arrays to try it with.
        parameters: Values of its parameters.
        reference: What it must compute, if that is known.
        kinks: Points where the derivative jumps, with the derivative there.
        layer: The layer, if there is one.
        new: Whether the layer was made for the check.
        record: The registry's record, if there is one.
    """

    name: str
    function: Callable[..., Array]
    shape: tuple[int, ...]
    parameters: tuple[Any, ...] = ()
    reference: Callable[..., Any] | None = None
    kinks: Mapping[float, float] = dataclasses.field(default_factory=dict)
    layer: base.Layer | None = None
    new: bool = False
    record: registry.ActivationSpec | None = None

    def __call__(self, x: Any) -> Array:
        """The function at the values of its parameters."""
        return self.function(x, *self.parameters)

    @property
    def elementwise(self) -> bool:
        """Whether it works on each element by itself."""
        return self.record is None or not self.record.along_axis

    @property
    def random(self) -> bool:
        """Whether it draws; then the rows of an array are not drawn as arrays of their own."""
        return self.record is not None and self.record.random

    def points(self, dtype: Any) -> Array:
        """Inputs of every size, none of them near a declared kink."""
        sizes = np.geomspace(0.1, 30, self.shape[-1]) if self.shape else 1.0
        x = np.random.default_rng(0).normal(size=self.shape) * sizes
        for kink in self.kinks:
            x = np.where(abs(x - kink) < 0.05, kink + 0.1, x)
        if self.record is not None:
            low, high = self.record.domain
            x = np.clip(x, low / 2, high / 2)
        return jnp.asarray(x, dtype)

    def initialised(self, x: Array) -> base.Layer:
        """A copy of the layer, with weights for this input."""
        made = copy.deepcopy(self.layer)
        assert made is not None
        made.init(ShapeDtype(x.shape, x.dtype))
        return made


def subject_of(
    activation: Any,
    parameters: Any,
    reference: Callable[..., Any] | None,
    kinks: Mapping[float, float] | None,
    shape: tuple[int, ...],
) -> Subject:
    """Finds function, parameters and layer of what ``check_activation`` was given."""
    if isinstance(activation, str):
        activation = registry.get(activation)
    if isinstance(activation, registry.ActivationSpec):
        activation = getattr(layers, activation.layer_name)
    new = isinstance(activation, type) and issubclass(activation, base.Layer)
    if new:
        activation = activation()
    if isinstance(activation, layers.Activation):
        found = _of_activation(activation, parameters, shape)
    elif isinstance(activation, base.Layer):
        found = _of_layer(activation, shape)
    elif callable(activation):
        found = _of_function(activation, parameters, shape)
    else:
        raise TypeError(
            "check_activation takes a name of the registry, a layer or a function; received "
            f"{activation!r}."
        )
    kinks = found.kinks if kinks is None else kinks
    return dataclasses.replace(found, new=new, reference=reference, kinks=kinks)


def _of_activation(layer: layers.Activation, parameters: Any, shape: tuple[int, ...]) -> Subject:
    """A layer of the registry: its function, with the layer's hyperparameters."""
    spec, hyperparameters = layer.spec, layer._function_arguments()
    initial = {each.name: each.initial for each in spec.parameters}
    if isinstance(layer, layers.LearnedActivation):
        initial |= layer.initial_values()
    values = _values(initial if parameters is None else parameters, list(initial))
    numbers = {
        name: tuple(value.tolist()) if isinstance(initial[name], tuple) else float(value)
        for name, value in zip(initial, values, strict=True)
        if isinstance(initial[name], tuple) or value.size == 1
    }
    key = (KEY,) if spec.random else ()

    def function(x: Any, *parameters: Any) -> Array:
        return spec.function(x, *key, *parameters, **hyperparameters)

    return Subject(
        name=repr(layer),
        function=function,
        parameters=values,
        kinks=spec.kinks_at(**numbers, **hyperparameters),
        shape=shape,
        layer=layer,
        record=spec,
    )


def _of_layer(layer: base.Layer, shape: tuple[int, ...]) -> Subject:
    """A layer that is none of the registry: the function is what it does with its weights."""
    made = copy.deepcopy(layer)
    made.init(ShapeDtype(shape, np.float32))

    def function(x: Any) -> Array:
        return made.pure_fn(x, made.weights, made.state, KEY)[0]

    return Subject(name=repr(layer), function=function, shape=shape, layer=layer)


def _of_function(
    function: Callable[..., Array], parameters: Any, shape: tuple[int, ...]
) -> Subject:
    known = function.parameters if isinstance(function, HostActivation) else {}
    name = function.name if isinstance(function, HostActivation) else name_of(function)
    values = _values(known if parameters is None else parameters, list(known))
    return Subject(name=name, function=function, parameters=values, shape=shape)


def _values(parameters: Any, names: Sequence[str]) -> tuple[Array, ...]:
    """Values of the parameters, in the function's order."""
    if isinstance(parameters, Mapping):
        parameters = [parameters[name] for name in names or parameters]
    return tuple(jnp.asarray(each, jnp.float32) for each in parameters)
