"""What a model is like, as far as it bears on activations: seen without any data or weights."""

import dataclasses
from collections import Counter
from typing import Any

from trax_activations import layers, registry
from trax_activations._model import walk

__all__ = ["Look", "look"]

# Parts of the names of layers that tell the kind of a model, the most telling first.
_KINDS = {"attention": "Attention", "recurrence": "RNN|LSTM|GRU|SRU", "convolution": "Conv"}
_NORMALISATIONS = ("LayerNorm", "BatchNorm", "FilterResponseNorm")


@dataclasses.dataclass(frozen=True)
class Look:
    """What a model is like.

    Attributes:
        kind: 'attention', 'recurrence', 'convolution', or 'dense' if it has none of these.
        depth: Number of dense and convolutional layers.
        width: Units or filters of the widest of them but the last.
        normalisation: The most frequent normalisation layer; '' for none.
        dtype: In what its layers compute.
        activations: Its activations, the most frequent first.
    """

    kind: str
    depth: int
    width: int
    normalisation: str
    dtype: str
    activations: tuple[str, ...]

    def __str__(self) -> str:
        """In words."""
        kind = "no attention, recurrence or convolution" if self.kind == "dense" else self.kind
        return (
            f"{self.depth} dense or convolutional layers of up to {self.width} units, {kind}, "
            f"{self.normalisation or 'no normalisation'}, {self.dtype}; "
            f"{' and '.join(self.activations) or 'no activation'}"
        )


def look(model: Any) -> Look:
    """Looks at a model, which need not have weights.

    Example:
        >>> from trax import layers as tl
        >>> print(look(tl.Serial(tl.Dense(8), tl.LayerNorm(), tl.Relu(), tl.Dense(2))))
        2 dense or convolutional layers of up to 8 units, no attention, recurrence or convolution, \
LayerNorm, float32; Relu
    """
    found = [layer for _, layer in walk(model)]
    # gin makes subclasses of some layers, and functions make combinators with names.
    names = [{layer.name, *(of.__name__ for of in type(layer).__mro__)} for layer in found]
    every = Counter(name for of_layer in names for name in of_layer)
    sizes = [
        int(getattr(layer, "_n_units", None) or getattr(layer, "_filters", None) or 0)
        for layer, of_layer in zip(found, names, strict=True)
        if of_layer & {"Dense", "Conv"}
    ]
    kind = (
        kind
        for kind, parts in _KINDS.items()
        if any(part in name for name in every for part in parts.split("|"))
    )
    norms = sorted(filter(every.__getitem__, _NORMALISATIONS), key=lambda name: -every[name])
    half = any(getattr(layer, "_use_bfloat16", False) for layer in found)
    return Look(
        next(kind, "dense"),
        len(sizes),
        max(sizes[:-1] or sizes, default=0),
        norms[0] if norms else "",
        "bfloat16" if half else "float32",
        tuple(name for name, _ in Counter(filter(None, map(_activation, found))).most_common()),
    )


def _activation(layer: Any) -> str:
    """The name of an activation layer, ours or Trax's; '' of other layers."""
    if isinstance(layer, layers.Activation):
        return type(layer).__name__
    names = {spec.layer_name for spec in registry.specs()}
    return layer.name if layer.name in names and not layer.sublayers else ""
