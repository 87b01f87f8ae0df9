"""Which layers need more than a new ``_mode``, and what.

A Trax layer that only reads ``self._mode`` when it runs is switched by setting it. The classes
below decide something when they are built. A test fails when Trax has one more.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from trax_activations._checks import MODES
from trax_activations._trax import base

__all__ = [
    "FUNCTIONS",
    "RULES",
    "Rule",
    "arguments",
    "decides_when_built",
    "makes_state_by_mode",
    "names_a_mode",
    "rule_of",
]

_DROPOUTS = {"_attention_dropout": 0.0, "_output_dropout": 0.0}
_NO_MEMORY = "was built in another mode, which forgets its predict_mem_len and predict_drop_len"
_ENCODER = "is part of models that cache their encoder in 'predict', and so are built differently"


@dataclass(frozen=True)
class Rule:
    """How to switch a class of layers.

    Args:
        why: The line of Trax that makes the rule necessary.
        only_in_training: Attributes that keep the constructor's argument only in 'train' mode, each
            with its value in all other modes.
        incremental: Whether the flag ``_incremental`` stands for 'predict'.
        not_predict: Why a layer built in another mode cannot be switched to 'predict'.
        shows_state: Whether 'viz' leaves attention strengths in the state.
    """

    why: str
    only_in_training: Mapping[str, Any] = field(default_factory=dict)
    incremental: bool = False
    not_predict: str = ""
    shows_state: bool = False


_ATTENTION = "trax.layers.attention."
_EFFICIENT = "trax.layers.research.efficient_attention."
_POSITIONS = "trax.layers.research.position_encodings."
_SPARSITY = "trax.layers.research.sparsity."

RULES: Mapping[str, Rule] = {
    _ATTENTION + "PureAttention": Rule("attention.py:236", shows_state=True),
    _ATTENTION + "DotProductAttention": Rule("attention.py:341", shows_state=True),
    _ATTENTION + "DotProductCausalAttention": Rule("attention.py:554", shows_state=True),
    _ATTENTION + "PositionalEncoding": Rule("attention.py:686", {"_dropout": 0.0}),
    _POSITIONS + "AxialPositionalEncoding": Rule("position_encodings.py:44", {"_dropout": 0.0}),
    _POSITIONS + "SinCosPositionalEncoding": Rule("position_encodings.py:128", {"_dropout": 0.0}),
    _EFFICIENT + "SelfAttention": Rule("efficient_attention.py:1016", _DROPOUTS, True, _NO_MEMORY),
    _EFFICIENT + "LSHSelfAttention": Rule(
        "efficient_attention.py:1763", _DROPOUTS, True, _NO_MEMORY
    ),
    _EFFICIENT + "PureLSHSelfAttention": Rule(
        "efficient_attention.py:2601", _DROPOUTS, True, _NO_MEMORY
    ),
    _EFFICIENT + "EncDecAttention": Rule(
        "efficient_attention.py:3648", _DROPOUTS, not_predict=_ENCODER
    ),
    # Its 'predict' is refused by the only model that has it (models/research/hourglass.py:203).
    "trax.layers.research.rel_attention.RelativeAttention": Rule(
        "rel_attention.py:264", not_predict="has no 'predict' mode in Trax", shows_state=True
    ),
    # How many inputs and outputs these two have depends on the mode: see _structure.py.
    _SPARSITY + "_SparseFFController": Rule("sparsity.py:1197", {"_temperature": 0.0}),
    _SPARSITY + "_SparseFFMain": Rule("sparsity.py:1287"),
    _SPARSITY + "BlockSparseFF": Rule("sparsity.py:1540", {"_temperature": 0.0}),
    _SPARSITY + "SwitchSparseFF": Rule("sparsity.py:1654", {"_temperature": 0.0}),
    **{
        f"trax.models.research.transformer2.{name}": Rule(
            "transformer2.py:124", not_predict=_ENCODER
        )
        for name in ("ConcatWithPadding", "ConcatWithPadding2", "StripFromConcatenateWithPadding")
    },
    # It only checks the mode, and hands it on.
    "trax.rl.serialization_utils.SerializedModel": Rule("serialization_utils.py:167"),
}

# Functions that closed over a mode and do nothing else with it: a new mode can take its place.
FUNCTIONS: Mapping[tuple[str, str], str] = {
    ("trax.layers.attention", "ShiftRight.<locals>.f"): "attention.py:588"
}


def rule_of(layer: base.Layer) -> Rule | None:
    """The rule for the class of a layer, or for one it inherits from."""
    keys = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(layer).__mro__)
    return next((RULES[key] for key in keys if key in RULES), None)


def decides_when_built(cls: type) -> bool:
    """Whether a constructor takes a mode and compares it with one: `x if mode == 'train' else y`.

    Trax's own classes that do so have rules; what any other keeps of its arguments is unknown.
    """
    for parent in cls.__mro__:
        if parent is base.Layer or f"{parent.__module__}.{parent.__qualname__}" in RULES:
            return False
        code = _code(parent.__dict__.get("__init__"))
        if code is not None and "mode" in arguments(code) and names_a_mode(code.co_consts):
            return True
    return False


def makes_state_by_mode(cls: type) -> bool:
    """Whether the initial state of a class of layers depends on the mode."""
    code = _code(getattr(cls, "init_weights_and_state", None))
    return code is not None and not {"_mode", "_incremental"}.isdisjoint(code.co_names)


def _code(function: Any) -> CodeType | None:
    """Code of a method as it was written, without what `assert_shape` puts around it."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return code if isinstance(code, CodeType) else None


def arguments(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def names_a_mode(constants: Any) -> bool:
    return any(
        names_a_mode(value) if isinstance(value, (tuple, frozenset)) else value in MODES
        for value in constants
        if isinstance(value, (str, tuple, frozenset))
    )
