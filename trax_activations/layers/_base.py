"""What all layers share: checked hyperparameters, repr; and activations: a spec, named weights."""

import inspect
import os
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations import _spec
from trax_activations._trax import ShapeDtype, base

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Layer(base.Layer):
    """A Trax layer that remembers its hyperparameters and takes floating-point input.

    A subclass passes its hyperparameters to ``__init__``, which keeps each as an attribute with an
    underscore (Trax layers refuse public ones), and names its weights, in order, in an attribute
    ``weight_names`` if it has any.

    Args:
        **hyperparameters: What ``repr`` is to name.
    """

    weights: Any  # An array, or a tuple of arrays in the order of ``weight_names``.

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(name=type(self).__name__)
        self._caller = _creation_site()
        self._hyperparameter_names = tuple(hyperparameters)
        for name, value in hyperparameters.items():
            setattr(self, f"_{name}", value)

    def __repr__(self) -> str:
        """Names every hyperparameter: Trax's memory-efficient trainer keys compiled code by it."""
        values = (f"{name}={getattr(self, f'_{name}')!r}" for name in self._hyperparameter_names)
        return f"{self._name}({', '.join(values)})"

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Checks the input; a subclass with weights makes them after this."""
        dtype = input_signature.dtype
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(
                f"{self!r} takes floating-point input, but its input is {jnp.dtype(dtype)}"
                f"{list(input_signature.shape)}. Convert it first, for example with "
                "tl.Fn('ToFloat', lambda x: x.astype(jnp.float32))."
            )


class Activation(Layer):
    """A layer that applies one activation of the registry; a subclass names its record."""

    _activation: _spec.Activation

    @property
    def spec(self) -> _spec.Activation:
        """The registry's record of the activation."""
        return self._activation

    def forward(self, x: Array) -> Array:
        """Applies the activation.

        Args:
            x: Tensor of activations.

        Returns:
            Tensor of the dtype of ``x``.
        """
        return self.spec.function(x, **self._function_arguments())

    def _function_arguments(self) -> dict[str, Any]:
        """Hyperparameters that the function takes too."""
        return {name: getattr(self, f"_{name}") for name in self.spec.hyperparameters}


class LearnedActivation(Activation):
    """An activation with weights: one value of each parameter, or one per channel.

    The weights are float32 arrays: one array for one parameter, else a tuple in the order of
    ``weight_names``. They are made in ``init``, when the shape of the input is known.
    """

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of the weights, in order."""
        return tuple(parameter.name for parameter in self.spec.parameters)

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights for the input's number of channels."""
        super().init_weights_and_state(input_signature)
        shape = self._weight_shape(tuple(input_signature.shape))
        made = tuple(
            jnp.full(shape, getattr(self, f"_{name}"), jnp.float32) for name in self.weight_names
        )
        self.weights = made[0] if len(made) == 1 else made

    def forward(self, x: Array) -> Array:
        """Applies the activation with the layer's weights.

        Args:
            x: Tensor of activations.

        Returns:
            Tensor of the shape and dtype of ``x``.
        """
        several = len(self.weight_names) > 1
        weights: tuple[Array, ...] = self.weights if several else (self.weights,)
        lined_up = (self._along_axis(weight, x.ndim) for weight in weights)
        return self.spec.function(x, *lined_up, **self._function_arguments())

    def _weight_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of each weight; refuses an input without that many channels."""
        count, axis = self._num_parameters, self._axis
        if count is None:
            return ()
        if count == 1:
            return (1,)
        where = f"{self!r} learns {count} values, one per element of axis {axis}"
        if not -len(input_shape) <= axis < len(input_shape):
            raise ValueError(
                f"{where}, but its input has shape {input_shape}, which lacks that axis. "
                "Choose another axis, or num_parameters=1."
            )
        if input_shape[axis] != count:
            raise ValueError(
                f"{where}, but its input has shape {input_shape}, with {input_shape[axis]} there. "
                f"Use num_parameters={input_shape[axis]} for that axis, num_parameters=1 for one "
                "value in all, or another axis."
            )
        return (count,)

    def _along_axis(self, weight: Array, ndim: int) -> Array:
        """Shapes a weight to broadcast along the channel axis of an input."""
        if weight.size == 1:
            return weight.reshape(())
        shape = [1] * ndim
        shape[self._axis] = weight.size
        return weight.reshape(shape)


def _creation_site() -> dict[str, Any]:
    """File and line that made the layer, for Trax's error messages; not one of ours or gin's."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_back is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith(_PACKAGE) and f"{os.sep}gin{os.sep}" not in filename:
            break
        frame = frame.f_back
    assert frame is not None  # The interpreter always has a bottom frame.
    return {"filename": frame.f_code.co_filename, "lineno": frame.f_lineno}
