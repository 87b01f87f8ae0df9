"""What is saved is loaded, whole or in part; what is no such file is refused; nothing is lost."""

import json
import os
import pickle
import stat
import struct

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from weighted_models import MODELS, numbers, weighted

import trax_activations as ta
from trax_activations import weights
from trax_activations._trax import layers as tl


def small(units=2, seed=0):
    model = tl.Serial(tl.Dense(3), ta.ParametricRelu(3), tl.Dense(units))
    model.init(numbers(1, 4), rng=jax.random.PRNGKey(seed))
    return model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("name", MODELS)
def test_stock_models_are_loaded_as_they_were_saved(name, path):
    model = weighted(name)
    saved = weights.to_dict(model)
    weights.save(model, path)
    weights.assign(model, {name: np.zeros_like(w) for name, w in saved.items()})
    weights.load(model, path)
    for name, loaded in weights.to_dict(model).items():
        np.testing.assert_array_equal(loaded, saved[name])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "int8", "bool"])
def test_every_bit_is_kept(dtype, path):
    layer = tl.Weights(lambda shape, key: jax.random.normal(key, shape).astype(dtype), (3, 5))
    layer.init(())
    weights.save(layer, path)
    found = weights.read(path)["weights/value"]
    assert (found.dtype, found.shape) == (jnp.dtype(dtype), (3, 5))
    assert found.tobytes() == np.asarray(layer.weights).tobytes()


@pytest.mark.parametrize("shape", [(), (0, 3), (1,)])
def test_scalars_and_empty_arrays_are_kept(shape, path):
    layer = tl.Weights(lambda shape, key: jnp.full(shape, 7.0), shape)
    layer.init(())
    weights.save(layer, path)
    assert weights.read(path)["weights/value"].shape == shape
    weights.load(layer, str(path))
    assert layer.weights.shape == shape


def test_arrays_in_any_order_are_saved_in_theirs(path):
    model = small()
    transposed = np.asfortranarray(np.arange(12, dtype=">f4").reshape(4, 3))
    model.weights = ((transposed, model.weights[0][1]), *model.weights[1:])
    weights.save(model, path)
    np.testing.assert_array_equal(weights.read(path)["serial/dense_1/kernel"], transposed)


def test_the_same_weights_make_the_same_file(tmp_path):
    for name in ("a", "b"):
        weights.save(small(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_others_may_read_the_file(path):
    before = os.umask(0o022)
    try:
        weights.save(small(), path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    weights.save(small(seed=1), path)
    old = path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        weights.save(small(seed=2), path)
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


def test_a_dtype_that_the_format_lacks_is_refused(path):
    layer = tl.Weights(lambda shape, key: jnp.zeros(shape, jnp.int4), (2,))
    layer.init(())
    with pytest.raises(TypeError, match=r"Cannot save weights of Weights_.*, which are int4"):
        weights.save(layer, path)
    assert not path.exists()


def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="no_such_folder"):
        weights.save(small(), tmp_path / "no_such_folder" / "x")
    with pytest.raises(FileNotFoundError, match="no_such_file"):
        weights.load(small(), tmp_path / "no_such_file")
    with pytest.raises(IsADirectoryError, match="is a directory; weights are in a file"):
        weights.load(small(), tmp_path)


def test_fine_tuning_leaves_the_new_last_layer_out(path):
    old, new = small(units=2, seed=1), small(units=5, seed=2)
    weights.save(old, path)
    kernel = new.weights[2][0]
    with pytest.raises(ValueError, match=r"/kernel' is float32\[3, 5\], received .*\[3, 2\]"):
        weights.load(new, path)
    weights.load(new, path, exclude="*/dense_2/*")
    np.testing.assert_array_equal(new.weights[0][0], old.weights[0][0])
    assert new.weights[2][0] is kernel


def test_patterns_choose_what_is_loaded(path):
    old, new = small(seed=1), small(seed=2)
    weights.save(old, path)
    before = weights.to_dict(new)
    weights.load(new, path, include=["*/dense_?/*"], exclude=("*/bias", "serial/dense_1/*"))
    after = weights.to_dict(new)
    assert [name for name in before if after[name] is not before[name]] == ["serial/dense_2/kernel"]


def test_what_is_chosen_must_be_in_model_and_file(path):
    weights.save(small(), path)
    deeper = tl.Serial(tl.Dense(3), ta.ParametricRelu(3), tl.Dense(2), tl.Dense(2))
    deeper.init(numbers(1, 4))
    with pytest.raises(ValueError, match=r"does not fit\.(.|\n)*missing: 'serial/dense_3/kernel'"):
        weights.load(deeper, path)
    with pytest.raises(ValueError, match=r"unknown: 'serial/parametric_relu/a'"):
        layer = tl.Serial(tl.Dense(3), tl.Relu(), tl.Dense(2))
        layer.init(numbers(1, 4))
        weights.load(layer, path)


@pytest.mark.parametrize("patterns", [{"include": "*/dens_1/*"}, {"exclude": ["head"]}])
def test_a_pattern_without_a_match_is_refused(patterns, path):
    weights.save(small(), path)
    with pytest.raises(ValueError, match=r"No weight of .* is called '(\*/dens_1/\*|head)'"):
        weights.load(small(), path, **patterns)


ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BYTES = b"\0" * 8


def content(header, data=BYTES, length=None):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


HOSTILE = {
    "nothing": b"",
    "three bytes": b"abc",
    "noise": np.random.default_rng(0).bytes(1000),
    "a pickle": pickle.dumps({"a": [1.0, 2.0]}),
    "truncated": content({"a": ONE}, BYTES[:4]),
    "too long": content({"a": ONE}, BYTES * 2),
    "a header that never ends": content({"a": ONE}, length=2**40),
    "a header longer than any memory": content({"a": ONE}, length=2**63),
    "a shape that is not there": content({"a": ONE | {"shape": [3]}}),
    "a shape beyond counting": content({"a": ONE | {"shape": [2**62, 4]}}),
    "two arrays in one place": content({"a": ONE, "b": ONE}),
    "an unknown dtype": content({"a": ONE | {"dtype": "F7"}}),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_such_file_is_refused(hostile, path):
    path.write_bytes(hostile)
    for attempt in (weights.read, lambda path: weights.load(small(), path)):
        with pytest.raises(ValueError, match="is not a safetensors file, or it is damaged"):
            attempt(path)


def test_arrays_that_numpy_cannot_hold_are_refused(path):
    path.write_bytes(content({"a": ONE | {"dtype": "F8_E4M3", "shape": [8]}}))
    with pytest.raises(ValueError, match="'a' is of dtype F8_E4M3, which NumPy lacks"):
        weights.read(path)
    path.write_bytes(content({"a": ONE | {"shape": [0, 2**62], "data_offsets": [0, 0]}}, b""))
    with pytest.raises(ValueError, match="'a' has shape"):
        weights.read(path)


def test_a_file_of_another_program_is_told_apart_by_its_names(path):
    path.write_bytes(content({"features.0.weight": ONE}))
    assert list(weights.read(path)) == ["features.0.weight"]
    with pytest.raises(ValueError, match=r"does not fit(.|\n)*unknown: 'features.0.weight'"):
        weights.load(small(), path)
