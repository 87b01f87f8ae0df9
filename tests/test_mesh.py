"""One seed, one loss curve: on 1 device, on 8, and on 2 processes of 4."""

import itertools
import json
import os
import pathlib
import socket
import subprocess
import sys
import types

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from trax_activations import training
from trax_activations._trax import base, optimizers
from trax_activations._trax import layers as tl
from trax_activations.training import devices
from trax_activations.training.devices import choose_devices

WORKER = pathlib.Path(__file__).parent / "mesh_worker.py"


def start(**options):
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return subprocess.Popen(
        [sys.executable, str(WORKER), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(WORKER.parent.parent)},
    )


def result(process):
    """The last line that a worker printed, read as JSON."""
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


@pytest.fixture(scope="module")
def curve_of_one_device():
    return result(start(devices=1))


def assert_same_curves(one, other):
    for kind in ("train", "eval"):
        assert len(one[kind]) == len(other[kind]) == 50
        np.testing.assert_allclose(one[kind], other[kind], rtol=1e-5)


def test_8_devices_learn_what_one_learns(curve_of_one_device):
    eight = result(start(devices=8))
    assert (curve_of_one_device["devices"], eight["devices"]) == (1, 8)
    assert_same_curves(curve_of_one_device, eight)


def test_2_processes_of_4_devices_learn_what_one_learns(curve_of_one_device, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = [
        start(devices=4, processes=2, process_id=i, port=port, output_dir=tmp_path / str(i))
        for i in range(2)
    ]
    try:
        results = [result(worker) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    for two in results:
        assert two["devices"] == 8
        assert_same_curves(curve_of_one_device, two)
    files = [
        {path.name for path in (tmp_path / str(i)).rglob("*") if path.is_file()} for i in (0, 1)
    ]
    assert "model.safetensors" in files[0]
    assert files[1] == set()


def test_a_batch_that_does_not_divide_says_which_sizes_do():
    assert result(start(devices=8, batch=30))["error"] == (
        "A batch of 30 cannot be split evenly over 8 devices. Sizes that can are the multiples of "
        "8, such as 24 or 32."
    )


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="n_devices=3, but this process has 1 device"):
        choose_devices(None, 3)
    with pytest.raises(TypeError, match=r"Loop takes a jax\.sharding\.Mesh .* received mesh=8"):
        choose_devices(8, None)


def test_a_mesh_of_one_device_is_a_mesh():
    mesh = jax.make_mesh((1,), ("data",))
    chosen = choose_devices(mesh, None)
    assert (chosen.given, chosen.data_axis) == (mesh, "data")
    assert chosen.mesh == Mesh(mesh.devices, ("data",))  # Without explicit shardings.
    x = chosen.split(np.ones((3, 2)))
    assert x.sharding.mesh == chosen.mesh


def test_options_of_trax_that_a_mesh_has_no_use_for_are_refused(monkeypatch):
    def loop(**options):
        batches = itertools.repeat((np.ones((4, 3), np.float32), np.zeros(4, np.int32)))
        task = training.TrainTask(batches, tl.CategoryCrossEntropy(), optimizers.SGD(0.1))
        return training.Loop(tl.Serial(tl.Dense(2)), task, **options)

    mesh = jax.make_mesh((1,), ("batch",))
    with pytest.raises(
        ValueError, match=r"adasum=True adds up the gradients of 1 dev.* n_devices=1"
    ):
        loop(adasum=True, mesh=mesh)
    loop(adasum=True)  # One gradient: nothing to add up.
    monkeypatch.setattr(base, "N_WEIGHTS_SHARDS", 2)
    with pytest.raises(
        ValueError, match=r"n_weights_shards=2 spreads .* Leave n_weights_shards at 1"
    ):
        loop()


def test_processes_that_found_other_checkpoints_are_told(monkeypatch):
    alone = choose_devices(None, 1)
    alone.check_same("step", 20, "Never said")
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    gathered = {"process_allgather": lambda value: np.stack([value, np.int32(0)])}
    monkeypatch.setattr(devices, "multihost_utils", types.SimpleNamespace(**gathered))
    with pytest.raises(RuntimeError, match=r"disagree on the step: \[20, 0\]\. Give all of them"):
        alone.check_same("step", 20, "Give all of them one output_dir")
    alone.check_same("step", 0, "Never said")
