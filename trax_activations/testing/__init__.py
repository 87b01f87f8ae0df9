"""What an activation must keep to, as one call in your own tests."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from jax.typing import ArrayLike

from trax_activations._suggestions import did_you_mean
from trax_activations.testing._properties import PROPERTIES
from trax_activations.testing._subject import subject_of

__all__ = ["PROPERTIES", "check_activation"]


def check_activation(
    activation: Any,
    *,
    parameters: Mapping[str, ArrayLike] | Sequence[ArrayLike] | None = None,
    reference: Callable[..., Any] | None = None,
    kinks: Mapping[float, float] | None = None,
    shape: Sequence[int] = (16, 8),
    skip: Collection[str] = (),
) -> None:
    """Holds an activation to every rule that the activations of this package keep.

    The properties, each a name for ``skip``:

    - 'value': it computes what the reference does, in float32, float16 and bfloat16
    - 'shape': the shape of the input is kept, of scalars and empty arrays too
    - 'dtype': the dtype is kept, and gradients have that of what they belong to
    - 'gradient': forward and reverse mode agree with central differences in float64, in the input
      and in each parameter, where the function is smooth; at declared kinks the derivative is the
      declared one
    - 'jit': compiled and not compiled, it gives the same
    - 'vmap': mapped over rows, it gives what it gives for each
    - 'limits': infinities and the largest numbers give no NaN, forward and backward
    - 'nan': NaN stays NaN
    - 'trace': a second call compiles nothing
    - 'layer': the layer makes its weights in init, and computes the function
    - 'modes': outside of training the layer is deterministic

    Args:
        activation: A name in the registry, a record of it, a layer, a layer's class, or a function
            ``f(x, *parameters)``.
        parameters: Values of the learned parameters of a function; by default the initial ones.
        reference: What it must compute: ``reference(x, *parameters)`` on float64 NumPy arrays.
        kinks: Points where the derivative jumps, with the derivative there; by default those
            declared in the registry.
        shape: Shape of the arrays to try it with; the last axis is that of the channels.
        skip: Names of properties that do not hold, and need not.

    Raises:
        AssertionError: If a property does not hold: the message names it.
        KeyError: If there is no activation of that name.
        TypeError: If ``activation`` is none of these.
        ValueError: If ``skip`` names no property.

    Example:
        >>> check_activation("leaky_relu")
        >>> check_activation(lambda x: jnp.where(x > 0, x, 0))
        Traceback (most recent call last):
        AssertionError: <lambda>: 'nan' does not hold: NaN stays NaN. ...
        >>> check_activation(lambda x: jnp.where(x > 0, x, 0), skip={"nan"})
    """
    if unknown := [name for name in skip if name not in PROPERTIES]:
        suggestion = did_you_mean(unknown[0], PROPERTIES)
        raise ValueError(
            f"There is no property {unknown[0]!r} to skip.{suggestion} There are "
            f"{', '.join(PROPERTIES)}."
        )
    subject = subject_of(activation, parameters, reference, kinks, tuple(shape))
    for name, holds in PROPERTIES.items():
        if name in skip:
            continue
        try:
            holds(subject)
        except Exception as error:  # Whatever keeps a property from holding is its failure.
            rule = (holds.__doc__ or "").partition("\n")[0]
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            raise AssertionError(
                f"{subject.name}: {name!r} does not hold: {rule} {kind}{error}"
            ) from error
