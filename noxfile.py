"""What `make matrix` runs: each Python, the oldest and the newest JAX, no TensorFlow, the wheel.

Each session has an environment of its own in .nox/. One alone:
`nox -s "quick(python='3.12', jax='oldest')"`.
"""

import configparser
import glob
import os
import pathlib
import re
import tempfile

import nox

nox.options.default_venv_backend = "uv|virtualenv"
# pyenv keeps its interpreters where no PATH leads.
PYENV = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *glob.glob(f"{PYENV}/versions/*/bin")])

OPTIONS = configparser.ConfigParser()
OPTIONS.read("setup.cfg")
OLDEST = re.search(r"jax>=(\S+)", OPTIONS["options"]["install_requires"])[1]
TRAX = re.search(r"trax>=\S+", OPTIONS["options.extras_require"]["trax"])[0]
JAX = {"oldest": f"jax=={OLDEST}", "newest": "jax"}
PYTEST = ("pytest", "-n", "2", "--dist", "loadgroup")
CORE = ("trax_activations/functional", "trax_activations/registry.py")


def install(session, extras, jax, trax="without TensorFlow"):
    """This checkout, and Trax: "with TensorFlow", "without TensorFlow" or not at all."""
    extras += ",trax" if trax == "with TensorFlow" else ""
    session.install("--editable", f".[{extras}]", JAX[jax])
    if trax == "without TensorFlow":
        session.install("--no-deps", TRAX)
    session.run("python", "-c", "import jax; print('JAX', jax.__version__)")


# Where JAX differs most: Python 3.10's newest is the oldest that we take.
@nox.session
@nox.parametrize("python, jax", [("3.10", "oldest"), ("3.13", "newest")])
def whole(session, jax):
    """The whole suite."""
    install(session, "test", jax, trax="with TensorFlow")
    session.run(*PYTEST, *session.posargs)


@nox.session
@nox.parametrize(
    "python, jax",
    [
        ("3.11", "oldest"),
        ("3.11", "newest"),
        ("3.12", "oldest"),
        ("3.12", "newest"),
        ("3.13", "oldest"),
    ],
)
def quick(session, jax):
    """`make quick`: what needs no Trax, which is not there."""
    install(session, "test", jax, trax=None)
    files = (f"{file}" for file in pathlib.Path("tests").glob("test_*.py"))
    quick = [file for file in files if "mark.quick" in pathlib.Path(file).read_text()]
    session.run(*PYTEST, "-m", "not thorough", *quick, *CORE, *session.posargs)


@nox.session(python="3.12")
def light(session):
    """The whole suite without TensorFlow; what needs it is skipped, and counted."""
    install(session, "test", "newest")
    session.run(*PYTEST, *session.posargs)


@nox.session(python="3.11")
def wheel(session):
    """Trains from the wheel alone, in an environment and a folder that hold nothing else."""
    session.install("build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder)
        (built,) = pathlib.Path(folder).glob("*.whl")
        session.install(f"{built}[examples]")
        session.install("--no-deps", TRAX)
        with session.chdir(folder):
            steps = "--config=train.steps = 100"
            run = ("--config_file=digits_mlp.gin", steps, "--output_dir=run")
            session.run("trax-activations", "train", *run)
