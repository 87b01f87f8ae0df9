"""A model trained here decodes one symbol at a time what it says of the whole sequence at once."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes, training, weights
from trax_activations._trax import decoding, models, optimizers, shapes
from trax_activations._trax import layers as tl

TOKENS = np.random.default_rng(0).integers(2, 16, size=(4, 9)).astype(np.int32)
START = np.zeros((4, 1), np.int32)


class Both(tl.Serial):
    """A random activation, then one that learns, as the activation of a feed-forward block."""

    def __init__(self):
        super().__init__(ta.RandomizedRelu(0.0, 1.0), ta.ParametricRelu(a=-0.5))


@pytest.fixture(scope="module")
def model():
    """A small language model after a few steps."""
    model = models.TransformerLM(
        16,
        d_model=8,
        d_ff=16,
        n_layers=2,
        n_heads=2,
        max_len=16,
        dropout=0.3,
        ff_activation=Both,
    )
    data = itertools.repeat((TOKENS, TOKENS, np.ones_like(TOKENS, np.float32)))
    task = training.TrainTask(data, tl.WeightedCategoryCrossEntropy(), optimizers.Adam(0.03))
    loop = training.Loop(model, task, random_seed=0, n_devices=1)
    before = np.asarray(_slope(model))
    loop.run(5)
    assert _slope(model) != before
    return loop.model


def _slope(model):
    """The learned slope of the first block."""
    return next(
        x for name, x in weights.to_dict(model).items() if name.endswith("parametric_relu/a")
    )


@pytest.fixture(scope="module")
def whole(model):
    """Log-probabilities of the next symbol, of a sequence at once, in eval mode."""
    evaluated = modes.with_mode(model, "eval")
    # The model shifts its input right by itself: position i tells what follows i symbols.
    return lambda tokens: np.asarray(
        tl.log_softmax(evaluated(np.pad(tokens, ((0, 0), (0, 1))))), np.float32
    )


def predictor(model, batch_size=4):
    return modes.with_mode(model, "predict", shapes.signature(START[:batch_size]))


def test_log_probabilities_step_by_step_are_those_of_the_whole(model, whole):
    stepwise = predictor(model)
    symbols = np.concatenate([START, TOKENS], axis=1)
    steps = [tl.log_softmax(stepwise(symbols[:, i : i + 1]))[:, 0] for i in range(symbols.shape[1])]
    np.testing.assert_allclose(np.stack(steps, axis=1), whole(TOKENS), atol=1e-5)
    assert np.std(steps[-1]) > 0.1  # It has learned something to tell apart.


def assert_likeliest(found, symbols):
    """Each symbol is the likeliest, or as likely but for what two programs may differ in."""
    chosen = np.take_along_axis(found, symbols[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(chosen, found.max(-1), atol=1e-5)


def test_greedy_decoding_takes_the_likeliest_symbol_at_each_step(model, whole):
    decoded = decoding.autoregressive_sample(
        predictor(model), batch_size=4, temperature=0.0, eos_id=-1, max_length=8
    )
    assert decoded.shape == (4, 8)
    assert_likeliest(whole(decoded)[:, :-1], decoded)
    at_once = decoding.autoregressive_sample(
        modes.with_mode(model, "eval"),
        START[:, :0],
        batch_size=4,
        temperature=0.0,
        eos_id=-1,
        max_length=8,
        eval_mode=True,
    )
    assert_likeliest(whole(at_once)[:, :-1], at_once)


def test_a_prefix_is_read_at_once(model, whole):
    decoded = decoding.autoregressive_sample(
        predictor(model), TOKENS[:, :3], batch_size=4, temperature=0.0, eos_id=-1, max_length=4
    )
    followed = np.concatenate([TOKENS[:, :3], decoded], axis=1)
    assert_likeliest(whole(followed)[:, 3:-1], decoded)


def test_beam_search_sums_the_log_probabilities(model, whole):
    beams = decoding.beam_search(predictor(model, batch_size=1), n_beams=2, max_length=5)
    for symbols, value in beams:
        symbols = np.asarray(symbols).reshape(1, -1)
        steps = np.take_along_axis(whole(symbols)[:, :-1], symbols[..., None], axis=-1)
        np.testing.assert_allclose(np.ravel(value), steps.sum(), rtol=1e-4)


def test_the_noise_of_training_would_be_seen(model):
    train = functools.partial(modes.with_mode(model, "train"), TOKENS)
    assert (train(rng=np.uint32([0, 1])) != train(rng=np.uint32([0, 2]))).any()


def test_a_second_decoding_begins_anew_after_a_reset_and_in_a_fresh_copy(model):
    stepwise = predictor(model)

    def decode(reader):
        return [np.asarray(reader(TOKENS[:, i : i + 1])) for i in range(3)]

    first, second = decode(stepwise), decode(stepwise)
    assert np.abs(first[0] - second[0]).max() > 1e-3  # Else there would be nothing to reset.
    np.testing.assert_array_equal(decode(modes.with_mode(stepwise, "predict")), first)
    assert np.abs(np.asarray(decode(stepwise)) - first).max() > 1e-3  # It went on.
    modes.reset(stepwise, shapes.signature(START))
    np.testing.assert_array_equal(decode(stepwise), first)
    modes.reset(stepwise)
    np.testing.assert_array_equal(decode(stepwise), first)


def test_a_recurrent_reader_begins_anew_too():
    model = tl.Serial(tl.GRU(3), tl.Dense(2))
    x = np.ones((2, 4, 3), np.float32)
    model.init(shapes.signature(x))
    reader = modes.with_mode(model, "predict")
    first, second = reader(x), reader(x)
    assert (first != second).any()
    modes.reset(reader)
    np.testing.assert_array_equal(reader(x), first)
    np.testing.assert_array_equal(modes.with_mode(reader, "predict")(x), first)
    modes.check_decoding(model, x)


def test_what_does_not_remember_is_found_and_what_does_is_not(model):
    modes.check_decoding(model, TOKENS[:, :5])

    def attend(x):
        scores = x @ jnp.swapaxes(x, 1, 2)
        return jax.nn.softmax(jnp.where(jnp.tri(x.shape[1]) > 0, scores, -jnp.inf)) @ x

    own = tl.Serial(tl.Embedding(16, 4), tl.Fn("Attention", attend), tl.Dense(3))
    own.init(shapes.signature(TOKENS))
    with pytest.raises(ValueError, match=r"step by step from position 2 on: .* with tl\.Fn\."):
        modes.check_decoding(own, TOKENS)
