"""What models decide by mode when they are built, outside of any layer's own constructor."""

from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

from trax_activations._model import contents, everything, rebind, variables
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.modes._layer import CannotSwitch, has_own_mode, mode_of, remembered
from trax_activations.modes._rules import makes_state_by_mode

__all__ = ["check_predict", "layers_run_whole", "switch_structure"]

_WHOLE_SEQUENCE = frozenset({"PureAttention", "DotProductAttention", "FavorAttention"})
_STEPWISE = frozenset({"DotProductCausalAttention", "CausalFavorAttention"})
_SKIPPING = "trax.models.research.layerdrop_transformer"


def layers_run_whole(layers: Sequence[base.Layer]) -> Iterator[base.Layer]:
    """Layers that see a whole sequence at once also in 'predict', and so must not count steps.

    Trax leaves them in 'eval' (models/transformer.py:337): what models wrap in a cache, and the
    positions in an encoder that stands alone.
    """
    for layer in layers:
        if isinstance(layer, tl.Cache):
            yield from (inner for _, inner in everything(layer))
    attends = any(type(layer).__name__ in _WHOLE_SEQUENCE for layer in layers)
    if attends and not any(_runs_stepwise(layer) for layer in layers):
        yield from (layer for layer in layers if makes_state_by_mode(type(layer)))


def check_predict(
    layers: Sequence[base.Layer], before: Mapping[int, str | None], after: Mapping[int, str | None]
) -> Iterator[tuple[base.Layer, str]]:
    """Finds what has another structure in 'predict' mode: what to cache is lost in the others."""
    enters = "predict" in after.values()
    stepwise = enters and any(_runs_stepwise(layer) for layer in layers)
    leaves = "predict" in before.values() and not enters
    for layer in layers:
        switched = before[id(layer)] != after[id(layer)] == "predict"
        if stepwise and switched and type(layer).__name__ in _WHOLE_SEQUENCE:
            # models/transformer.py:363, layers/attention.py:155.
            yield layer, "attends to a sequence that models built for 'predict' keep in a tl.Cache"
        if leaves and isinstance(layer, tl.Cache):
            yield layer, "was put there for 'predict', and would return its first output for ever"


def switch_structure(layers: Sequence[base.Layer], to_training: bool) -> Iterator[tuple[Any, str]]:
    """Switches between training and the rest what groups of layers decide together."""
    for layer in layers:
        if not isinstance(layer, tl.Serial):
            continue
        try:
            _switch_sparse_feed_forward(layer, to_training)
            _switch_sparse_dense(layer, to_training)
            _switch_skipping(layer, to_training)
        except CannotSwitch as error:
            yield layer, str(error)


def _switch_sparse_feed_forward(serial: base.Layer, to_training: bool) -> None:
    """`SparseFF`: the controller's second output is used only in training (sparsity.py:1287)."""
    for controller, main in zip(serial.sublayers, serial.sublayers[1:], strict=False):
        if type(main).__name__ == "_SparseFFMain":
            soft = to_training or main._multiply_by_controller_output
            main._n_in = 3 if soft else 2
            controller._also_return_nondiscrete_output = soft
            controller._n_out = 2 if soft else 1


def _switch_sparse_dense(serial: base.Layer, to_training: bool) -> None:
    """`SparseDenseWithOptions`: outside of training always the sparse variant (sparsity.py:403)."""
    inner = serial.sublayers
    if len(inner) != 3 or not isinstance(inner[1], tl.Cond):
        return
    if "sparsity.py" not in getattr(inner[0], "_message", ""):
        return  # A RandomLayer of the user, which is random in all modes.
    chance = inner[1].sublayers[0].sublayers[-1]
    with remembered(chance, to_training) as values:
        if to_training and not values:
            raise CannotSwitch("was built in another mode, which forgets its prob_sparse")
        now = values["prob_a"] if to_training else 1.0
        values.setdefault("prob_a", _variable(chance, "prob_a"))
        chance._forward_fn = rebind(chance._forward_fn, "prob_a", now)


def _switch_skipping(serial: base.Layer, to_training: bool) -> None:
    """The transformers that skip layers at random in training (layerdrop_transformer.py)."""
    dice = [layer for layer in serial.sublayers if isinstance(layer, tl.RandomUniform)]
    if not dice:
        return
    conds = [x for _, x in everything(serial) if isinstance(x, tl.Cond) and _is_skip(x)]
    if not conds:
        return
    thresholds = [_variable(cond.sublayers[0], "val") for cond in conds]
    # SkippingTransformerLM draws how many of its n layers to run; in eval mode it draws n.
    counts_layers = thresholds == [float(i) for i in range(len(conds))] and not any(
        cond._identity_false_fun or cond in serial.sublayers for cond in conds
    )
    if not counts_layers:  # The other two keep a probability of the mode in each layer.
        raise CannotSwitch("skips layers with a probability that was chosen for another mode")
    n_layers = float(len(conds))
    with remembered(dice[0], to_training) as values:
        if to_training and not values:
            raise CannotSwitch("was built in another mode, which forgets its skip_fraction")
        now = values["limits"] if to_training else (n_layers, n_layers)
        values.setdefault("limits", (dice[0]._min_val, dice[0]._max_val))
        dice[0]._min_val, dice[0]._max_val = now


def _is_skip(cond: base.Layer) -> bool:
    """Whether a condition is one of Trax's models' own `LargerThan`."""
    functions = (x for _, x in contents(cond.sublayers[0]) if isinstance(x, FunctionType))
    return any(function.__module__ == _SKIPPING for function in functions)


def _variable(layer: base.Layer, name: str) -> Any:
    """A variable that the function of a layer has closed over."""
    functions = (x for _, x in contents(layer) if isinstance(x, FunctionType))
    return next(
        value for function in functions for key, value in variables(function) if key == name
    )


def _runs_stepwise(layer: base.Layer) -> bool:
    is_shift = mode_of(layer) is not None and not has_own_mode(layer)
    return type(layer).__name__ in _STEPWISE or is_shift
