"""Goes through the weights of a model in the order in which the model keeps them."""

from collections.abc import Callable, Iterable
from typing import Any

from trax_activations._model import everything
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.weights._names import labels_of, lacks_weights

__all__ = ["map_weights", "weights_by_name"]


def weights_by_name(model: base.Layer) -> dict[str, Any]:
    """The weights of a model, each once, by their paths."""
    found: dict[str, Any] = {}

    def collect(path: str, weight: Any) -> Any:
        return found.setdefault(path, weight)

    map_weights(model, collect)
    return found


def map_weights(model: base.Layer, function: Callable[[str, Any], Any]) -> Any:
    """What a model's weights become when a function is applied to each, in the same structure.

    Where a layer occurs again, Trax's mark for it stays.
    """
    if not isinstance(model, base.Layer):
        raise TypeError(
            f"Weights are named in a Trax layer, such as a model; received {type(model).__name__}. "
            "The model of a training loop is loop.model."
        )
    paths = {id(layer): path for path, layer in everything(model)}

    def mapped(layer: base.Layer, weights: Any) -> Any:
        if isinstance(weights, dict) and weights == base.GET_WEIGHTS_FROM_CACHE:
            return weights
        if isinstance(layer, tl.Accelerate):  # Has the weights of its layer, not in a tuple.
            return mapped(layer.sublayer, weights)
        path, inner = paths[id(layer)], layer.sublayers
        if lacks_weights(layer, weights) or (inner and not weights):
            raise ValueError(
                f"The model is not initialised: {path!r} has no weights yet. Call "
                "model.init(trax.shapes.signature(batch)) with a batch of its inputs first."
            )
        if inner:
            return _like(weights, [mapped(*pair) for pair in zip(inner, weights, strict=True)])
        labels = labels_of(layer, weights)
        return _map_leaves(weights, labels, lambda name, x: function(f"{path}/{name}", x))

    return mapped(model, model.weights)


def _map_leaves(tree: Any, label: Any, function: Callable[[str, Any], Any]) -> Any:
    """Applies a function to the arrays of one layer; it is given their names too."""
    if isinstance(tree, dict):
        return {
            key: _map_leaves(part, f"{label}_{key}" if label else str(key), function)
            for key, part in tree.items()
        }
    if isinstance(tree, (tuple, list)):
        labels = label if isinstance(label, tuple) else [f"{label}_{i}" for i in range(len(tree))]
        return _like(
            tree, [_map_leaves(*pair, function) for pair in zip(tree, labels, strict=False)]
        )
    return tree if tree is None else function(label, tree)


def _like(tree: Any, parts: Iterable[Any]) -> Any:
    """The parts in the same kind of sequence."""
    return type(tree)._make(parts) if hasattr(tree, "_make") else type(tree)(parts)
