"""Names the layers of a model, as 'serial/residual_2/dropout'.

A path is built from what the model is, not from when it was built: class names in snake case,
joined by slashes, numbered from 1 only where siblings have the same name. Wrappers that merely
check, cache, compile or save memory have no name of their own: what they wrap stands in their
place, so that the same weights have the same names with and without them.
"""

import re
from collections.abc import Iterator
from typing import Any

from trax_activations._model.closures import held_layers
from trax_activations._trax import base
from trax_activations._trax import layers as tl

__all__ = ["check_layer", "everything", "name", "walk"]

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def check_layer(owner: str, model: Any) -> None:
    """Refuses what is no layer."""
    if not isinstance(model, base.Layer):
        raise TypeError(f"{owner} takes a Trax layer as model, but received {model!r}.")


def walk(model: base.Layer) -> Iterator[tuple[str, base.Layer]]:
    """Goes through the named layers of a model, parents before children.

    Args:
        model: Any layer.

    Yields:
        Pairs of a path, no two alike, and a layer. A layer that occurs several times comes once,
        with the path of its first place. Layers that other layers hold only in attributes come too.

    Example:
        >>> from trax import layers as tl
        >>> model = tl.Serial(tl.Dense(8), tl.Residual(tl.BatchNorm()), tl.Dense(2))
        >>> for path, _ in walk(model): print(path)
        serial
        serial/dense_1
        serial/residual
        serial/residual/batch_norm
        serial/dense_2
    """
    contents = _content(model)
    root = contents[0] if len(contents) == 1 else model
    seen = {id(root)}
    yield name(root), root
    yield from _descend(name(root), root, _in_sublayers(root), seen)


def everything(model: base.Layer) -> Iterator[tuple[str, base.Layer]]:
    """Goes through all layers, each once; a nameless one has the path of the layer around it."""
    paths = {id(layer): path for path, layer in walk(model)}
    stack, seen = [(name(model), model)], set()
    while stack:
        path, layer = stack.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        path = paths.get(id(layer), path)
        yield path, layer
        inner = [*layer.sublayers, *held_layers(layer)]
        stack.extend((path, child) for child in reversed(inner))


def name(layer: base.Layer) -> str:
    """The name of a layer in a path: of its class, or what its maker called it.

    Example:
        >>> from trax import layers as tl
        >>> name(tl.Dense(128)), name(tl.ShiftRight(2).sublayers[1]), name(tl.Residual(tl.Relu()))
        ('dense', 'shift_right', 'residual')
    """
    if _is_residual(layer):
        return "residual"
    if _is_remat(layer):
        return "serial"
    own = type(layer).__name__
    # 'Dense_128', 'Conv_32_(3, 3)', 'Select[0,1]', 'LSTM_5': sizes and indices are no part of it.
    given = own if layer.name.startswith(own) else re.split(r"[\[({]", layer.name)[0]
    words = re.sub(r"\W+", "_", given).strip("_")
    words = re.sub(r"(_\d+)+$", "", words) or own.strip("_")
    return _WORD_STARTS.sub("_", words).lower()


def _descend(
    path: str, layer: base.Layer, in_sublayers: set[int], seen: set[int]
) -> Iterator[tuple[str, base.Layer]]:
    """Goes through the layers below one."""
    children = {id(child): (role, child) for role, child in _children(layer)}
    for held in held_layers(layer):
        if id(held) not in in_sublayers:
            children.update({id(child): (name(child), child) for child in _content(held)})
    names = [role for role, _ in children.values()]
    counts = dict.fromkeys(names, 0)
    for role, child in children.values():
        counts[role] += 1
        if id(child) not in seen:
            seen.add(id(child))
            numbered = f"{role}_{counts[role]}" if names.count(role) > 1 else role
            yield f"{path}/{numbered}", child
            yield from _descend(f"{path}/{numbered}", child, in_sublayers, seen)


def _children(layer: base.Layer) -> list[tuple[str, base.Layer]]:
    """Named layers right below one, each with its name there."""
    if _is_residual(layer):
        shortcut, main = layer.sublayers[0].sublayers[1].sublayers
        children = [("shortcut", child) for child in _content(shortcut)]
        for child in _content(main):
            # `Residual` itself makes a Serial of several layers (trax/layers/combinators.py:717).
            is_several = _is_plain_serial(child) or _is_remat(child)
            children += _children(child) if is_several else [(name(child), child)]
        return children
    is_branch = _is_branch(layer)
    inner = layer.sublayers[1].sublayers if is_branch else layer.sublayers
    in_turn = isinstance(layer, tl.Serial) and not is_branch
    children = []
    for child in (child for sublayer in inner for child in _content(sublayer)):
        children += _children(child) if in_turn and _is_remat(child) else [(name(child), child)]
    return children


def _content(layer: base.Layer) -> list[base.Layer]:
    """What stands for a layer in the paths: itself, or what it wraps, or nothing."""
    if isinstance(layer, tl.AssertShape) or (_is_plain_serial(layer) and not layer.sublayers):
        return []
    if isinstance(layer, (tl.Accelerate, tl.Cache)) or _is_assert_function(layer):
        return [child for sublayer in layer.sublayers for child in _content(sublayer)]
    return [layer]


def _in_sublayers(model: base.Layer) -> set[int]:
    """Identities of all layers that sublayers lead to."""
    found: set[int] = set()
    stack = [model]
    while stack:
        layer = stack.pop()
        if id(layer) not in found:
            found.add(id(layer))
            stack.extend(layer.sublayers)
    return found


def _is_plain_serial(layer: base.Layer) -> bool:
    return type(layer) is tl.Serial and layer.name == "Serial"


def _is_remat(layer: base.Layer) -> bool:
    """Whether a layer is our `Remat`: it stands for its sublayers, one after another."""
    return getattr(layer, "_stands_for_its_sublayers", False)


def _is_assert_function(layer: base.Layer) -> bool:
    """As `tl.AssertFunction` and the decorator `assert_shape` make them."""
    ends = (layer.sublayers[0], layer.sublayers[-1]) if len(layer.sublayers) == 3 else ()
    return _is_plain_serial(layer) and bool(ends) and all(type(x) is tl.AssertShape for x in ends)


def _is_branch(layer: base.Layer) -> bool:
    """As `tl.Branch` makes them: a choice of inputs and the layers in parallel."""
    inner = layer.sublayers
    is_pair = type(layer) is tl.Serial and layer.name == "Branch" and len(inner) == 2
    return is_pair and isinstance(inner[1], tl.Parallel)


def _is_residual(layer: base.Layer) -> bool:
    """As `tl.Residual` makes them: a branch with a shortcut, and the sum."""
    if not (_is_plain_serial(layer) and len(layer.sublayers) == 2):
        return False
    branch, add = layer.sublayers
    is_sum = isinstance(add, base.PureLayer) and add.name == "Add"
    return is_sum and _is_branch(branch) and len(branch.sublayers[1].sublayers) == 2
