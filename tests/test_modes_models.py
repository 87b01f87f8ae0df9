"""`with_mode` makes of each stock Trax model what Trax builds for that mode."""

import random

import jax
import numpy as np
import pytest
from stock_models import SAME_IN_EVERY_MODE, STOCK_MODELS, TOKENS, build, init_abstractly, program

from trax_activations import _model as _paths
from trax_activations import modes
from trax_activations._trax import decoding, shapes
from trax_activations._trax import layers as tl

ONE_STEP = shapes.ShapeDtype((2, 1), np.int32)

# Built in 'eval' mode, these have lost nothing that 'train' needs.
TRAINABLE_IF_BUILT_FOR_EVAL = {
    "GRULM",
    "LSTMSeq2SeqAttn",
    "MLP",
    "RNNLM",
    "Resnet50",
    "TransformerEncoder",
    "WideResnet",
}


@pytest.fixture(autouse=True)
def _keep_random_state():
    state = random.getstate()
    yield
    random.setstate(state)


def _initialised(name, mode="train"):
    model = build(name, mode)
    model.init(shapes.signature(STOCK_MODELS[name][1]))
    return model


def _attributes(model):
    """All plain attributes of all layers."""
    return [
        {
            name: value
            for name, value in vars(layer).items()
            if isinstance(value, (str, int, float, bool, type(None)))
        }
        for _, layer in _paths.everything(model)
    ]


@pytest.mark.parametrize("name", STOCK_MODELS)
def test_copy_is_the_model_built_for_eval(name):
    x = STOCK_MODELS[name][1]
    model, built = build(name, "train"), build(name, "eval")
    init_abstractly(model, x)
    built.weights, built.state = model.weights, model.state
    eval_program = program(built, x)
    assert program(modes.with_mode(model, "eval"), x) == eval_program
    assert (program(model, x) == eval_program) == (name in SAME_IN_EVERY_MODE)


@pytest.mark.parametrize("name", STOCK_MODELS)
def test_model_stays_as_it_is_and_copies_can_go_back(name):
    model = build(name, "train")
    attributes = _attributes(model)
    assert _attributes(modes.with_mode(modes.with_mode(model, "eval"), "train")) == attributes
    assert _attributes(model) == attributes


@pytest.mark.parametrize("name", STOCK_MODELS)
def test_model_built_for_eval_can_be_trained_or_says_why_not(name):
    if name in TRAINABLE_IF_BUILT_FOR_EVAL:
        switched = modes.with_mode(build(name, "eval"), "train")
        assert _attributes(switched) == _attributes(build(name, "train"))
    else:
        with pytest.raises(ValueError, match=r"  \w+\S* \(\w+\) was built in .* forgets its"):
            modes.with_mode(build(name, "eval"), "train")


@pytest.mark.parametrize("name", ["TransformerLM", "GRULM", "RNNLM"])
def test_copy_is_the_model_built_for_predict(name):
    model, built = _initialised(name), build(name, "predict")
    built.init(ONE_STEP)
    built.weights = model.weights
    switched = modes.with_mode(model, "predict", ONE_STEP)
    x = TOKENS[:, :1]
    assert program(switched, x) == program(built, x)
    assert jax.tree.all(jax.tree.map(np.array_equal, switched.state, built.state))
    assert modes.modes(switched) == modes.modes(built)


@pytest.mark.parametrize("name", ["TransformerLM", "GRULM"])
def test_predict_decodes_step_by_step_what_eval_computes_at_once(name):
    model = _initialised(name)
    whole = tl.Accelerate(modes.with_mode(model, "eval"))(TOKENS)
    predictor = tl.Accelerate(modes.with_mode(model, "predict"))
    shifted = np.pad(TOKENS, ((0, 0), (1, 0)))[:, :-1]  # In 'predict', ShiftRight does nothing.
    steps = [predictor(shifted[:, i : i + 1]) for i in range(TOKENS.shape[1])]
    np.testing.assert_allclose(np.concatenate(steps, axis=1), whole, atol=1e-5)


def test_predictor_samples_as_trax_does_from_the_model_built_for_it():
    model, built = _initialised("TransformerLM"), build("TransformerLM", "predict")
    built.init(ONE_STEP)
    built.weights = model.weights
    samples = [
        decoding.autoregressive_sample(predictor, batch_size=2, temperature=0.0, max_length=3)
        for predictor in (modes.with_mode(model, "predict"), built)
    ]
    np.testing.assert_array_equal(*samples)


def test_predictor_can_be_initialised_as_usual():
    predictor = modes.with_mode(build("TransformerLM", "train"), "predict")
    built = build("TransformerLM", "predict")
    for model in (predictor, built):
        model.init(ONE_STEP)
    assert program(predictor, TOKENS[:, :1]) == program(built, TOKENS[:, :1])


def test_predictor_goes_back_to_eval():
    model = _initialised("TransformerLM")
    predictor = modes.with_mode(model, "predict", ONE_STEP)
    back = modes.with_mode(predictor, "eval")
    assert jax.tree.structure(back.state) == jax.tree.structure(model.state)
    first = program(back, TOKENS)  # Finds that it needs no state, and stops looking for it.
    assert first == program(back, TOKENS) == program(modes.with_mode(model, "eval"), TOKENS)


def test_encoder_in_predict_starts_at_the_first_position_each_time():
    model = build("TransformerEncoder", "train")
    init_abstractly(model, TOKENS)
    predictor = modes.with_mode(model, "predict")
    evaluated = modes.with_mode(model, "eval")
    assert program(predictor, TOKENS) == program(evaluated, TOKENS)
    assert modes.modes(predictor)["serial/positional_encoding"] == "eval"


@pytest.mark.parametrize("name", ["Transformer", "LSTMSeq2SeqAttn"])
def test_predict_of_a_model_that_would_need_caches_is_refused(name):
    with pytest.raises(ValueError, match=r"pure_attention \(PureAttention\) attends .*\n.*Build"):
        modes.with_mode(build(name, "train"), "predict")


def test_what_trax_fixed_in_a_predictor_stays_fixed():
    built = build("Transformer", "predict")
    held = modes.modes(built)
    assert held["serial/serial/positional_encoding"] == "eval"
    assert held["serial/positional_encoding"] == "predict"
    assert modes.modes(modes.with_mode(built, "predict")) == held


def test_predictor_with_caches_cannot_leave_predict():
    with pytest.raises(ValueError, match=r"\(Cache\) was put there for 'predict'"):
        modes.with_mode(build("Transformer", "predict"), "eval")


def test_names_do_not_depend_on_caches():
    """The weights of a trained translator fit the predictor by name."""
    train, predict = build("Transformer", "train"), build("Transformer", "predict")
    assert [path for path, _ in _paths.walk(train)] == [path for path, _ in _paths.walk(predict)]


@pytest.mark.parametrize(
    "name", ["EveryOtherLayerDropTransformerLM", "LayerDropTransformerLM", "HourglassLM"]
)
def test_what_is_lost_when_built_is_an_error(name):
    from trax.models.research import hourglass, layerdrop_transformer

    small = {"vocab_size": 16, "d_model": 8, "d_ff": 16, "n_heads": 2}
    if name == "HourglassLM":
        model = hourglass.HourglassLM(**small, hierarchy="1@2")
        with pytest.raises(ValueError, match=r"relative_attention \(.*\) has no 'predict' mode"):
            modes.with_mode(model, "predict")
    else:
        model = getattr(layerdrop_transformer, name)(**small, n_layers=2)
        with pytest.raises(ValueError, match=r"\(Serial\) skips layers with a probability"):
            modes.with_mode(model, "eval")
        assert modes.modes(modes.with_mode(model, "train")) == modes.modes(model)
