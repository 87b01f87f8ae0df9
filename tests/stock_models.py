"""Trax's own models, small, and the programs that they are."""

import random
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from trax.models.research import bert, configurable_transformer, layerdrop_transformer

from trax_activations._trax import base, fastmath, models, shapes
from trax_activations._trax import layers as tl

TOKENS = np.random.default_rng(0).integers(1, 16, (2, 8)).astype(np.int32)
PAIR = (TOKENS, TOKENS)

_BLOCK: dict[str, Any] = {"d_model": 8, "d_ff": 16, "n_heads": 2, "max_len": 32, "dropout": 0.5}
_LM = {**_BLOCK, "vocab_size": 16, "n_layers": 1}
_SKIPPING = {**_LM, "n_layers": 2}
_TRANSLATION = {**_BLOCK, "n_encoder_layers": 1, "n_decoder_layers": 1}
_REFORMER = {**_LM, "d_attention_key": 4, "d_attention_value": 4}
_SPARSE = {"ff_sparsity": 4, "loss_sparsity_prob": 0.5}


def _lsh_attention(**kwargs: Any) -> base.Layer:
    return tl.LSHSelfAttention(chunk_len=4, n_buckets=2, **kwargs)


def _skipping(mode: str, skip_fraction: float) -> base.Layer:
    make = layerdrop_transformer.SkippingTransformerLM
    return make(**_SKIPPING, skip_fraction=skip_fraction, mode=mode)


def _experts(mode: str) -> base.Layer:
    make = configurable_transformer.ConfigurableTransformerLM
    return make(**_LM, ff_sparsity_type="Block", ff_sparsity=4, mode=mode)


# Name: how to build the model in a mode, and an input.
STOCK_MODELS: dict[str, tuple[Callable[[str], base.Layer], Any]] = {
    "MLP": (lambda m: models.MLP((8, 4), mode=m), np.ones((2, 5), np.float32)),
    "TransformerLM": (lambda m: models.TransformerLM(**_LM, mode=m), TOKENS),
    "TransformerEncoder": (
        lambda m: models.TransformerEncoder(**_LM, n_classes=4, mode=m),
        TOKENS,
    ),
    "Transformer": (lambda m: models.Transformer(16, **_TRANSLATION, mode=m), PAIR),
    "Resnet50": (
        # 193 is the smallest image of which something is left for the last pooling.
        lambda m: models.Resnet50(d_hidden=4, n_output_classes=3, mode=m),
        np.ones((1, 193, 193, 3), np.float32),
    ),
    "WideResnet": (
        lambda m: models.WideResnet(n_blocks=1, widen_factor=1, n_output_classes=3, mode=m),
        np.ones((2, 32, 32, 3), np.float32),
    ),
    "GRULM": (lambda m: models.GRULM(16, 8, mode=m), TOKENS),
    "RNNLM": (lambda m: models.RNNLM(16, 8, dropout=0.5, mode=m), TOKENS),
    "LSTMSeq2SeqAttn": (
        lambda m: models.LSTMSeq2SeqAttn(16, 16, 8, 1, 1, attention_dropout=0.5, mode=m),
        PAIR,
    ),
    "SkippingTransformerLM": (lambda m: _skipping(m, 0.4), TOKENS),
    "SkippingTransformerLM-0": (lambda m: _skipping(m, 0.0), TOKENS),
    "ReformerLM": (lambda m: models.ReformerLM(**_REFORMER, mode=m), TOKENS),
    "ReformerLM-sparse": (lambda m: models.ReformerLM(**_REFORMER, **_SPARSE, mode=m), TOKENS),
    "ReformerLM-LSH": (
        lambda m: models.ReformerLM(**_REFORMER, attention_type=_lsh_attention, mode=m),
        TOKENS,
    ),
    "Reformer": (lambda m: models.Reformer(16, 16, **_TRANSLATION, mode=m), PAIR),
    "ConfigurableTransformerLM-Block": (_experts, TOKENS),
    "BERT": (
        lambda m: bert.BERT(
            d_model=8, vocab_size=16, max_len=32, n_heads=2, d_ff=16, n_layers=1, mode=m
        ),
        (TOKENS, TOKENS * 0, TOKENS),
    ),
}

# Models that draw nothing at random and have no batch statistics: the same in every mode.
SAME_IN_EVERY_MODE = {"MLP", "GRULM", "BERT"}


def build(name: str, mode: str) -> base.Layer:
    """Builds a stock model, with the same keys each time."""
    random.seed(0)
    return STOCK_MODELS[name][0](mode)


def init_abstractly(model: base.Layer, x: Any) -> None:
    """Gives a model the shapes of its weights and state for weights and state: no time is lost."""
    weights, state = model.weights_and_state_signature(shapes.signature(x), unsafe=True)
    model.weights, model.state = map(_structs, (weights, state))


def program(model: base.Layer, x: Any) -> str:
    """What JAX will compute for a model: every operation, and what feeds it."""
    model.rng = jax.random.PRNGKey(0)
    random.seed(0)  # `PureAttention` makes layers, and so keys, while it runs.
    return str(jax.make_jaxpr(model.pure_fn)(x, model.weights, model.state, model.rng))


def _structs(tree: Any) -> Any:
    return fastmath.nested_map(lambda a: jax.ShapeDtypeStruct(tuple(a.shape), a.dtype), tree)
