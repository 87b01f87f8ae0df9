"""What is written into a checkpoint is what is read from it; what cannot be written says so."""

import errno
import json
import math
import os
import resource
import subprocess
import sys

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from trax_activations import _atomic as atomic
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.checkpoints import tensor_file
from trax_activations.checkpoints.run_file import CheckpointError

RNG = np.random.default_rng(0)
ARRAYS = {
    "serial/dense/kernel": RNG.normal(size=(3, 4)).astype(np.float32),
    "jax": jnp.arange(6, dtype=jnp.int32).reshape(2, 3),
    "half": jnp.asarray([1.5, -2.0], jnp.bfloat16),
    "scalar": np.asarray(0.1),
    "numpy scalar": np.float16(0.1),
    "empty": np.empty((0, 3), np.int8),
    "empty bfloat16": np.empty((2, 0), ml_dtypes.bfloat16),
    "fortran": np.asfortranarray(RNG.normal(size=(3, 4))),
    "strided": np.arange(10, dtype=np.uint64)[::-3],
    "big endian": np.arange(3, dtype=">u2"),
    "bool": np.asarray([True, False]),
    "complex": np.asarray([1 + 2j], np.complex64),
    "float8": np.asarray([0.5], ml_dtypes.float8_e4m3fn),
    'é ü \u4e2d \U0001f600 " \\ \n': np.arange(2),
}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.safetensors")


def same(found, given):
    given = np.asarray(given)
    names = found.dtype.name == given.dtype.name  # The byte order is the machine's own.
    bytes_ = found.tobytes() == given.astype(found.dtype).tobytes()
    return names and bytes_ and found.shape == given.shape


def test_arrays_come_back_as_they_were(path):
    checkpoints.write(path, ARRAYS, {})
    found = checkpoints.read(path)
    assert found.path == path and found.warning is None
    assert list(found.arrays) == list(ARRAYS)
    for name, array in found.arrays.items():
        assert same(array, ARRAYS[name]), name
        assert array.flags.writeable and array.flags.aligned and array.dtype.isnative


def test_every_dtype_of_the_format_is_kept(path):
    arrays = {tag: np.zeros(3, dtype) for tag, dtype in tensor_file._DTYPES.items()}
    checkpoints.write(path, arrays, {})
    found = checkpoints.read(path).arrays
    assert {tag: array.dtype for tag, array in found.items()} == tensor_file._DTYPES


def test_other_libraries_read_it(path):
    safetensors = pytest.importorskip("safetensors.numpy")
    arrays = {name: array for name, array in ARRAYS.items() if name != "float8"}
    checkpoints.write(path, arrays, {"step": 1})
    found = safetensors.load_file(path)
    assert found.keys() == arrays.keys()
    for name, array in found.items():
        assert same(array, arrays[name]), name


def test_each_array_is_aligned_in_the_file(path):
    checkpoints.write(path, ARRAYS, {})
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        tensors = json.loads(file.read(length))
    del tensors["__metadata__"]
    for tensor in tensors.values():
        start = 8 + length + tensor["data_offsets"][0]
        assert start % tensor_file._DTYPES[tensor["dtype"]].itemsize == 0


class OnDevices:
    """An array of JAX's that is on several devices, of which it keeps what it is asked for."""

    dtype, shape, is_fully_replicated = np.dtype("float32"), (3,), True

    def addressable_data(self, index):
        return np.float32([1, 2, 3])

    def __array__(self, *args, **kwargs):
        raise AssertionError("It would keep the copy.")


def test_an_array_does_not_keep_the_copy_made_for_the_file(path):
    checkpoints.write(path, {"a": OnDevices()}, {})
    assert checkpoints.read(path).arrays["a"].tolist() == [1, 2, 3]


def test_the_record_comes_back_exactly(path):
    floats = [np.float32(0.1), np.float64(1) / 3, np.float16(0.1), jnp.float32(0.3), 5e-324, -0.0]
    floats += [jnp.bfloat16(0.7), ml_dtypes.bfloat16(0.7), math.inf, np.float32(-np.inf), math.nan]
    history = {"train": {"loss": [(np.int64(i), value) for i, value in enumerate(floats)]}}
    others = [None, True, np.bool_(False), jnp.asarray(True), 2**70, "é \ud800", np.str_("a"), []]
    checkpoints.write(path, {}, {"history": history, "others": others, "empty": {}})
    record = checkpoints.read(path).record
    expected = [[i, float(value)] for i, value in enumerate(floats)]
    assert repr(record["history"]["train"]["loss"]) == repr(expected)  # Of NaN and -0.0, too.
    assert record["others"] == [None, True, False, True, 2**70, "é \ud800", "a", []]
    assert [type(value) for value in record["others"][1:4]] == [bool] * 3
    assert list(record) == ["history", "others", "empty"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"a": [{1: 2}]}, r"record\['a'\]\[0\] has the key 1\. Use strings"),
        ({"a": (0, np.zeros(2))}, r"record\['a'\]\[1\] is of type ndarray.*among the arrays"),
        ({"a": b"bytes"}, "is of type bytes"),
        ({"a": 1j}, "is of type complex"),
    ],
)
def test_a_record_that_would_change_is_refused(path, record, message):
    with pytest.raises(CheckpointError, match=message):
        checkpoints.write(path, {}, record)
    assert not os.listdir(os.path.dirname(path))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"a": np.zeros(2, complex)},
            "'a' has dtype complex128; a checkpoint holds float64, .*Con",
        ),
        ({"a": np.asarray(["x"])}, "'a' has dtype <U1"),
        ({"a": np.asarray([None])}, "'a' has dtype object"),
        ({"a": jax.random.key(0)}, r"'a' has dtype key<fry>.*by jax.random.key_data"),
        ({"__metadata__": np.zeros(2)}, "No array can be named '__metadata__'"),
        ({"\ud800": np.zeros(2)}, "no valid Unicode"),
    ],
)
def test_an_array_that_has_no_place_is_refused(path, arrays, message):
    checkpoints.write(path, {}, {"step": 1})
    with pytest.raises(CheckpointError, match=message):
        checkpoints.write(path, arrays, {})
    assert os.listdir(os.path.dirname(path)) == ["model.safetensors"]
    assert checkpoints.read(path).record == {"step": 1}


def test_a_header_that_no_library_would_read_is_refused(path, monkeypatch):
    monkeypatch.setattr(tensor_file, "_LONGEST_HEADER", 1000)
    with pytest.raises(CheckpointError, match=r"take \d{4} bytes; a checkpoint has room for 1000"):
        checkpoints.write(path, {}, {"text": "a" * 1000})


def test_the_file_before_is_kept_if_asked(path):
    for step in range(4):
        checkpoints.write(path, {}, {"step": step}, keep_previous=step < 3)
    assert checkpoints.previous(path) == path.replace("model.", "model.previous.")
    assert checkpoints.read(path).record == {"step": 3}
    assert checkpoints.read(checkpoints.previous(path)).record == {"step": 1}


def test_a_file_has_the_permissions_of_any_new_file(path):
    checkpoints.write(path, {}, {})
    with open(f"{path}.txt", "w"):
        pass
    assert os.stat(path).st_mode == os.stat(f"{path}.txt").st_mode


def test_a_missing_directory_is_made(tmp_path):
    checkpoints.write(str(tmp_path / "a" / "b" / "model.safetensors"), {}, {"step": 1})
    assert checkpoints.read(str(tmp_path / "a" / "b" / "model.safetensors")).record == {"step": 1}


def test_a_path_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for step in range(2):
        checkpoints.write("model.safetensors", {}, {"step": step})
    assert sorted(os.listdir()) == ["model.previous.safetensors", "model.safetensors"]


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        ("ENOSPC", OSError, "No space left on device. Free some space there"),
        ("EDQUOT", OSError, "Free some space there"),
        ("EACCES", PermissionError, "Make its directory writable, or choose another"),
        ("EROFS", OSError, "Make its directory writable"),
        ("EIO", OSError, "Choose another directory"),
    ],
)
def test_a_failure_is_told_in_one_line(path, monkeypatch, number, kind, advice):
    def fail(*args):
        raise OSError(getattr(errno, number), os.strerror(getattr(errno, number)))

    checkpoints.write(path, {}, {"step": 1})
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "open" if number in ("EACCES", "EROFS") else "fsync", fail)
        with pytest.raises(kind, match=f"{path}.*{advice}.*The last checkpoint is intact") as info:
            checkpoints.write(path, {}, {"step": 2})
    assert "\n" not in str(info.value) and info.value.errno == getattr(errno, number)
    assert os.listdir(os.path.dirname(path)) == ["model.safetensors"]
    assert checkpoints.read(path).record == {"step": 1}


def test_a_path_that_cannot_be_a_file_is_refused(path, tmp_path, monkeypatch):
    os.mkdir(path)
    with monkeypatch.context() as patch:
        patch.setattr(tensor_file, "dump", None)  # Before anything is written.
        with pytest.raises(IsADirectoryError, match=r"Is a directory\. Move that directory away"):
            checkpoints.write(path, {}, {})
    assert os.listdir(tmp_path) == ["model.safetensors"]
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file.model\.safetensors.*Choose another directory"):
        checkpoints.write(str(tmp_path / "file" / "model.safetensors"), {}, {})


def test_a_disk_that_is_really_full_leaves_the_last_checkpoint(path):
    code = f"""
import resource, sys
import numpy as np
from trax_activations import checkpoints
assert "trax" not in sys.modules and "jax" not in sys.modules
checkpoints.write({path!r}, {{"a": np.zeros(100)}}, {{"step": 1}})
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, {resource.RLIM_INFINITY}))
try:
    checkpoints.write({path!r}, {{"a": np.zeros(1000)}}, {{"step": 2}})
except OSError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"Cannot write '{path}': File too large." in run.stdout and run.stderr == ""
    assert os.listdir(os.path.dirname(path)) == ["model.safetensors"]
    assert checkpoints.read(path).record == {"step": 1}
