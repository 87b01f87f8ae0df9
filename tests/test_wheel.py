"""What is built: the wheel holds all that it needs, and the source distribution builds the same."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = ("setup.cfg", "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Two wheels: built from a checkout, and from the source distribution that it gives."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        shutil.copy(ROOT / name, checkout)
    for folder in ("trax_activations", "configs"):
        shutil.copytree(ROOT / folder, checkout / folder)
    built = []
    for options in (["--wheel"], []):  # By default the wheel is built from the distribution.
        out = tmp_path_factory.mktemp("dist")
        command = [sys.executable, "-m", "build", "--no-isolation", f"--outdir={out}", *options]
        done = subprocess.run([*command, checkout], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        built += out.glob("*.whl")
    return [zipfile.ZipFile(path) for path in built]


def test_the_source_distribution_builds_the_same_wheel(wheels):
    of_checkout, of_distribution = (
        {info.filename: info.CRC for info in wheel.infolist() if "RECORD" not in info.filename}
        for wheel in wheels
    )
    assert of_distribution == of_checkout


def test_the_wheel_has_every_file_of_the_package(wheels):
    package = (ROOT / "trax_activations").rglob("*")
    wanted = {
        *(f"{path.relative_to(ROOT)}" for path in package if path.suffix in (".py", ".pyi")),
        *(f"trax_activations/{path.relative_to(ROOT)}" for path in ROOT.glob("configs/**/*.*")),
        "trax_activations/py.typed",
    }
    described = {name for name in wheels[0].namelist() if ".dist-info/" in name}
    assert set(wheels[0].namelist()) - described == wanted
    assert any(name.endswith("/LICENSE") for name in described)
    (metadata,) = (name for name in described if name.endswith("METADATA"))
    assert (ROOT / "README.md").read_text() in wheels[0].read(metadata).decode()


def test_the_wheel_finds_its_configs(wheels, tmp_path):
    """Alone, from any folder, by name."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    wheels[0].extractall(site)
    elsewhere.mkdir()
    code = (
        "from trax_activations.cli.config import _find\n"
        "for name in ('digits_mlp.gin', 'digits_mlp', 'rectifier_study/digits.gin'):\n"
        "    print(_find(name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": f"{site}"},
        text=True,
    )
    configs = site / "trax_activations" / "configs"
    names = ("digits_mlp.gin", "digits_mlp.gin", "rectifier_study/digits.gin")
    assert done.stdout.split() == [f"{configs / name}" for name in names]
