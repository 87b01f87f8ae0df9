"""Weights with a value for each element of an input, shared along some axes, as Keras has them."""

from collections.abc import Sequence
from typing import Any

from trax_activations import _checks
from trax_activations._spec import Count


def shared_axes_argument(
    owner: str, shared_axes: Any, count: Count, default: Count
) -> dict[str, tuple[int, ...]]:
    """The argument as it is kept: not at all if it is None. Refuses it beside ``num_parameters``.

    So a layer without it has the ``repr`` that it always had.
    """
    axes = _checks.check_axes(owner, "shared_axes", shared_axes)
    if axes is None:
        return {}
    if count != default:
        raise ValueError(
            f"{owner} takes num_parameters or shared_axes, but received num_parameters={count!r} "
            f"and shared_axes={axes}. Leave out num_parameters: how many values there are is the "
            "number of elements, but for the shared axes and the batch."
        )
    return {"shared_axes": axes}


def element_shape(
    owner: Any, shared_axes: Sequence[int], input_shape: tuple[int, ...]
) -> tuple[int, ...]:
    """One value per element of an example, and 1 along each shared axis."""
    ndim = len(input_shape)
    for axis in shared_axes:
        if not -ndim < axis < ndim or axis % ndim == 0:
            raise ValueError(
                f"{owner!r} shares its values along axis {axis}, but its input has shape "
                f"{input_shape}: besides the batch, along which they are always shared, it has "
                f"axes 1 to {ndim - 1}. Leave out that axis, or give the input more of them."
            )
    shared = {axis % ndim for axis in shared_axes}
    return tuple(1 if axis in shared else size for axis, size in enumerate(input_shape) if axis > 0)


def check_elements(owner: Any, shape: tuple[int, ...], input_shape: tuple[int, ...]) -> None:
    """Refuses an input with other elements than the weights were made for."""
    fits = len(input_shape) == len(shape) + 1 and all(
        count in (1, size) for count, size in zip(shape, input_shape[1:], strict=True)
    )
    if not fits:
        raise ValueError(
            f"{owner!r} has values of shape {shape}, for the elements that its input had in init; "
            f"but now its input has shape {input_shape}. Give it input as in init, share more "
            "axes, or make and init another."
        )
