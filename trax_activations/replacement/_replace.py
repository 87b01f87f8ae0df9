"""Replaces activations of a model."""

import copy
import inspect
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import jax

from trax_activations import layers as our_layers
from trax_activations import registry
from trax_activations._model import copy_layers
from trax_activations._trax import base
from trax_activations.layers import check_mode
from trax_activations.modes import modes
from trax_activations.replacement._fit import fit
from trax_activations.replacement._places import Place, Places, fused, meant, places
from trax_activations.replacement._shapes import arriving, has_arrays, is_initialised, width_after
from trax_activations.replacement._summary import Row, note

__all__ = ["replace"]


def replace(
    model: base.Layer,
    what: Any,
    by: Any,
    *,
    input_signature: Any = None,
    start_close: float | None = None,
) -> base.Layer:
    """Returns a copy of a model that has other activations, and shares all other weights.

    The copy has layers of its own and the same arrays; the model stays as it is. A layer that
    occurs several times is replaced by one that does. Activations are found wherever a model keeps
    them: among sublayers, in attributes, in containers there, in what functions have closed over.
    Of an initialised model the copy is initialised too: what is new gets its weights for the shapes
    that arrive there, and everything else keeps its weights, state and names.

    Args:
        model: Any layer, initialised or not.
        what: Which activations: a name ('Relu', in any style), a layer class or stock constructor
            (``tl.Relu``), a path or a pattern of paths ('serial/residual_*/relu'), a layer of the
            model, a function of the :class:`Place` that says yes or no, or 'all' for every one that
            treats each element by itself.
        by: What comes in their place: a name, also with arguments ('LeakyRelu(0.2)'), a class or
            another function without arguments that makes a layer (``ta.ParametricRelu``), a
            function of the path and the number of channels that does (that number is ``None`` where
            it is not known), or a layer, of which each place gets a copy of its own.
        input_signature: The signature of the model's input, as ``trax.shapes.signature(batch)``:
            needed where an initialised model gets an activation with weights or state.
        start_close: If given, an activation that learns starts as what it replaces: its initial
            weights are fitted to it for inputs from -4 to 4, and the largest difference there may
            be this, for example 0.01. For initialised models.

    Returns:
        The copy. ``replacement.summary`` tells what was replaced in it.

    Raises:
        TypeError: If ``model`` is not a layer, or ``what`` or ``by`` nothing that is allowed.
        KeyError: If a name is not that of an activation.
        ValueError: If nothing is meant by ``what``, if what is meant is part of a fused layer, if a
            new layer has another shape of output, if shapes are needed and not known, or if an
            activation cannot start so close.

    Example:
        >>> import trax_activations as ta
        >>> from trax import layers as tl
        >>> model = tl.Serial(tl.Dense(3), tl.Relu(), tl.Dense(2))
        >>> signature = jax.ShapeDtypeStruct((1, 4), jnp.float32)
        >>> _ = model.init(signature)
        >>> learned = replace(model, "Relu", ta.ParametricRelu, input_signature=signature)
        >>> ta.weights.names(learned)[2]
        'serial/parametric_relu/a'
        >>> learned.weights[0][0] is model.weights[0][0]
        True
    """
    found = places(model)
    chosen = meant(found, what)
    _check_chosen(model, found, chosen, what)
    shapes = _shapes(model, chosen, by, input_signature, start_close)
    new: dict[int, Any] = {}
    for place in chosen:
        signature = shapes.get(id(place.layer))
        layer = _made(by, place, signature)
        _check_shape(place, layer)
        _set_mode(model, layer)
        if shapes:
            # A key of the place: new weights are the same, whenever and wherever they are made.
            layer.init(signature, rng=jax.random.PRNGKey(zlib.crc32(place.path.encode())))
            if start_close is not None:
                fit(layer, place, signature, start_close)
        new[id(place.layer)] = layer
    replaced: base.Layer = copy_layers(model, instead=new)
    rows = ((place, new[id(place.layer)]) for place in chosen)
    note(replaced, tuple(Row(place.path, repr(place.layer), repr(made)) for place, made in rows))
    return replaced


def _check_chosen(model: base.Layer, found: Places, chosen: Places, what: Any) -> None:
    """Refuses what matches nothing, or what stands in a kernel of another layer.

    Raises:
        ValueError: If it does.
    """
    inside = list(fused(model, what))
    if inside:
        raise ValueError(
            f"replace: {inside[0]!r} computes its product and its activation in one kernel. Build "
            "the model with tl.Dense and an activation in its place."
        )
    if not chosen:
        there = f"It has {found.counted()}." if found else "It has no activation that is known."
        raise ValueError(f"replace: nothing in the model is meant by {what!r}. {there}")


def _shapes(
    model: base.Layer, chosen: Places, by: Any, input_signature: Any, start_close: float | None
) -> Mapping[int, Any]:
    """What arrives at each place, if the new layers must be initialised."""
    if not is_initialised(model):
        if start_close is not None:
            raise ValueError(
                "replace: start_close fits the weights of the new layers, and the model has none "
                "yet. Call model.init(trax.shapes.signature(batch)) first."
            )
        return {}
    if input_signature is not None:
        return arriving(model, [place.layer for place in chosen], input_signature)
    if start_close is None and not any(has_arrays(_made(by, place, None)) for place in chosen):
        return {}
    raise ValueError(
        "replace: the model is initialised, and the new layers make weights for the shapes that "
        "arrive there. Give the signature of the model's input, for example "
        "input_signature=trax.shapes.signature(batch)."
    )


def _made(by: Any, place: Place, signature: Any) -> base.Layer:
    """The layer for one place."""
    layer = _call(by, place, signature)
    if not isinstance(layer, base.Layer):
        raise TypeError(
            "replace takes as by a name ('ParametricRelu'), a layer, or a function that makes one "
            f"(ta.ParametricRelu, lambda path, channels: ...), but {by!r} made {layer!r}."
        )
    if (layer.n_in, layer.n_out) != (1, 1):
        raise ValueError(
            f"replace: {layer!r} has {layer.n_in} inputs and {layer.n_out} outputs; an activation "
            "has one of each."
        )
    return layer


def _call(by: Any, place: Place, signature: Any) -> Any:
    if isinstance(by, str):
        spec, args, kwargs = registry.parse(by)
        return getattr(our_layers, spec.layer_name)(*args, **kwargs)
    if isinstance(by, base.Layer):
        return copy.deepcopy(by)
    if not callable(by):
        return by
    if not _required_arguments(by):
        return by()
    shape = getattr(signature, "shape", ())
    return by(place.path, shape[-1] if shape else None)


def _required_arguments(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        each.name
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def _check_shape(place: Place, layer: base.Layer) -> None:
    """Refuses a gate, which halves the width, where a plain activation stood, and the reverse."""
    before, after = width_after(place.layer), width_after(layer)
    if before != after:
        raise ValueError(
            f"replace: at {place.path!r} {place.layer!r} makes {before} channels of 8, and "
            f"{layer!r} makes {after}: the layers around it do not fit."
        )


def _set_mode(model: base.Layer, layer: base.Layer) -> None:
    """Puts a new layer into the mode of the model, if that is in one for all its layers."""
    there = set(modes(model).values())
    if hasattr(layer, "_mode") and len(there) == 1:
        (mode,) = there
        check_mode("replace", mode)
        layer._mode = mode
