"""Switches all layers of a model that nobody else has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trax_activations._model import contents, everything
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.modes._layer import CannotSwitch, forget_memory, mode_of, switch_layer
from trax_activations.modes._state import empty_caches, remade_when_first_used
from trax_activations.modes._structure import check_predict, layers_run_whole, switch_structure

__all__ = ["check_states", "forget", "switch"]

_SHOWN = 5  # A model of twelve equal blocks has one problem, not twelve.

_Problem = tuple[base.Layer, str]


def switch(model: base.Layer, mode: str) -> None:
    """Puts all layers of a model into a mode.

    Raises:
        ValueError: If a layer cannot be switched. The model may then be in any mode.
    """
    layers = [layer for _, layer in everything(model)]
    before = {id(layer): mode_of(layer) for layer in layers}
    after = _targets(layers, before, mode)
    problems = list(_hidden(layers, after, mode))
    if before != after or not any(before.values()):
        problems += check_predict(layers, before, after)
        problems += _each(layers, after, mode)
        trained = {key for key, held in before.items() if held == "train"}
        if trained != {key for key, held in after.items() if held == "train"}:
            problems += switch_structure(layers, to_training=mode == "train")
        empty_caches(model)
    if mode == "predict":
        forget(layer for layer in layers if before[id(layer)] == "predict")
        empty_caches(model)
    if problems:
        raise ValueError(_message(model, mode, problems))


def forget(layers: Iterable[base.Layer]) -> None:
    """Lets layers forget the earlier steps that they remember in 'predict'."""
    for layer in layers:
        if mode_of(layer) == "predict":
            forget_memory(layer)


def check_states(model: base.Layer) -> None:
    """Checks that all states that are still to be made can be made when the model is first used.

    Not so within loops and conditions that JAX compiles: what comes out of those must be as what
    goes in.

    Raises:
        ValueError: If there is one that must be made before.
    """
    layers = [layer for _, layer in everything(model)]
    if not any(_has_weights(layer) for layer in layers):
        return  # Not initialised yet: `init` will make the states too.
    compiled = [layer for layer in layers if isinstance(layer, (tl.Cond, tl.Scan))]
    inner = [layer for outer in compiled for _, layer in everything(outer)]
    late = {id(layer): layer for layer in inner if remade_when_first_used(layer)}
    why = "is in a tl.Cond or tl.Scan, where its state must be made beforehand"
    if late:
        problems = [(layer, why) for layer in late.values()]
        advice = "Give the signature of the input: with_mode(model, 'predict', input_signature)."
        raise ValueError(_message(model, "predict", problems, advice))


def _targets(
    layers: Sequence[base.Layer], before: Mapping[int, str | None], mode: str
) -> dict[int, str | None]:
    """The mode that each layer should get."""
    after = {key: held and mode for key, held in before.items()}
    if mode == "predict":
        for layer in layers_run_whole(layers):
            held = before[id(layer)]
            after[id(layer)] = "eval" if held == "train" else held
    return after


def _each(
    layers: Sequence[base.Layer], after: Mapping[int, str | None], mode: str
) -> Iterator[_Problem]:
    """Switches layer after layer, and yields those that cannot be."""
    for layer in layers:
        try:
            switch_layer(layer, after[id(layer)] or mode)
        except CannotSwitch as error:
            yield layer, str(error)


def _hidden(
    layers: Sequence[base.Layer], own: Mapping[int, str | None], mode: str
) -> Iterator[_Problem]:
    """Finds layers that hold layers of which no copy was made, and which are in another mode."""
    for layer in layers:
        for _, value in contents(layer, opaque=True):
            if not isinstance(value, base.Layer) or id(value) in own:
                continue
            if any(mode_of(inner) not in (None, mode) for _, inner in everything(value)):
                yield (
                    layer,
                    f"holds {value.name} in an object or a compiled function, of which no copy "
                    "is made; hold the layer itself",
                )


def _has_weights(layer: base.Layer) -> bool:
    return not layer.sublayers and layer._weights is not base.EMPTY_WEIGHTS


def _message(
    model: base.Layer, mode: str, problems: Sequence[_Problem], advice: str | None = None
) -> str:
    """Names the layers, and says what to do."""
    paths = {id(layer): path for path, layer in everything(model)}
    lines = [
        f"  {paths[id(layer)]} ({layer.name or type(layer).__name__}) {why}."
        for layer, why in problems[:_SHOWN]
    ]
    if len(problems) > _SHOWN:
        lines.append(f"  ... and {len(problems) - _SHOWN} more.")
    advice = advice or (
        f"Build the model with mode={mode!r}, and copy the weights by name: "
        "weights.assign(new, weights.to_dict(model))."
    )
    return "\n".join([f"Cannot switch {model.name} to mode {mode!r}:", *lines, advice])
