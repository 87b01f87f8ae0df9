"""The command keeps compiled programs in the user's cache folder, unless told otherwise."""

import os
import pathlib
import subprocess
import sys

import pytest

from trax_activations.cli import compilation_cache

OURS = (
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_ENABLE_COMPILATION_CACHE",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
)
# As `train` does it: before JAX is imported, and with damage ignored.
PROGRAM = """
import sys, warnings
from trax_activations.cli import compilation_cache
compilation_cache.enable(sys.argv[1])
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message=compilation_cache.DAMAGED)
import jax, jax.numpy as jnp
print(jax.jit(lambda x: jnp.sort(jnp.tanh(x)) @ x)(jnp.ones(300)))
"""


@pytest.fixture
def run(tmp_path):
    """Runs the program with a cache folder of its own; returns what it kept there."""

    def command(choice, **environment):
        given = {k: v for k, v in os.environ.items() if k not in OURS}
        given |= {"XDG_CACHE_HOME": f"{tmp_path}", OURS[2]: "0", **environment}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, choice], env=given, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout, sorted((tmp_path / "trax_activations" / "compiled").glob("*-cache"))

    return command


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME")
def test_programs_are_kept_and_damaged_ones_compiled_again(run, tmp_path):
    printed, kept = run("on")
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:20])
    assert run("on")[0] == printed
    elsewhere = tmp_path / "elsewhere"
    for file in kept:
        file.unlink()
    assert run("on", JAX_COMPILATION_CACHE_DIR=f"{elsewhere}") == (printed, [])
    assert list(elsewhere.glob("*-cache"))
    assert run("off") == (printed, [])


def test_what_the_environment_says_stands_and_a_jax_that_runs_is_left_alone(monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "there")
    monkeypatch.delitem(sys.modules, "jax")
    compilation_cache.enable("on")
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "there"
    monkeypatch.undo()
    before = dict(os.environ)
    compilation_cache.enable("on")
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/there/trax_activations/compiled"),
        ("linux", None, "/home/me/.cache/trax_activations/compiled"),
        ("darwin", None, "/home/me/Library/Caches/trax_activations/compiled"),
        ("win32", "LOCALAPPDATA", "/there/trax_activations/compiled"),
    ],
)
def test_the_folder_is_that_of_the_platform(platform, variable, expected, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "/home/me")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "/there")
    assert compilation_cache.folder() == pathlib.Path(expected)
