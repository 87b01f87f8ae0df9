"""An activation that somebody has as NumPy code, in a Trax model."""

import operator
import sys
from collections.abc import Mapping
from typing import Any

from trax_activations import _spec
from trax_activations import functional as F
from trax_activations._gin import configurable
from trax_activations._spec import Count
from trax_activations.functional._host.arguments import Derivative, Function
from trax_activations.layers._learned import Initial, LearnedActivation


@configurable
class NumpyActivation(LearnedActivation):
    """Layer of NumPy or plain Python code and its derivative: see ``F.numpy_activation``.

    It is the same in all modes. Its weights are the learned parameters, if there are any: one
    array for one parameter, else a tuple, in the order of ``weight_names``.

    Args:
        fn: ``fn(x, *parameters)``, for arrays or for single numbers.
        grad_fn: The derivative, or the tuple of derivatives in ``x`` and in each parameter; or
            'central_differences'. Without it the layer does not train, nor do those before it.
        parameters: Names of the learned parameters, with initial values.
        num_parameters: 1 for one value in all, or the size of ``axis`` for one per channel;
            'channels' for that size, whatever it is.
        axis: The channel axis; Trax models have their channels last.
        name: Name of the layer; by default that of its class.
        vectorize: Whether ``fn`` and ``grad_fn`` take single numbers; by default that is found out.

    Example:
        >>> import numpy as np
        >>> from trax import layers as tl
        >>> model = tl.Serial(
        ...     tl.Dense(4), NumpyActivation(np.tanh, lambda x: 1 - np.tanh(x) ** 2), tl.Dense(2)
        ... )
        >>> leaky = NumpyActivation(
        ...     lambda x, a: np.where(x > 0, x, a * x),
        ...     lambda x, a: (np.where(x > 0, 1, a), np.where(x > 0, 0, x)),
        ...     parameters={"a": 0.25},
        ... )
        >>> _ = leaky.init(jax.ShapeDtypeStruct((2,), jnp.float32))
        >>> leaky(jnp.array([-2.0, 3.0]))
        Array([-0.5,  3. ], dtype=float32)
    """

    def __init__(
        self,
        fn: Function,
        grad_fn: Derivative = None,
        parameters: Mapping[str, float] | None = None,
        num_parameters: Count = 1,
        axis: int = -1,
        name: str | None = None,
        vectorize: bool | None = None,
    ) -> None:
        own = type(self).__name__
        if parameters is not None and not isinstance(parameters, Mapping):
            raise TypeError(
                f"{own}: parameters must have initial values, as in parameters={{'a': 0.25}}; "
                f"received {parameters!r}."
            )
        function = F.numpy_activation(
            fn, grad_fn, parameters=parameters, name=name, vectorize=vectorize
        )
        self._activation = _spec.ActivationSpec(
            name=function.name,
            function=function,
            paper="",
            parameters=tuple(_spec.Parameter(*each) for each in function.parameters.items()),
        )
        super().__init__(
            fn=fn,
            grad_fn=grad_fn,
            parameters=function.parameters,
            num_parameters=num_parameters,
            axis=axis,
        )
        self._name = name or own

    def __repr__(self) -> str:
        """Functions that can be imported have their names, others their addresses."""
        shown = [
            f"{name}={_shown(getattr(self, f'_{name}'))}"
            for name in self._hyperparameter_names
            if name in ("fn", "grad_fn") or self.weight_names
        ]
        return f"{self._name}({', '.join(shown)})"

    def _given(self, parameter: _spec.Parameter) -> Initial:
        return parameter.initial

    def _checked(self, name: str, value: Any, default: Any) -> Any:
        kept = ("fn", "grad_fn", "parameters")  # The function has checked these.
        return value if name in kept else super()._checked(name, value, default)


def _shown(value: Any) -> str:
    """A name by which an object can be imported, if it has one; else its repr."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(module, str) and isinstance(name, str) and module in sys.modules:
        try:
            if operator.attrgetter(name)(sys.modules[module]) is value:
                return f"{module}.{name}"
        except AttributeError:
            pass
    return repr(value)
