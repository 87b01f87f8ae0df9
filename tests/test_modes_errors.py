"""What cannot be switched is an error that names the layer and says how to mend it."""

import functools
import re

import jax
import numpy as np
import pytest

from trax_activations import modes
from trax_activations._trax import base, shapes
from trax_activations._trax import layers as tl


class Baked(base.Layer):
    """Decides what to do when it is built."""

    def __init__(self, rate=0.5, mode="train"):
        super().__init__()
        self._mode = mode
        self._rate = rate if mode == "train" else 0.0

    def forward(self, x):
        return x * self._rate


class BakedFlag(base.Layer):
    """Decides likewise, and keeps no mode."""

    def __init__(self, mode):
        super().__init__()
        self._is_training = mode in ("train", "collect")

    def forward(self, x):
        return x + self._is_training


class TwoModes(base.Layer):
    """Has a mode under another name."""

    def __init__(self, encoder_mode):
        super().__init__()
        self._encoder_mode = encoder_mode

    def forward(self, x):
        return x if self._encoder_mode == "eval" else -x


class Box:
    """An object of a user, of no class that is known here."""

    def __init__(self, **content):
        vars(self).update(content)

    def __call__(self, x):
        return x


class Keeper(base.Layer):
    """Keeps something."""

    def __init__(self, kept):
        super().__init__()
        self._kept = kept

    def forward(self, x):
        return x


def _closed_over(mode):
    return tl.Fn("Closed", lambda x: x if mode == "eval" else -x)


def _twice_closed_over(mode):
    def inner(x):
        return x if mode == "eval" else -x

    return tl.Fn("Closed", lambda x: inner(x) + 1)


def _scale(x, mode):
    return x if mode == "eval" else -x


def _jitted_self():
    layer = tl.Dropout(0.5)
    layer._compiled = jax.jit(layer.pure_fn)
    return layer


def _flag(mode):
    is_train = mode == "train"
    return tl.Fn("Flag", lambda x: 2 * x if is_train else x)


def _number(mode):
    rate = 0.5 if mode == "train" else 0.0
    scale = 1 - rate

    def make():
        return tl.Fn("Number", lambda x: x * scale)

    return make()


def _branch(mode):
    training = False
    if mode == "train":
        training = True
    return tl.Fn("Branch", lambda x: x if training else -x)


def _chosen(mode):
    scale = _scale if mode == "train" else _neither
    return tl.Fn("Chosen", lambda x: scale(x, "eval"))


def _neither(x, mode):
    return x


class _Maker:
    def layer(self, mode):
        deterministic = mode != "train"
        return tl.Fn("Method", lambda x: x if deterministic else -x)


def _without_a_mode(is_training):
    return tl.Fn("Given", lambda x: x if is_training else -x)


UNSWITCHABLE = {
    "flag computed from it": (lambda: _flag("train"), "flag (Flag)"),
    "number computed from it": (lambda: _number("train"), "number (Number)"),
    "flag set below an if": (lambda: _branch("train"), "branch (Branch)"),
    "function chosen by it": (lambda: _chosen("train"), "chosen (Chosen)"),
    "flag of a method": (lambda: _Maker().layer("train"), "method (Method)"),
    "flag that was given": (lambda: _without_a_mode(True), "given (Given)"),
    "closure": (lambda: _closed_over("train"), "closed (Closed)"),
    "closure in a closure": (lambda: _twice_closed_over("train"), "closed (Closed)"),
    "closure with another name": (
        lambda: (lambda phase_mode: tl.Fn("Named", lambda x: x + len(phase_mode)))("train"),
        "named (Named)",
    ),
    "partial": (
        lambda: base.PureLayer(functools.partial(_scale, mode="train"), name="Partial"),
        "partial (Partial)",
    ),
    "default": (
        lambda: base.PureLayer(lambda x, mode="train": _scale(x, mode), name="Default"),
        "default (Default)",
    ),
    "keyword default": (
        lambda: base.PureLayer(lambda x, *, mode="train": _scale(x, mode), name="Default"),
        "default (Default)",
    ),
    "bound method": (lambda: base.PureLayer(Box(mode="train").__call__, name="Bound"), "(Bound)"),
    "callable object": (lambda: base.PureLayer(Box(mode="train"), name="Object"), "(Object)"),
    "compiled function": (
        lambda: base.PureLayer(jax.jit(functools.partial(_scale, mode="train")), name="Jitted"),
        "jitted (Jitted)",
    ),
    "dictionary of arguments": (lambda: Keeper({"mode": "train"}), "keeper (Keeper)"),
    "another attribute": (lambda: TwoModes("train"), "two_modes (TwoModes)"),
    "decided when built": (lambda: Baked(), "baked (Baked)"),
    "decided when built, no mode": (lambda: BakedFlag("train"), "baked_flag (BakedFlag)"),
    "layer in an object": (lambda: Keeper(Box(layer=tl.Dropout(0.5))), "holds Dropout"),
    "layer in a compiled function": (
        lambda: Keeper(jax.jit(tl.Dropout(0.5).pure_fn)),
        "holds Dropout",
    ),
    "own compiled function": (_jitted_self, "serial/serial/dropout (Dropout) holds Dropout"),
    "combinator that reads its mode in init": (lambda: _ReadsModeInInit(), "(_ReadsModeInInit)"),
}


class _ReadsModeInInit(tl.Serial):
    def __init__(self, mode="train"):
        super().__init__(tl.Dense(3))
        self._mode = mode

    def init_weights_and_state(self, input_signature):
        if self._mode != "predict":
            super().init_weights_and_state(input_signature)


@pytest.mark.parametrize("kind", UNSWITCHABLE)
def test_layer_that_cannot_be_switched_is_named(kind):
    make, named = UNSWITCHABLE[kind]
    mode = "predict" if "init" in kind else "eval"
    model = tl.Serial(tl.Dropout(0.1), tl.Serial(tl.Dense(3), make()))
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        modes.with_mode(model, mode)
    assert "  serial/serial/" in str(caught.value)
    assert f"Build the model with mode={mode!r}" in str(caught.value)
    assert modes.modes(model)["serial/dropout"] == "train"


@pytest.mark.parametrize("kind", UNSWITCHABLE)
def test_nothing_is_wrong_where_nothing_changes(kind):
    model = tl.Serial(tl.Dropout(0.1), tl.Serial(tl.Dense(3), UNSWITCHABLE[kind][0]()))
    assert modes.modes(modes.with_mode(model, "train")) == modes.modes(model)


def test_closure_of_the_mode_that_is_asked_for_is_fine():
    model = tl.Serial(tl.Dropout(0.5), _closed_over("eval"))
    switched = modes.with_mode(model, "eval")
    assert modes.modes(switched) == {"serial/dropout": "eval", "serial/closed": "eval"}


def _harmless(d, causal, mode, test=0.5):
    drop = tl.Dropout(0.1, mode=mode)
    deep = d > 3
    rate = 0.5 if mode == "train" else 0.0

    def shifted(x):
        return x + 1 if deep and causal else x * test

    return tl.Serial(drop, tl.Fn("Shift", lambda x: shifted(x)), tl.Dropout(rate, mode=mode), drop)


def test_what_does_not_come_from_the_mode_is_no_reason():
    evaluated = modes.with_mode(_harmless(2, True, "train"), "eval")
    assert set(modes.modes(evaluated).values()) == {"eval"}


def test_a_name_tells_of_the_variable():
    with pytest.raises(ValueError, match=r"in which 'scale', computed from the mode or named for"):
        modes.with_mode(_number("train"), "eval")


def test_initialisers_have_modes_of_another_kind():
    kernel = tl.ScaledInitializer(-1, 0, 1.0, "fan_avg", "uniform")
    model = tl.Serial(tl.Dense(3, kernel_initializer=kernel), tl.Dropout(0.5))
    assert modes.modes(modes.with_mode(model, "eval")) == {"serial/dropout": "eval"}


def test_shift_right_is_switched_not_refused():
    x = np.arange(6).reshape(1, 6)
    model = tl.Serial(tl.ShiftRight())
    predictor = modes.with_mode(model, "predict")
    np.testing.assert_array_equal(predictor(x), x)
    np.testing.assert_array_equal(modes.with_mode(predictor, "eval")(x), model(x))
    assert model(x)[0, 0] == 0 and model(x)[0, 1] == 0 and model(x)[0, 2] == 1


@pytest.mark.parametrize(
    "layer",
    [
        tl.PositionalEncoding(dropout=0.1, mode="eval"),
        tl.research.position_encodings.SinCosPositionalEncoding(dropout=0.1, mode="eval"),
        tl.research.position_encodings.AxialPositionalEncoding(dropout=0.1, mode="eval"),
        tl.SelfAttention(attention_dropout=0.1, mode="eval"),
        tl.LSHSelfAttention(output_dropout=0.1, mode="eval"),
        tl.PureLSHSelfAttention(output_dropout=0.1, mode="eval"),
        tl.EncDecAttention(output_dropout=0.1, mode="eval"),
        tl.BlockSparseFF(8, 2, mode="eval"),
        tl.SwitchSparseFF(8, 2, mode="eval"),
        tl.SparseFF(8, 2, mode="eval"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_what_eval_forgot_cannot_be_trained(layer):
    with pytest.raises(ValueError, match=r"was built in 'eval' mode, which forgets its \w+"):
        modes.with_mode(layer, "train")


@pytest.mark.parametrize("attention", [tl.SelfAttention, tl.LSHSelfAttention])
def test_memory_lengths_that_were_not_kept_are_an_error(attention):
    with pytest.raises(ValueError, match="in another mode, which forgets its predict_mem_len"):
        modes.with_mode(attention(causal=True, chunk_len=4), "predict")


def test_attention_with_memory_goes_to_eval_and_back():
    kwargs = {"causal": True, "chunk_len": 4, "predict_mem_len": 8, "predict_drop_len": 4}
    built = tl.SelfAttention(**kwargs, mode="predict")
    evaluated = modes.with_mode(built, "eval")
    assert not evaluated._incremental
    assert modes.with_mode(evaluated, "predict")._incremental


def test_state_that_cannot_be_made_later_asks_for_a_signature():
    skip = tl.Fn("Always", lambda x: x[0, 0, 0] == x[0, 0, 0])
    block = tl.Serial(tl.CausalAttention(4, max_inference_length=8))
    model = tl.Serial(tl.Dup(), tl.Cond(skip, block))
    x = np.ones((1, 3, 4), np.float32)
    assert modes.with_mode(model, "predict")  # Not initialised: `init` will make the state.
    model.init(shapes.signature(x))
    with pytest.raises(ValueError, match=r"is in a tl.Cond .*\n.*with_mode\(model, 'predict', inp"):
        modes.with_mode(model, "predict")
    predictor = modes.with_mode(model, "predict", shapes.signature(x[:, :1]))
    steps = [predictor(x[:, i : i + 1]) for i in range(3)]
    want = modes.with_mode(model, "eval")(x)
    np.testing.assert_allclose(np.concatenate(steps, axis=1), want, atol=1e-6)


def test_many_equal_problems_are_told_briefly():
    model = tl.Serial(tl.Dropout(0.5), [_closed_over("train") for _ in range(12)])
    with pytest.raises(ValueError, match=r"closed_5 .*\n  \.\.\. and 7 more\."):
        modes.with_mode(model, "eval")


@pytest.mark.parametrize("mode", ["evil", "Eval", "test", None, 3])
def test_unknown_mode(mode):
    allowed = "The modes are 'train', 'eval', 'predict', 'viz', 'collect'."
    with pytest.raises(ValueError, match=re.escape(f"with_mode: unknown mode {mode!r}.")) as caught:
        modes.with_mode(tl.Dropout(0.5), mode)
    assert str(caught.value).endswith(allowed)
    assert ("Did you mean 'eval'?" in str(caught.value)) == (mode in ("evil", "Eval"))


def test_not_a_layer():
    with pytest.raises(TypeError, match=r"with_mode takes a Trax layer .* received <function _clo"):
        modes.with_mode(_closed_over, "eval")
