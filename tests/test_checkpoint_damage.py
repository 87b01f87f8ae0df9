"""A damaged or foreign file is never taken for a checkpoint; the one before is read instead."""

import gzip
import hashlib
import json
import os
import pickle

import numpy as np
import pytest

from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.checkpoints import tensor_file
from trax_activations.checkpoints.run_file import CheckpointError

ARRAYS = {"b": np.float32([1, 2, 3]), "a": np.int8(7), "empty": np.empty((0, 2))}
ZEROS = "0" * 64


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.safetensors")


@pytest.fixture
def whole(path):
    """The bytes of a checkpoint, which is at ``path``."""
    checkpoints.write(path, ARRAYS, {"step": 1, "history": [0.5]})
    return read_bytes(path)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def put(path, content):
    with open(path, "wb") as file:
        file.write(content)


def forge(header, data=b""):
    """A file whose digest fits, whatever its header says."""
    text = (
        header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    )
    text += b" " * (-len(text) % 8)
    content = len(text).to_bytes(8, "little") + text + data
    digest = hashlib.blake2b(content, digest_size=32).hexdigest()
    return content.replace(ZEROS.encode(), digest.encode(), 1)


def header(tensors=None, version="1", **metadata):
    return {
        "__metadata__": {"blake2b": ZEROS, "trax_activations": version, "record": "{}", **metadata},
        **(tensors or {}),
    }


def tensor(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_every_changed_byte_is_noticed(path, whole):
    for at in range(len(whole)):
        for mask in (1 << at % 8, 32, 255):  # 32 makes capitals of the digest's letters.
            damaged = bytearray(whole)
            damaged[at] ^= mask
            put(path, damaged)
            with pytest.raises(CheckpointError, match="is unusable"):
                checkpoints.read(path)
    put(path, whole)
    assert checkpoints.read(path).warning is None


def test_every_truncation_and_every_addition_is_noticed(path, whole):
    for length in range(len(whole)):
        put(path, whole[:length])
        with pytest.raises(CheckpointError, match="is unusable"):
            checkpoints.read(path)
    for excess in (b"\0", b" ", whole):
        put(path, whole + excess)
        with pytest.raises(CheckpointError, match=f"it is {len(excess)} bytes too long"):
            checkpoints.read(path)


def test_blocks_that_never_reached_the_disk_are_noticed(path):
    checkpoints.write(path, {"a": np.ones(10_000)}, {})
    whole = read_bytes(path)
    for start in range(0, len(whole), 4096):
        put(path, whole[:start] + bytes(len(whole[start : start + 4096])) + whole[start + 4096 :])
        with pytest.raises(CheckpointError, match="is unusable"):
            checkpoints.read(path)


def test_the_one_before_is_read_and_said(path, whole):
    checkpoints.write(path, {}, {"step": 2})
    newer = read_bytes(path)
    for at in range(len(newer)):
        put(path, newer[:at] + bytes([newer[at] ^ 1]) + newer[at + 1 :])
        found = checkpoints.read(path)
        assert found.path == checkpoints.previous(path)
        assert found.record["step"] == 1 and found.arrays.keys() == ARRAYS.keys()
        assert found.warning.startswith(f"{path!r} is unusable: ")
        assert found.warning.endswith(f"Read {found.path!r}, the checkpoint before it, instead.")
    put(path, newer)
    put(checkpoints.previous(path), b"")
    assert checkpoints.read(path).warning is None


def test_a_missing_file_is_not_a_damaged_one(path, whole):
    assert checkpoints.exists(path)
    os.rename(path, checkpoints.previous(path))
    assert checkpoints.exists(path)
    found = checkpoints.read(path)
    assert found.record["step"] == 1 and found.warning.startswith(f"{path!r} is missing. Read")
    os.unlink(checkpoints.previous(path))
    assert not checkpoints.exists(path)
    with pytest.raises(FileNotFoundError, match=f"There is no checkpoint '{path}'"):
        checkpoints.read(path)


def test_both_files_are_named_with_what_is_wrong(path, whole):
    put(path, whole[:-1])
    put(checkpoints.previous(path), b"")
    with pytest.raises(CheckpointError) as info:
        checkpoints.read(path)
    assert str(info.value) == (
        f"{path!r} is unusable: it is 1 bytes too short; {checkpoints.previous(path)!r} is "
        "unusable: it is empty. Put a copy of the checkpoint there, or move both files away to "
        "start anew."
    )
    os.unlink(checkpoints.previous(path))
    with pytest.raises(CheckpointError, match=r"model\.previous\.safetensors' is missing\. Put"):
        checkpoints.read(path)


def test_a_file_that_may_not_be_read_does_not_count_as_damaged(path, whole, monkeypatch):
    checkpoints.write(path, {}, {"step": 2})

    def load(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tensor_file, "load", load)
    with pytest.raises(PermissionError, match=f"Cannot read '{path}': Permission denied. Make it"):
        checkpoints.read(path)


def test_a_failing_disk_counts_as_damage(path, whole, monkeypatch):
    checkpoints.write(path, {}, {"step": 2})
    load = tensor_file.load

    def fail(name):
        if name == path:
            raise OSError(5, "Input/output error")
        return load(name)

    monkeypatch.setattr(tensor_file, "load", fail)
    found = checkpoints.read(path)
    assert found.record["step"] == 1 and "is unusable: Input/output error. Read" in found.warning


class Trap:
    """What unpickling would run."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize(
    ("content", "reason"),
    {
        "empty": (b"", "it is empty"),
        "text": (b"step: 3\n" * 100, "not written by trax_activations"),
        "short text": (b"step", "not written by"),
        "pickle": (pickle.dumps(Trap()), "not written by"),
        "long pickle": (pickle.dumps([Trap(), "a" * 1000]), "not written by"),
        "gzip": (gzip.compress(pickle.dumps(Trap()), mtime=0), "not written by"),
        "zeros": (bytes(1000), "not written by"),
        "endless header": (b"\xff" * 8 + json.dumps(header()).encode(), "not written by"),
        "header of 2^60": ((2**60).to_bytes(8, "little") + forge(header())[8:], "ends within its"),
        "header too short": ((30).to_bytes(8, "little") + forge(header())[8:], "ends within its"),
        "newer version": (forge(header(version="2")), "it is of version '2' of the format"),
        "no version": (forge({"__metadata__": {"blake2b": ZEROS}}), "header is damaged"),
        "no metadata": (forge(b'{"__metadata__":{"blake2b":"' + ZEROS.encode()), "header is dam"),
        "deep header": (
            forge(b'{"__metadata__":{"blake2b":"%b","a":%b' % (ZEROS.encode(), b"[" * 10**6)),
            "header is damaged",
        ),
        "no UTF-8": (
            forge(json.dumps(header()).replace(" ", "").encode().replace(b"{}", b"\xff")),
            "header is damaged",
        ),
        "metadata is a number": (forge(header(record=3)), "header is damaged"),
        "unknown dtype": (forge(header({"a": tensor("F31")}), bytes(4)), "header is damaged"),
        "negative size": (
            forge(header({"a": tensor(shape=[-1], offsets=[0, -4])})),
            "header is damaged",
        ),
        "negative sizes": (forge(header({"a": tensor(shape=[-1, -1])}), bytes(4)), "header is dam"),
        "size is a float": (forge(header({"a": tensor(shape=[1.0])}), bytes(4)), "header is dam"),
        "size is true": (forge(header({"a": tensor(shape=[True])}), bytes(4)), "header is dam"),
        "size is infinite": (forge(header({"a": tensor(shape=[1e999])})), "header is damaged"),
        "wrong offsets": (forge(header({"a": tensor(offsets=[4, 8])}), bytes(8)), "header is dam"),
        "overlap": (forge(header({"a": tensor(), "b": tensor()}), bytes(4)), "header is damaged"),
        "tensor is a list": (forge(header({"a": []})), "header is damaged"),
        "surrogate": (forge(header({"\ud800": tensor()}), bytes(4)), "header is damaged"),
        "huge array": (
            forge(header({"a": tensor(shape=[2**50], offsets=[0, 2**52])}), bytes(4)),
            "bytes too short",
        ),
        "empty but huge": (
            forge(header({"a": tensor(shape=[2**80, 0], offsets=[0, 0])})),
            "header is damaged",
        ),
        "too many dimensions": (
            forge(header({"a": tensor(shape=[1] * 99)}), bytes(4)),
            "header is damaged",
        ),
        "record is no JSON": (forge(header(record="{")), "it holds no record"),
        "record is a list": (forge(header(record="[]")), "record is no mapping"),
        "deep record": (forge(header(record="[" * 10**6)), "it holds no record"),
    }.values(),
)
def test_foreign_and_hostile_files_are_refused(path, content, reason, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    put(path, content)
    with pytest.raises(CheckpointError, match=f"is unusable: .*{reason}"):
        checkpoints.read(path)
    assert os.listdir(tmp_path) == ["model.safetensors"]  # Nothing was run.


def test_a_forged_file_would_pass_if_it_were_right(path):
    put(path, forge(header({"a": tensor()}), np.float32([3]).tobytes()))
    assert checkpoints.read(path).arrays["a"] == 3


def test_a_safetensors_file_of_others_is_refused(path):
    safetensors = pytest.importorskip("safetensors.numpy")
    arrays = {"a": np.ones(3, np.float32)}
    own = {"blake2b": ZEROS, "trax_activations": "1", "record": "{}"}
    for metadata in (None, {"format": "np"}, own):
        safetensors.save_file(arrays, path, metadata=metadata)
        with pytest.raises(CheckpointError, match="is unusable"):
            checkpoints.read(path)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(path, make):
    make(path)
    with pytest.raises(CheckpointError, match="it is not a regular file"):
        checkpoints.read(path)
