"""Wherever a write is stopped, a whole checkpoint is found, and the next write goes on as ever."""

import errno
import fcntl
import os
import random
import select
import signal
import stat
import subprocess
import sys
import types

import numpy as np
import pytest

from trax_activations import _atomic as atomic
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.checkpoints import tensor_file

KILLS = 20
CHILD = """
import os, sys
import numpy as np
from trax_activations import checkpoints
path, step = sys.argv[1], int(sys.argv[2])
while True:
    step += 1
    arrays = {"a": np.full(int(sys.argv[3]), step, np.int32)}
    checkpoints.write(path, arrays, {"step": step})
    os.write(1, step.to_bytes(8, "little"))  # Said only when it is safe.
"""


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.safetensors")


def write(path, step, size=100):
    checkpoints.write(path, {"a": np.full(size, step, np.int32)}, {"step": step})


def step_of(path):
    """The step of the checkpoint that is read, if its content fits."""
    found = checkpoints.read(path)
    assert (found.arrays["a"] == found.record["step"]).all()
    return found.record["step"], found.warning


def test_killed_processes_lose_nothing(path):
    rng = random.Random(0)
    safe = cut_short = 0
    write(path, safe)
    for i in range(KILLS):
        size = rng.choice([10, 10_000, 1_000_000])
        arguments = [path, str(safe), str(size)]
        with subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stdout=-1) as child:
            select.select([child.stdout], [], [])  # Until it has written once.
            select.select([], [], [], rng.uniform(0, 0.03))
            child.send_signal(signal.SIGKILL)
            said = child.stdout.read()
        assert child.returncode == -signal.SIGKILL, i
        safe = int.from_bytes(said[-8:], "little")
        found, warning = step_of(path)
        assert found in (safe, safe + 1) and warning is None
        before, _ = step_of(checkpoints.previous(path))
        assert before in (found - 1, found - 2)
        cut_short += len(os.listdir(os.path.dirname(path))) > 2
        safe = found
    assert cut_short  # Else no process was killed while it wrote.
    write(path, safe + 1)
    assert len(os.listdir(os.path.dirname(path))) == 2


class Stop(BaseException):
    """The end of a process: nothing of it runs any more."""


class System:
    """The system calls of a write, of which one fails, or is the last."""

    CALLS = ("close", "fsync", "link", "listdir", "lseek", "makedirs", "open", "replace", "unlink")

    def __init__(self, monkeypatch, failure=None, at=None, links=True):
        self.calls, self.failure, self.at, self.links = [], failure, at, links
        self.open_files = set()
        proxy = types.SimpleNamespace(**vars(os))
        for name in (*self.CALLS, "write"):
            setattr(proxy, name, self.wrapped(name))
        monkeypatch.setattr(atomic, "os", proxy)
        monkeypatch.setattr(tensor_file, "os", proxy)

    def wrapped(self, name):
        def call(*args, **kwargs):
            self.calls.append(name)
            stopped = self.failure is Stop and self.at is not None and len(self.calls) > self.at
            if stopped or len(self.calls) - 1 == self.at:
                raise self.failure if self.failure is Stop else OSError(self.failure, "injected")
            if name == "link" and not self.links:
                raise OSError(errno.EPERM, "no links here")
            if name == "write":
                args = args[0], bytes(args[1])[:100]  # So that a file takes several.
            result = getattr(os, name)(*args, **kwargs)
            if name == "open":
                self.open_files.add(result)
            elif name == "close":
                self.open_files.discard(args[0])
            return result

        return call

    def die(self):
        """What the kernel does for a dead process."""
        for descriptor in self.open_files:
            os.close(descriptor)


def count_calls(tmp_path_factory, links):
    path = str(tmp_path_factory.mktemp("count") / "model.safetensors")
    write(path, 1)
    with pytest.MonkeyPatch.context() as patch:
        system = System(patch, links=links)
        write(path, 2)
    assert {*System.CALLS, "write"} == set(system.calls)
    assert system.calls.count("write") > 4
    # The new file is safe before it gets its name, and its name before the one before is gone.
    order = [call for call in system.calls if call in ("fsync", "link", "replace")]
    assert order == ["fsync", "link", "replace", "fsync", "replace"]
    return len(system.calls)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("failure", [Stop, errno.ENOSPC, errno.EIO])
def test_each_system_call_may_be_the_last_or_fail(tmp_path_factory, monkeypatch, failure, links):
    newest = set()
    for at in range(count_calls(tmp_path_factory, links)):
        path = str(tmp_path_factory.mktemp("run") / "model.safetensors")
        write(path, 1)
        write(path, 2)
        with monkeypatch.context() as patch:
            system = System(patch, failure, at, links)
            try:
                write(path, 3)
            except Stop:
                system.die()
            except OSError as error:
                assert f"Cannot write {path!r}: injected." in str(error)
                assert "\n" not in str(error)
        found, warning = step_of(path)
        before, _ = step_of(checkpoints.previous(path))
        assert found in (2, 3) and warning is None, at
        assert before in (1, 2) and before < found, at
        if failure is not Stop and system.calls[at] != "unlink":
            assert len(os.listdir(os.path.dirname(path))) == 2, at
        newest.add(found)
        write(path, 4)
        assert step_of(path) == (4, None)
        assert step_of(checkpoints.previous(path)) == (found, None)
        assert len(os.listdir(os.path.dirname(path))) == 2, at
    assert newest == {2, 3}


def test_a_damaged_checkpoint_does_not_replace_the_one_before_too_early(path, monkeypatch):
    write(path, 1)
    write(path, 2)
    os.truncate(path, 50)
    at = 0
    while True:
        with monkeypatch.context() as patch:
            system = System(patch, Stop, at)
            try:
                write(path, 3)
            except Stop:
                system.die()
                assert step_of(path)[0] in (1, 3), at
            else:
                break
        at += 1
    assert at > 10
    assert step_of(path) == (3, None)


def test_a_full_disk_in_the_middle_of_a_file_leaves_nothing_behind(path, monkeypatch):
    write(path, 1)
    with monkeypatch.context() as patch:
        System(patch, errno.ENOSPC, 8)
        with pytest.raises(OSError, match=r"injected\. Free some space there"):
            write(path, 2)
    assert os.listdir(os.path.dirname(path)) == ["model.safetensors"]


def test_what_another_living_process_writes_is_left_alone(path, tmp_path):
    mine, dead = tmp_path / ".model.safetensors.1.new.tmp", tmp_path / ".model.safetensors.2.tmp"
    other = tmp_path / ".other.safetensors.1.new.tmp"
    for file in (mine, dead, other):
        file.write_bytes(b"begun")
    with open(mine, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write(path, 1)
        assert mine.exists() and other.exists() and not dead.exists()
    write(path, 2)
    assert not mine.exists() and other.exists()


def test_a_sweep_by_another_process_does_not_lose_the_new_checkpoint(path, monkeypatch):
    write(path, 1)
    with monkeypatch.context() as patch:
        System(patch)
        replace = atomic.os.replace

        def swept(source, target):
            replace(source, target)
            for entry in os.listdir(os.path.dirname(path)):
                if entry.endswith(".old.tmp"):
                    os.unlink(os.path.join(os.path.dirname(path), entry))

        patch.setattr(atomic.os, "replace", swept)
        write(path, 2)
    assert step_of(path) == (2, None)


def test_a_file_system_that_cannot_sync_directories_does(path, monkeypatch):
    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    write(path, 1)
    assert step_of(path) == (1, None)
