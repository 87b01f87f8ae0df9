"""What the weights of each layer are called.

Trax's layers keep their weights as an array or a tuple without names; the table below gives them
some, read off each layer's ``init_weights_and_state``. `tests/test_weights_table.py` fails when
Trax has a layer with weights that is not in it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trax_activations._trax import base

__all__ = ["NAMES", "labels_of", "lacks_weights"]

# A name for each part of a layer's weights, in order; a tuple where a part is a tuple.
Names = tuple[Any, ...]

_AFFINE: Names = ("kernel", "bias")
_ATTENTION: Names = ("query_kernel", "key_kernel", "value_kernel", "output_kernel")
_SHARED_ATTENTION: Names = ("query_kernel", "value_kernel", "output_kernel")
# Trax keeps all kernels before all biases, and has no bias for the output.
_SELF_ATTENTIONS = (
    _ATTENTION,
    _SHARED_ATTENTION,
    (*_ATTENTION, "query_bias", "key_bias", "value_bias"),
    (*_SHARED_ATTENTION, "query_bias", "value_bias"),
)
_EXPERTS: Names = ("controller_kernel", "kernel_1", "kernel_2", "bias_2")
_NONE: Names = ()

_EFFICIENT = "trax.layers.research.efficient_attention."
_POSITIONS = "trax.layers.research.position_encodings."
_SPARSITY = "trax.layers.research.sparsity."

# The alternatives of a class differ in length: how many weights it has depends on its arguments. A
# class with a single array has the first name. One with a string has any number of weights.
NAMES: Mapping[str, str | tuple[Names, ...]] = {
    "trax.layers.activation_fns.ThresholdedLinearUnit": (("threshold",),),
    "trax.layers.attention.PositionalEncoding": (("encoding", "projection"),),
    "trax.layers.combinators.Serial": (_NONE,),  # Without sublayers.
    "trax.layers.convolution.CausalDepthwiseConv": (("kernel",),),
    "trax.layers.convolution.Conv": (_AFFINE,),
    "trax.layers.core.Dense": (_AFFINE,),
    "trax.layers.core.Embedding": (("embedding",),),
    "trax.layers.core.LocallyConnected1d": (_AFFINE,),
    "trax.layers.core.SummaryImage": (_NONE,),
    "trax.layers.core.SummaryScalar": (_NONE,),
    "trax.layers.core.Weights": (("value",),),
    "trax.layers.deconvolution.ConvTranspose": (_AFFINE,),
    "trax.layers.normalization.BatchNorm": (("beta", "gamma"),),
    "trax.layers.normalization.FilterResponseNorm": (("gamma", "beta", ("epsilon",)),),
    "trax.layers.normalization.LayerNorm": (("scale", "bias"),),
    "trax.layers.rnn.GRUCell": (
        ("gates_kernel", "gates_bias", "candidate_kernel", "candidate_bias"),
    ),
    "trax.layers.rnn.LSTMCell": (_AFFINE,),
    _EFFICIENT + "EncDecAttention": (_ATTENTION,),
    _EFFICIENT + "LSHFF": (("kernel_1", "kernel_2", "bias_2"),),
    _EFFICIENT + "LSHSelfAttention": _SELF_ATTENTIONS,
    _EFFICIENT + "MixedLSHSelfAttention": (_NONE,),
    _EFFICIENT + "PureLSHSelfAttention": (_NONE,),
    _EFFICIENT + "SelfAttention": _SELF_ATTENTIONS,
    # One array for each axis of the positions: 'axis_0', 'axis_1', ...
    _POSITIONS + "AxialPositionalEncoding": "axis",
    # One array for each digit of each base: 'base_0_0', 'base_0_1', ...
    _POSITIONS + "FixedBasePositionalEncoding": (("base", "start"),),
    _POSITIONS + "InfinitePositionalEncoding": (("transform",), _NONE),
    _SPARSITY + "BlockSparseFF": (_EXPERTS,),
    _SPARSITY + "SwitchSparseFF": (_EXPERTS,),
    _SPARSITY + "_RememberInReverse": (_NONE,),
    _SPARSITY + "_RememberPad": (_NONE,),
    _SPARSITY + "_SparseFFController": (("kernel_1", "kernel_2", "bias"),),
    _SPARSITY + "_SparseFFMain": (("kernel_1", "kernel_2", "bias_2"),),
    "trax.models.research.bert.AddBias": (("bias",),),
    "trax.models.research.rse._ClippedScaling": (("scale",),),
}


def labels_of(layer: base.Layer, weights: Any) -> str | Names:
    """Names for the weights of a layer without sublayers; ValueError if its own do not fit.

    They are the name of an array; for a tuple, a name for each part, or one string to which the
    index of each part is to be added; for a dictionary nothing, since its keys are names.
    """
    if isinstance(weights, dict):
        return ""
    n_weights = len(weights) if isinstance(weights, (tuple, list)) else 1
    if hasattr(layer, "weight_names"):
        _check_declared(layer, layer.weight_names, n_weights)
        labels: str | Names = tuple(layer.weight_names)
    else:
        alternatives = _known(layer)
        if isinstance(alternatives, str):
            return alternatives
        fitting = (names for names in alternatives if len(names) == n_weights)
        first = alternatives[0] if alternatives else ("weights_0",)
        labels = next(fitting, "weights") if isinstance(weights, (tuple, list)) else first
    return labels if isinstance(weights, (tuple, list)) else labels[0]


def lacks_weights(layer: base.Layer, weights: Any) -> bool:
    """Whether a layer without sublayers has no weights, but would have if it were initialised."""
    if not (isinstance(weights, tuple) and not weights):
        return False
    if hasattr(layer, "weight_names"):
        return bool(layer.weight_names)
    alternatives = _known(layer)
    if alternatives:
        return isinstance(alternatives, str) or _NONE not in alternatives
    # A layer that nobody knows, and that never ran: Trax makes random keys at the first run.
    makes = getattr(type(layer).init_weights_and_state, "__code__", None)
    return makes is not None and "weights" in makes.co_names and layer._rng is None


def _known(layer: base.Layer) -> str | tuple[Names, ...]:
    """The table's entry for the class of a layer, or for one it inherits from."""
    keys = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(layer).__mro__)
    return next((NAMES[key] for key in keys if key in NAMES), ())


def _check_declared(layer: base.Layer, names: Any, n_weights: int) -> None:
    """Refuses names that a layer declares and that do not fit its weights."""
    is_sequence = isinstance(names, Sequence) and not isinstance(names, str)
    if not is_sequence or not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise ValueError(
            f"{layer!r} takes a tuple of identifiers as weight_names, for example ('kernel', "
            f"'bias'), but received {names!r}."
        )
    if len(set(names)) != n_weights or len(names) != n_weights:
        raise ValueError(
            f"{layer!r} takes a different name for each weight as weight_names. It has "
            f"{n_weights} of them, but received {tuple(names)}."
        )
