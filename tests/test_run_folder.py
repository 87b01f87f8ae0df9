"""One loop at a time writes into an output directory, which stays where it was."""

import json
import os
import signal
import socket
import subprocess
import sys

import gin
import pytest
from resume_worker import make_loop

from trax_activations import checkpoints, training
from trax_activations.cli import main
from trax_activations.training import folder as folders

# Another process: it locks the file, says so, and waits. Its child, too, holds on to the lock.
HOLDER = """
import fcntl, json, os, socket, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
json.dump({"process": os.getpid(), "host": socket.gethostname()}, file)
file.flush()
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    arguments = [sys.executable, "-c", HOLDER, str(tmp_path / ".running")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        yield process
        process.kill()
        os.kill(child, signal.SIGKILL)


def test_a_directory_in_use_is_refused_and_a_dead_lock_does_not_block(holder, tmp_path, capsys):
    told = rf"'{tmp_path}' is in use: process {holder.pid} on {socket.gethostname()} trains there"
    with pytest.raises(BlockingIOError, match=told):
        make_loop(tmp_path)
    run = ("train", "--config_file=digits_mlp", "--config=train.steps = 1")
    assert main([*run, f"--output_dir={tmp_path}"]) == 2
    assert "trains there. Wait for it, end it, or give another" in capsys.readouterr().err
    assert os.listdir(tmp_path) == [".running"]
    holder.kill()
    holder.wait()
    make_loop(tmp_path).run(1)
    assert not (tmp_path / ".running").exists()


def test_it_is_refused_when_a_run_begins_too_and_within_one_process(tmp_path):
    class Second(training.Callback):
        def on_step_begin(self, step):
            make_loop(tmp_path).run(1)

    loop = make_loop(tmp_path, callbacks=[Second])
    with pytest.raises(BlockingIOError, match="is in use: another loop of this process trains"):
        loop.run(1)
    loop._callbacks = []
    loop.run(1)


def test_without_locks_the_file_tells_whether_its_process_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "fcntl", None)
    lock = tmp_path / ".running"
    folder = folders.RunFolder(str(tmp_path))
    for content in ({"process": 2**22 + 1, "host": socket.gethostname()}, None):
        lock.write_text(json.dumps(content))
        with folder.in_use():
            assert json.loads(lock.read_text())["process"] == os.getpid()
        assert not lock.exists()
    lock.write_text(json.dumps({"process": 1, "host": "elsewhere"}))
    with pytest.raises(BlockingIOError, match=r"process 1 on elsewhere .*Its lock is '.*running'"):
        folder.check_free()


def test_what_another_loop_has_written_meanwhile_is_not_overwritten(tmp_path):
    first, second = make_loop(tmp_path), make_loop(tmp_path)
    second.run(1)
    with pytest.raises(BlockingIOError, match=r"Another loop has written to .*Make the loop anew"):
        first.run(1)
    first.load_checkpoint()
    first.run(1)
    assert checkpoints.read(str(tmp_path / "model.safetensors")).record["step"] == 1
    first.save_checkpoint("model")
    os.remove(tmp_path / "model.safetensors")  # As whoever wants to begin anew.
    first.run(1)


def test_a_relative_directory_stays_where_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loop = make_loop("run")
    os.mkdir("elsewhere")
    monkeypatch.chdir("elsewhere")
    loop.run(1)
    assert loop.output_dir == str(tmp_path / "run")
    assert (tmp_path / "run" / "model.safetensors").exists() and not os.listdir()
    assert folders.absolute("gs://bucket/run") == "gs://bucket/run"


def test_a_checkpoint_that_is_asked_for_must_be_there(tmp_path, capsys):
    loop = make_loop(tmp_path)
    assert "Going on" not in capsys.readouterr().out
    for arguments in [
        (str(tmp_path), "model"),
        (str(tmp_path), "model.safetensors"),
        (str(tmp_path / "nowhere"),),
        (None, "model.pkl.gz"),
    ]:
        with pytest.raises(FileNotFoundError, match=r"no checkpoint '.*\.safetensors', nor one of"):
            loop.load_checkpoint(*arguments)
    loop.run(1)
    path = tmp_path / "model.safetensors"
    for arguments in [
        (str(path),),
        (str(path)[:-12],),
        (str(tmp_path),),
        (str(tmp_path), "model.safetensors"),
        (None, "model"),
        (),
    ]:
        other = make_loop(tmp_path / "other")
        (other if arguments and arguments[0] else loop).load_checkpoint(*arguments)
        assert f"Going on from step 1 of {path}\n" in capsys.readouterr().out


def test_configs_of_the_earlier_parts_of_a_run_are_kept(tmp_path, monkeypatch):
    for text in ("a = 1\nb = 2\n", "a = 1\n", "a = 1\nb = 3\n"):
        loop = make_loop(tmp_path, checkpoint_at=lambda step: True)
        monkeypatch.setattr(gin, "operative_config_str", lambda text=text: text)
        if loop.step:
            loop._save_gin(None)  # As the command does where it goes on.
        loop.run(1)
    found = {path.name: path.read_text() for path in tmp_path.glob("*.gin")}
    assert found == {"config.gin": "a = 1\nb = 3\n", "config_until_step_2.gin": "a = 1\nb = 2\n"}
