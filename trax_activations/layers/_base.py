"""What all layers share: checked hyperparameters, repr; and activations: a record."""

import copy
import inspect
import os
from collections.abc import Callable, Collection
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations import _checks, _spec
from trax_activations._trax import ShapeDtype, base, fastmath
from trax_activations.functional import with_gain

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
        self._caller = creation_site()
        self._hyperparameter_names = tuple(hyperparameters)
        for name, value in hyperparameters.items():
            setattr(self, f"_{name}", value)

    def __repr__(self) -> str:
        """Names every hyperparameter: Trax's memory-efficient trainer keys compiled code by it."""
        values = (f"{name}={getattr(self, f'_{name}')!r}" for name in self._hyperparameter_names)
        return f"{self._name}({', '.join(values)})"

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Applies the layer, as every layer of Trax; refuses to be called as if it were a class."""
        if not inputs and "x" not in kwargs:
            name = type(self).__name__
            raise TypeError(
                f"{self!r} is a layer already, where a class is wanted that makes one: write {name}"
                f" without the brackets, or, with arguments, functools.partial({name}, ...)."
            )
        return super().__call__(*inputs, **kwargs)

    def pure_fn(
        self, x: Any, weights: Any, state: Any, rng: Any, use_cache: bool = False
    ) -> tuple[Any, Any]:
        """Applies the layer to given weights, which it refuses to be without."""
        if getattr(self, "weight_names", ()) and weights is base.EMPTY_WEIGHTS:
            raise ValueError(
                f"{self!r} has no weights yet. Initialize the model, or this layer, first: "
                "init(trax.shapes.signature(x))."
            )
        applied: tuple[Any, Any] = super().pure_fn(x, weights, state, rng, use_cache)
        return applied

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Checks backend and input; a subclass with weights makes them after this."""
        if fastmath.is_backend(fastmath.Backend.TFNP):
            raise RuntimeError(
                f"{self!r} needs Trax's backend 'jax', but 'tensorflow-numpy' is in use. Leave out "
                "trax.fastmath.set_backend and use_backend."
            )
        _refuse_several(repr(self), input_signature)
        dtype = input_signature.dtype
        if not jnp.issubdtype(dtype, jnp.floating):
            raise TypeError(
                f"{self!r} takes floating-point input, but its input is {jnp.dtype(dtype)}"
                f"{list(input_signature.shape)}. Convert it first, for example with "
                "tl.Fn('ToFloat', lambda x: x.astype(jnp.float32))."
            )


class Activation(Layer):
    """A layer that applies one activation of the registry; a subclass names its record.

    ``training.Loop`` spares its weights from weight decay, but those with names in an attribute
    ``decayed_weights``: kernels, which some activations have in networks of their own.

    Args:
        **hyperparameters: Those of the function, and the layer's own; each is held to the type of
            its default value, and all of them to the record's ``check``.
    """

    _activation: _spec.ActivationSpec
    _gain = 1.0  # Another for the twin that a ScaledActivation runs.
    decayed_weights: Collection[str] = ()

    def __init__(self, **hyperparameters: Any) -> None:
        defaults = self.spec.hyperparameters
        checked = {
            name: self._checked(name, value, defaults.get(name))
            for name, value in hyperparameters.items()
        }
        if self.spec.check is not None:
            self.spec.check(**{name: checked[name] for name in defaults})
        super().__init__(**checked)

    @property
    def spec(self) -> _spec.ActivationSpec:
        """The registry's record of the activation."""
        return self._activation

    def forward(self, x: Array) -> Array:
        """Applies the activation to a tensor, whose dtype it keeps."""
        _refuse_several(repr(self), x)
        return self._activate(x)

    def _times(self, gain: float) -> "Activation | None":
        """A twin that multiplies by a gain, and has the same weights; None if it cannot."""
        if type(self).forward is not Activation.forward:
            return None  # Which may not ask for gains.
        twin = copy.copy(self)
        twin._gain = gain
        return twin

    def _activate(self, x: Array) -> Array:
        """The activation of a tensor; a subclass with a choice of functions makes it here."""
        key = (self.rng,) if self.spec.random else ()
        return self._apply(
            self.spec.function, x, *key, *self._parameters_for(x), **self._function_arguments()
        )

    def _apply(self, function: Callable[..., Array], *args: Any, **kwargs: Any) -> Array:
        """Calls a function of ours, times the gain."""
        return with_gain(function, self._gain)(*args, **kwargs)

    def _parameters_for(self, x: Array) -> tuple[Array, ...]:
        """What the function takes after ``x``, in order; a subclass that learns has some."""
        return ()

    def _function_arguments(self) -> dict[str, Any]:
        """Hyperparameters that the function takes too."""
        return {name: getattr(self, f"_{name}") for name in self.spec.hyperparameters}

    def _checked(self, name: str, value: Any, default: Any) -> Any:
        """A hyperparameter as it is kept; refuses what its name, or its default, says it is not."""
        owner = type(self).__name__
        if name == "mode":
            _checks.check_mode(owner, value)
        if name == "axis":
            return _checks.check_axis(owner, name, value)
        if isinstance(default, bool):
            return _checks.check_flag(owner, name, value)
        if isinstance(default, float):
            return _checks.check_number(owner, name, value)
        return value


def _refuse_several(owner: str, x: Any) -> None:
    if isinstance(x, tuple | list):
        raise TypeError(
            f"{owner} takes one tensor, but received {len(x)}. Select one of them before it, for "
            "example with tl.Select([0], n_in=2), or apply it to each in tl.Parallel."
        )


def creation_site() -> dict[str, Any]:
    """File and line that made the layer, for Trax's error messages; not one of ours or gin's."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_back is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith(_PACKAGE) and f"{os.sep}gin{os.sep}" not in filename:
            break
        frame = frame.f_back
    assert frame is not None  # The interpreter always has a bottom frame.
    return {"filename": frame.f_code.co_filename, "lineno": frame.f_lineno}


def made(initializer: Callable[..., Array], shape: tuple[int, ...], key: Array) -> Array:
    """What an initializer makes; refuses another shape than asked for, which might broadcast."""
    weight = initializer(shape, key)
    if weight.shape != shape:
        raise ValueError(
            f"An initializer made a weight of shape {weight.shape}; it was asked for {shape}. It "
            "is called as initializer(shape, key), and must heed the shape."
        )
    return weight
