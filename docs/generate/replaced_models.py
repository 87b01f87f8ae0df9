"""Replaces the activations of all models of Trax, and writes the table in docs/replacing.md.

    python docs/generate/replaced_models.py

Models are built small, and nothing is computed: JAX traces their shapes, before and after.
"""

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

import trax_activations as ta
from trax_activations import replacement, weights
from trax_activations._trax import base, models, shapes
from trax_activations._trax import layers as tl

PAGE = Path(__file__).parents[1] / "replacing.md"
_BEGIN, _END = "<!-- replaced models -->", "<!-- end -->"
_BUG = "does not run on today's JAX, replaced or not"

TOKENS = np.ones((2, 8), np.int32)
PAIR = (TOKENS, TOKENS)
IMAGES, FRAMES = np.ones((2, 32, 32, 3), np.float32), np.ones((2, 3, 32, 32, 4), np.float32)
VECTORS = np.ones((2, 5), np.float32)
_BLOCK: dict[str, Any] = {"d_model": 8, "d_ff": 16, "n_heads": 2}
_LM = {**_BLOCK, "n_layers": 2, "max_len": 32}
_BOTH = {**_BLOCK, "n_encoder_layers": 1, "n_decoder_layers": 1, "max_len": 32}
_REFORMER = {**_LM, "d_attention_key": 4, "d_attention_value": 4}


def _body(mode: str) -> base.Layer:
    return tl.Serial(tl.Dense(4), tl.Relu())


def _model(module: str, name: str, *args: Any, **kwargs: Any) -> Callable[[], base.Layer]:
    return lambda: getattr(importlib.import_module(f"trax.models.{module}"), name)(*args, **kwargs)


def _with_policy(name: str) -> Callable[[], base.Layer]:
    def make() -> base.Layer:
        from trax.rl import distributions  # Needs Gym, which comes with TensorFlow.

        made = getattr(models.rl, name)(distributions.Categorical(n_categories=3), body=_body)
        return tl.Serial(made)

    return make


# Name: how to build it, and an input.
MODELS: dict[str, tuple[Callable[[], base.Layer], Any]] = {
    "MLP": (_model("mlp", "MLP", (8, 4)), VECTORS),
    "Resnet50": (_model("resnet", "Resnet50", 4, 3), np.ones((1, 193, 193, 3), np.float32)),
    "WideResnet": (_model("resnet", "WideResnet", n_blocks=1), IMAGES),
    "AtariCnn": (_model("atari_cnn", "AtariCnn"), FRAMES[..., :1]),
    "AtariCnnBody": (_model("atari_cnn", "AtariCnnBody"), np.ones((2, 64, 64, 4), np.float32)),
    "FrameStackMLP": (_model("atari_cnn", "FrameStackMLP"), np.ones((2, 3, 8), np.float32)),
    "NeuralGPU": (_model("neural_gpu", "NeuralGPU", 9, 2, 16), np.ones((2, 3, 4), np.int32)),
    "GRULM": (_model("rnn", "GRULM", 16, 8), TOKENS),
    "RNNLM": (_model("rnn", "RNNLM", 16, 8), TOKENS),
    "LSTMSeq2SeqAttn": (_model("rnn", "LSTMSeq2SeqAttn", 16, 16, 8, 1, 1), PAIR),
    "Value": (_model("rl", "Value", body=_body), VECTORS),
    "Quality": (_model("rl", "Quality", body=_body), VECTORS),
    "Policy": (_with_policy("Policy"), VECTORS),
    "PolicyAndValue": (_with_policy("PolicyAndValue"), VECTORS),
    "TransformerLM": (_model("transformer", "TransformerLM", 16, **_LM), TOKENS),
    "TransformerEncoder": (_model("transformer", "TransformerEncoder", 16, 4, **_LM), TOKENS),
    "TransformerDecoder": (_model("transformer", "TransformerDecoder", 16, **_LM), TOKENS),
    "Transformer": (_model("transformer", "Transformer", 16, **_BOTH), PAIR),
    "ReformerLM": (_model("reformer.reformer", "ReformerLM", 16, **_REFORMER), TOKENS),
    "ReformerShortenLM": (
        _model("reformer.reformer", "ReformerShortenLM", 16, 2, 8, **_REFORMER),
        TOKENS,
    ),
    "Reformer": (_model("reformer.reformer", "Reformer", 16, 16, **_BOTH), PAIR),
    "BERT": (
        _model("research.bert", "BERT", 8, 16, 32, n_heads=2, d_ff=16, n_layers=1),
        (TOKENS, TOKENS * 0, TOKENS),
    ),
    **{
        name: (_model("research.configurable_transformer", name, 16, **sizes), x)
        for name, sizes, x in (
            ("ConfigurableTransformerLM", _LM, TOKENS),
            ("ConfigurableTransformerEncoder", {**_LM, "n_classes": 4}, TOKENS),
            ("ConfigurableTransformer", _BOTH, PAIR),
        )
    },
    "HourglassLM": (
        _model("research.hourglass", "HourglassLM", 16, **_BLOCK, hierarchy="2@2"),
        TOKENS,
    ),
    **{
        name: (_model("research.layerdrop_transformer", name, 16, **_LM), TOKENS)
        for name in (
            "SkippingTransformerLM",
            "LayerDropTransformerLM",
            "EveryOtherLayerDropTransformerLM",
        )
    },
    **{
        name: (_model("research.rezero", name, 16, **sizes), x)
        for name, sizes, x in (
            ("ReZeroTransformerLM", _LM, TOKENS),
            ("ReZeroTransformerEncoder", _LM, TOKENS),
            ("ReZeroTransformerDecoder", _LM, TOKENS),
            ("ReZeroTransformer", _BOTH, PAIR),
        )
    },
    "ResidualShuffleExchange": (
        _model("research.rse", "ResidualShuffleExchange", 16, 8, 0.1, 0.1),
        TOKENS,
    ),
    "ConfigurableTerraformer": (
        _model("research.terraformer", "ConfigurableTerraformer", 16, **_BOTH),
        PAIR,
    ),
    "Transformer2": (_model("research.transformer2", "Transformer2", 16, **_BOTH), PAIR),
}


def row(name: str) -> tuple[str, str, str]:
    """A model, its activations that treat each element alone, and what became of them."""
    make, x = MODELS[name]
    try:
        model = make()
        places = [place for place in replacement.places(model) if place.is_pointwise]
        _trace(model, x)
    except Exception as error:  # Of many classes: Trax 1.4.1 is older than JAX.
        return name, "", f"{_BUG}: {_reason(error)}"
    kinds = [place.layer.name for place in places]
    found = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    if not places:
        return name, "none", "its nonlinearities are within cells or sparse layers"
    replaced = ta.replace(make(), "all", ta.ParametricRelu)
    _trace(replaced, x)
    slopes = sum(path.endswith("/a") for path in weights.names(replaced))
    return name, found, "replaced" if slopes == len(places) else f"{slopes} replaced"


def _trace(model: base.Layer, x: Any) -> None:
    """Gives a model the shapes of its weights, and traces it in training."""
    signature = shapes.signature(x)
    made = model.weights_and_state_signature(signature, unsafe=True)
    model.weights, model.state = jax.tree.map(
        lambda a: jax.ShapeDtypeStruct(tuple(a.shape), a.dtype), made
    )
    key = jax.random.PRNGKey(0)
    jax.eval_shape(model.pure_fn, x, model.weights, model.state, key)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return re.sub(r"[|`]", "'", lines[-1])[:90] if lines else type(error).__name__


def table(names: list[str] | None = None) -> str:
    """The table in Markdown."""
    rows = [("model", "activations", "by `ta.ParametricRelu`"), ("---",) * 3]
    rows += [row(name) for name in names or MODELS]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def main() -> None:
    """Writes the table into the page."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n{table()}\n{_END}{after}")


if __name__ == "__main__":
    main()
