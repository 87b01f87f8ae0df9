"""Files that only look like a checkpoint of Trax are refused, and run nothing."""

import gzip
import os
import pickle

import ml_dtypes
import numpy as np
import pytest

from trax_activations.checkpoints import RunState
from trax_activations.checkpoints.run_file import CheckpointError
from trax_activations.checkpoints.stock_checkpoints import read_stock, write_stock


class Trap:
    """What unpickling would run."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"flat_weights": [], "step": Trap()}, r"model\.pkl\.gz' is unusable: it asks for .*mkdir"),
        ({"step": 3}, "it holds no weights"),
        ([1, 2], "it holds no weights"),
        ({"flat_weights": 3.5}, r"pkl\.gz' is no checkpoint of Trax's"),
        ({"flat_weights": [], "history": {}}, "is no checkpoint of Trax's"),
        ({"flat_weights": [], "step": "three"}, "is no checkpoint of Trax's"),
    ],
)
def test_foreign_pickles_are_refused(content, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with gzip.open("model.pkl.gz", "wb") as file:
        pickle.dump(content, file)
    with pytest.raises(CheckpointError, match=reason):
        read_stock(".")
    assert os.listdir() == ["model.pkl.gz"]


@pytest.mark.parametrize("array", [np.asarray([None, Trap()]), np.zeros(2)])
def test_foreign_arrays_are_refused(array, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_stock(".", RunState(0, {"_values": {}}))
    with gzip.open("model.weights.npy.gz", "wb") as file:
        if array.dtype == object:
            np.save(file, array)
        else:
            file.write(b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, ")
            file.write(b"'shape': (1000000000000000,), }".ljust(69))
    with pytest.raises(CheckpointError, match=r"weights\.npy\.gz' is unusable"):
        read_stock(".")
    assert not os.path.exists("unpickled")


def test_arrays_that_such_files_cannot_hold_are_refused(tmp_path):
    weights = [np.zeros(2, ml_dtypes.float8_e5m2)]
    with pytest.raises(CheckpointError, match="no arrays of dtype float8_e5m2"):
        write_stock(str(tmp_path), RunState(0, {"_values": {}}, flat_weights=weights))
    assert os.listdir(tmp_path) == []
