"""Pickles of Trax's checkpoints are read without running them, and give what pickle would."""

import builtins
import collections
import io
import os
import pickle
import random

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from trax_activations._trax import ShapeDtype
from trax_activations.checkpoints import stock_pickle
from trax_activations.checkpoints.run_file import CheckpointError

VALUES = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=">i4"),
    np.asarray([True, False]),
    np.asarray(3 + 1j),
    np.empty((0, 3), np.uint8),
    np.ones((2, 2), ml_dtypes.bfloat16),
    jnp.arange(3),
    jnp.asarray(0.1),
    jnp.ones((2, 3), jnp.bfloat16),
    np.float32(0.1),
    np.bool_(True),
    ml_dtypes.bfloat16(0.5),
]
PLAIN = [
    {"step": 3, "a": [1.5, None, True, "é", b"bytes", 2**70, -0.0, ()]},
    (
        ShapeDtype((2, 3), np.dtype("float32")),
        [ShapeDtype((None,), np.dtype("int32")), ShapeDtype((1,), np.dtype(jnp.bfloat16))],
    ),
]


def load(content):
    return stock_pickle.load(io.BytesIO(content))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{value.dtype}")
def test_arrays_and_scalars_are_as_pickle_gives_them(value, protocol):
    found = load(pickle.dumps(value, protocol))
    expected = np.asarray(value)
    assert type(found) is (type(value) if isinstance(value, np.generic) else np.ndarray)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()
    assert isinstance(found, np.generic) or found.flags.writeable


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_plain_values_and_signatures_are_as_pickle_gives_them(value, protocol):
    found = load(pickle.dumps(value, protocol))
    assert found == value and repr(found) == repr(value)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, jnp.float32, jnp.uint8, jnp.bfloat16])
def test_a_dtype_may_be_a_class(dtype):
    found = load(pickle.dumps(ShapeDtype((2,), dtype)))
    assert found.shape == (2,) and found.dtype == np.dtype(dtype)
    assert isinstance(found.dtype, np.dtype)


def test_a_mapping_with_a_default_becomes_a_plain_one():
    found = load(pickle.dumps(collections.defaultdict(list, {"loss": [(1, 0.5)]})))
    assert type(found) is dict and found == {"loss": [(1, 0.5)]}


def test_what_is_shared_is_made_once():
    array = np.zeros(3)
    first, second = load(pickle.dumps([array, array]))
    assert first is second
    bomb = "a"
    for _ in range(100):
        bomb = [bomb, bomb]
    assert len(load(pickle.dumps(bomb))) == 2  # In no time.


@pytest.mark.parametrize("name", ["numpy.core", "numpy._core"])
def test_names_of_older_numpy_and_jax_are_known(name):
    content = pickle.dumps(jnp.arange(3), 2).replace(b"cnumpy._core.", b"cnumpy.core.")
    content = content.replace(b"cnumpy.core.", f"c{name}.".encode())
    new, old = (
        b"jax._src.array\n_reconstruct_array",
        b"jax._src.device_array\nreconstruct_device_array",
    )
    assert new in content
    for known in (content, content.replace(new, old)):
        assert load(known).tolist() == [0, 1, 2]


class Asks:
    """Pickles as a call."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Asks(os.mkdir, ("unpickled",)), r"it asks for (posix|nt)\.mkdir, which no checkpoint"),
        (Asks(builtins.eval, ("1 + 1",)), r"builtins\.eval"),
        (Asks(getattr, ("", "join")), r"builtins\.getattr"),
        (Asks(np.load, ("model.npy",)), r"numpy\.load"),
        (collections.OrderedDict(), r"collections\.OrderedDict"),
        (np.asarray([None]), "array of dtype 'O8'"),
        (np.asarray(["text"]), "array of dtype 'U4'"),
        (np.zeros(2, "f4,i4"), "array of dtype 'V8'"),
        (np.zeros(2, "M8[s]"), "array of dtype 'M8'"),
        (list, r"it holds <class 'list'>"),
        (np.ndarray, "it holds <class"),
        (Asks(np.ndarray, ((10,),)), "no pickle of Trax's"),
        (Asks(list, (3,)), "no pickle of Trax's"),
        ({1, 2}, "it holds {1, 2}"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_what_no_checkpoint_needs_is_refused(value, reason, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if isinstance(value, set) and protocol == 2:
        reason = r"builtins.set"
    with pytest.raises(CheckpointError, match=reason):
        load(pickle.dumps({"a": [value]}, protocol))
    assert os.listdir(tmp_path) == []


DTYPE = b"cnumpy\ndtype\n(X\x02\x00\x00\x00f4I00\nI01\ntR"
ARRAY = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntC\x01btR"
FLOATS = b"(I1\n(I%b\nt" + DTYPE + b"I00\nC\x04\0\0\0\0tb."


@pytest.mark.parametrize(
    "content",
    {
        "empty": b"",
        "text": b"step: 3",
        "no end": pickle.dumps([1, 2])[:-1],
        "too long": ARRAY + FLOATS % b"2",
        "negative": ARRAY + FLOATS % b"-3",
        "huge": ARRAY + FLOATS % b"999999999999999999999",
        "no state": ARRAY + b".",
        "state of a class": b"cnumpy\nndarray\n(NX\x04\x00\x00\x00makeNub.",
        "state of a mapping": b"ccollections\ndefaultdict\n(tR(NNtb.",
        "array of itself": b"]q\x00h\x00a.",
        "dtype of itself": b"cnumpy\ndtype\n(]q\x00h\x00atR.",
        "deep": b"]" * 5_000 + b"a" * 4_999 + b".",
        "persistent": b"Pname\n.",
        "bytes of 2^60": b"\x80\x04\x8e" + (2**60).to_bytes(8, "little") + b".",
        "endless number": b"\x8b\xff\xff\xff\x7f.",
    }.values(),
)
def test_what_makes_no_sense_is_refused(content):
    with pytest.raises(CheckpointError):
        load(content)


def test_no_changed_byte_does_anything_else():
    rng = random.Random(0)
    content = pickle.dumps({"step": 3, "state": VALUES, "signature": PLAIN, "a": 0.5}, 4)
    refused = 0
    for _ in range(1000):
        damaged = bytearray(content)
        for _ in range(rng.choice([1, 3])):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            load(bytes(damaged))
        except CheckpointError:
            refused += 1
    assert refused > 300
    assert load(content)["step"] == 3  # What was damaged before has left nothing behind.
