"""What Windows lacks is not needed: file locks, and to replace a file that is open."""

import ast
import os
import pathlib
import sys

import pytest

from trax_activations import _atomic as atomic

ROOT = pathlib.Path(__file__).parents[1]
UNIX = {"fcntl", "grp", "pwd", "resource", "termios"}


def test_no_module_needs_those_of_unix_to_be_imported():
    for path in (ROOT / "trax_activations").rglob("*.py"):
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.Import):
                assert not UNIX & {name.name for name in statement.names}, path


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which files are open")
def test_what_is_open_is_neither_replaced_nor_removed(tmp_path, monkeypatch):
    def is_open(path):
        links = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
        return os.path.abspath(path) in {
            os.readlink(name) for name in links if os.path.exists(name)
        }

    class Windows:
        """The part of `os` that differs."""

        def __getattr__(self, name):
            return getattr(os, name)

        def replace(self, source, target):
            assert not is_open(source)
            os.replace(source, target)

        def unlink(self, path):
            if is_open(path):
                raise PermissionError(13, "used by another process")
            os.unlink(path)

        def open(self, path, *arguments):
            if os.path.isdir(path):
                raise PermissionError(13, "a directory")
            return os.open(path, *arguments)

    monkeypatch.setattr(atomic, "fcntl", None)
    monkeypatch.setattr(atomic, "os", Windows())
    path = tmp_path / "model"
    for text in (b"first", b"second"):
        with atomic.replacement(f"{path}", previous=f"{path}.old") as file:
            atomic.write_all(file, text)
    with pytest.raises(ZeroDivisionError), atomic.replacement(f"{path}"):
        raise ZeroDivisionError
    assert path.read_bytes() == b"second"
    assert pathlib.Path(f"{path}.old").read_bytes() == b"first"
    with atomic.replacement(f"{path}") as file:  # Sweeps away what the failed one has left.
        atomic.write_all(file, b"third")
    assert {entry.name for entry in tmp_path.iterdir()} == {"model", "model.old"}
