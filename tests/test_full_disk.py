"""Where nothing can be written, the command says so in one line, and harms no checkpoint."""

import errno
import os
import re
import shutil
import subprocess

import pytest

from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.cli import main

RUN = (
    "train",
    "--config_file=digits_mlp",
    "--config=width = 16",
    "--config=train.eval_frequency = 2",
)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of its own, for a short run."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def run(capsys, folder, steps):
    status = main([*RUN, f"--config=train.steps = {steps}", f"--output_dir={folder}"])
    return status, capsys.readouterr().err


def step_of(folder):
    return checkpoints.read(str(folder / "model.safetensors")).record["step"]


def assert_one_line(errors, message):
    assert re.fullmatch(rf"trax-activations: error: {message}\n", errors)


def test_a_disk_that_is_full_when_a_checkpoint_is_due(capsys, tmp_path, monkeypatch):
    assert run(capsys, tmp_path, 1) == (0, "")

    def full(descriptor):
        if "model" in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    status, errors = run(capsys, tmp_path, 4)
    assert status == 1
    assert_one_line(
        errors,
        rf"Cannot write '{tmp_path}/model\.safetensors': No space left on device\. Free some space "
        r"there, or choose another directory\. The last checkpoint is intact\.",
    )
    monkeypatch.undo()
    assert step_of(tmp_path) == 1
    assert run(capsys, tmp_path, 2) == (0, "")
    assert step_of(tmp_path) == 2


def test_a_disk_that_is_really_full(capsys, tiny_disk):
    folder = tiny_disk / "run"
    assert run(capsys, folder, 1) == (0, "")
    filling = tiny_disk / "filling"
    with pytest.raises(OSError, match="No space"), open(filling, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    status, errors = run(capsys, folder, 4)
    assert status == 1
    assert_one_line(errors, r"Cannot write '.*': No space left on device\. Free some .* intact\.")
    assert step_of(folder) == 1
    filling.unlink()
    assert run(capsys, folder, 2) == (0, "")
    assert step_of(folder) == 2


def test_a_folder_that_cannot_be_written(capsys, tmp_path):
    (tmp_path / "file").touch()
    status, errors = run(capsys, tmp_path / "file" / "run", 1)
    assert status == 2
    assert_one_line(errors, r".*/file is not a directory\. Give another --output_dir\.")
    status, errors = run(capsys, "/proc/run", 1)
    assert status == 2
    assert_one_line(errors, "cannot write '/proc/run': No such file .* Give another --output_dir.")
