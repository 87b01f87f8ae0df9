"""What is installed: setup.cfg says it once, and Makefile and README install just that."""

import ast
import configparser
import pathlib
import re
import subprocess
import sys
from importlib import metadata

import pytest

ROOT = pathlib.Path(__file__).parents[1]
# What Trax uses with TensorFlow only; jaxlib comes with JAX.
WITH_TENSORFLOW = {"funcsigs", "gym", "jaxlib", "tensorflow-datasets", "tensorflow-text"}
# What the package imports where an extra has brought it.
OPTIONAL = {
    "plotext": "terminal",
    "distributed": "dask",
    "scikit_posthocs": "statistics",
    "jax2onnx": "export",
    "onnxruntime": "export",
    "sklearn": "examples",
    "tensorflow": "trax",
    "trax": "trax",
}
# Parts of what is required.
PARTS = {"PIL": "matplotlib", "jaxlib": "jax", "ml_dtypes": "jax"}


def setup_cfg():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def names(requirements):
    """Of distributions, as pip writes them."""
    found = (re.match(r"[\w.-]+", line) for line in requirements.strip().splitlines())
    return {match[0].lower().replace("_", "-") for match in found if match}


def required():
    return names(setup_cfg()["options"]["install_requires"])


def extra(name):
    return setup_cfg()["options.extras_require"][name].strip()


def test_trax_comes_as_an_extra_only():
    assert not required() & {"trax", *WITH_TENSORFLOW}
    assert names(extra("trax")) >= {"trax"}


def test_everything_else_that_trax_requires_is_required():
    theirs = [line for line in metadata.requires("trax") if "extra ==" not in line]
    assert names("\n".join(theirs)) - WITH_TENSORFLOW <= required()


def test_everything_that_the_package_imports_is_required():
    imported = set()
    for path in (ROOT / "trax_activations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    assert all(extra(name) for name in OPTIONAL.values())
    imported -= {*sys.stdlib_module_names, "trax_activations", *OPTIONAL, *PARTS}
    distributions = {"absl": "absl-py", "gin": "gin-config"}
    assert {distributions.get(name, name) for name in imported} <= required()


@pytest.mark.parametrize("file", ("Makefile", "README.md"))
def test_makefile_and_readme_install_what_setup_cfg_names(file):
    text = (ROOT / file).read_text()
    (trax,) = (line for line in extra("trax").splitlines() if line.startswith("trax"))
    assert f"--no-deps '{trax}'" in text
    assert re.search("pip.* install.* --upgrade pip", text) or "$(PIP) --upgrade pip" in text
    installed = re.findall(r"--?e(?:ditable)? '([^']*)'", text)
    assert installed
    for line in installed:
        assert re.fullmatch(r"\.\[[a-z,]+\]", line)
        for name in line[2:-1].split(","):
            assert extra(name)


def test_the_python_versions_are_those_of_the_classifiers():
    versions = re.findall(r"Python :: (3\.\d+)", setup_cfg()["metadata"]["classifiers"])
    assert setup_cfg()["options"]["python_requires"] == f">={versions[0]}"
    noxfile = (ROOT / "noxfile.py").read_text()
    assert all(f'"{version}"' in noxfile for version in versions)


def test_without_trax_a_layer_says_what_to_install():
    code = "import sys; sys.modules['trax'] = None; import trax_activations as ta; ta.Relu"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith(
        "What is not in trax_activations.functional needs Trax, which is not installed. "
        "Install it: pip install --no-deps trax, or with TensorFlow: "
        "pip install 'trax-activations[trax]'"
    )
