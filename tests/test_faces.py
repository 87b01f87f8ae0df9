"""The typed faces are what the registry makes of them, and show type checkers every name."""

import subprocess
import sys

import pytest

import trax_activations as ta
from trax_activations.layers._face import faces

IMPORTED = "[m for m in ('trax', 'tensorflow', 'jax', 'gin') if m in sys.modules]"


@pytest.mark.parametrize("path", faces(), ids=lambda path: path.parent.name)
def test_faces_are_up_to_date(path):
    """After a change of names or arguments: ``make faces``."""
    assert path.read_text() == faces()[path]


def test_names_are_listed_without_what_is_heavy():
    code = f"import sys, trax_activations as ta; dir(ta); sys.exit({IMPORTED} or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_listed_name_can_be_reached():
    for name in dir(ta):
        assert getattr(ta, name) is not None
    assert ta.models.ConvNet.__module__ == "trax_activations.models"


def test_an_unknown_name_is_an_attribute_error_that_python_mends():
    with pytest.raises(AttributeError, match="has no attribute 'ParamtricRelu'") as caught:
        _ = ta.ParamtricRelu
    assert (caught.value.name, caught.value.obj) == ("ParamtricRelu", ta)
