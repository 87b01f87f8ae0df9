"""Which layers of a Serial share one remat: an activation, its reader, and what is in between."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from trax_activations._model import everything
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.layers import Activation
from trax_activations.layers._dense_relu import DenseRelu
from trax_activations.layers._host import NumpyActivation
from trax_activations.layers._joined import leaves, runs_in_order
from trax_activations.layers._remat import Remat
from trax_activations.layers._scaled import ScaledActivation

__all__ = ["RematGroup", "outermost_serials", "remat_groups"]

# They keep their input for their own gradient, whatever was before them: a copy of what can be had
# again. That they are computed twice costs little: XLA leaves out what a gradient does not need.
_NORMS = (
    # Where they were defined: in `tl` are subclasses that gin made, of which no layer is one.
    tl.normalization.BatchNorm,
    tl.normalization.FilterResponseNorm,
    tl.normalization.LayerNorm,
)
_READERS = (
    *_NORMS,
    DenseRelu,
    tl.CausalDepthwiseConv,
    tl.Conv,
    tl.Dense,
    tl.LocallyConnected1d,
    tl.deconvolution.ConvTranspose,
)

# What a function of a layer may not do, to be computed twice without a thought.
_COSTLY = frozenset(
    {
        "conv_general_dilated",
        "dot_general",
        "io_callback",
        "pure_callback",
        "scan",
        "sort",
        "while",
    }
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class RematGroup:
    """An activation of a Serial, and the layers that are rematerialised with it.

    Attributes:
        activation: The activation.
        group: The numbers of the layers, among all that the Serial runs; or ``None``.
        layers: These layers, without those that only check shapes.
        left: Why there is no such group; empty if there is.
    """

    activation: base.Layer
    group: range | None
    layers: tuple[base.Layer, ...]
    left: str


def outermost_serials(model: base.Layer) -> Iterator[base.Layer]:
    """The Serials of a model that no Serial runs as a part of itself."""
    layers = [layer for _, layer in everything(model)]
    inner = {
        id(child)
        for layer in layers
        if runs_in_order(layer) or isinstance(layer, Remat)
        for child in layer.sublayers
    }
    yield from (x for x in layers if runs_in_order(x) and id(x) not in inner)


def remat_groups(serial: base.Layer) -> Iterator[RematGroup]:
    """The activations that a Serial runs, with their groups; several in a row are one."""
    steps = list(leaves(serial))
    end = 0
    for i, layer in enumerate(steps):
        if i < end or not _is_activation(layer):
            continue
        stop, left = _reader_after(steps, i)
        if left:
            yield RematGroup(layer, None, (), left)
            continue
        start = max(end, _start(steps, i))
        end = stop
        named = tuple(x for x in steps[start:stop] if not isinstance(x, tl.AssertShape))
        yield RematGroup(layer, range(start, stop), named, "")


def _reader_after(steps: Sequence[base.Layer], i: int) -> tuple[int, str]:
    """Where the group of activation ``i`` ends, or why it has none."""
    for j in range(i + 1, len(steps)):
        layer = steps[j]
        if isinstance(layer, _READERS):
            return j + 1, ""
        if not _passes_on(layer):
            return 0, f"{_described(layer)} follows"
    return 0, "nothing follows that would keep its output"


def _start(steps: Sequence[base.Layer], i: int) -> int:
    """Where the group of activation ``i`` starts: at the normalization before it, if it has one.

    That keeps its input too; in one remat the two keep one tensor between them.
    """
    before = i - 1
    while before >= 0 and isinstance(steps[before], tl.AssertShape):
        before -= 1
    return before if before >= 0 and isinstance(steps[before], _NORMS) else i


def _is_activation(layer: base.Layer) -> bool:
    if isinstance(layer, ScaledActivation):
        return _is_activation(layer.sublayers[0])
    if isinstance(layer, Activation):
        return not isinstance(layer, NumpyActivation)
    if isinstance(layer, tl.activation_fns.ThresholdedLinearUnit):
        return True
    return _is_cheap(layer, same_shape=True)


def _passes_on(layer: base.Layer) -> bool:
    """Whether a layer hands on what it makes of one input, and is cheap to run twice."""
    is_known = isinstance(layer, (tl.AssertShape, tl.Dropout)) and layer.n_in == 1
    return is_known or _is_activation(layer) or _is_cheap(layer, same_shape=False)


def _is_cheap(layer: base.Layer, same_shape: bool) -> bool:
    """Whether a layer is a function of one floating-point array, and takes about one pass over it.

    If of the ``same_shape``, it must do something, and keep the shape, also of a single row: as
    activations do, and not shifts, transpositions and the like.
    """
    if type(layer) is not base.PureLayer or (layer.n_in, layer.n_out) != (1, 1):
        return False
    for shape in [(4,)] if same_shape else [(2, 4), (2, 4, 4), (2, 8, 8, 4)]:
        x = jax.ShapeDtypeStruct(shape, jnp.float32)
        try:
            program = jax.make_jaxpr(layer._forward_fn)(x)
        except Exception:  # Whatever it raises, it is no function of such an array.
            continue
        made = [(y.shape, y.dtype) for y in program.out_avals]
        if same_shape and (not program.eqns or made != [(x.shape, x.dtype)]):
            return False
        return _COSTLY.isdisjoint(_WORD.findall(str(program)))
    return False


def _described(layer: base.Layer) -> str:
    if isinstance(layer, NumpyActivation):
        return f"{layer.name}, which NumPy would compute twice,"
    if layer.n_in > 1:
        return f"{layer.name}, which has {layer.n_in} inputs,"
    if layer.n_out > 1:
        return f"{layer.name}, which hands it to several layers,"
    return layer.name
