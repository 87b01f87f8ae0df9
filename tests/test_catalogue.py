"""Whoever asks what functions exist - files, face, registry, references - hears the same."""

import ast
import inspect
import pathlib
import pickle
import re
from typing import get_args

import pytest
from cases import every_spec
from references import REFERENCES, SETTINGS

from trax_activations import functional, registry
from trax_activations._spec import Group, activation

pytestmark = pytest.mark.quick
FILES = {path.stem: path for path in pathlib.Path(functional.__file__).parent.glob("_[a-z]*.py")}
SHARED = {"_custom", "_derived", "_elementwise", "_gain", "_noise", "_numerics", "_remat"}
SECTIONS = ("    .. math::", "Args:", "References:", "Example:")

# What the module says of all functions, and so no docstring of one.
SAID_ONCE = ("shape and dtype of ``x``.", "TypeError: If ``x``")


def _written():
    """Names of the functions under ``@activation``, also in files that nothing imports."""
    for path in FILES.values():
        for node in ast.parse(path.read_text()).body:
            decorators = getattr(node, "decorator_list", ())
            called = [d.func for d in decorators if isinstance(d, ast.Call)]
            if any(getattr(function, "id", "") == "activation" for function in called):
                yield node.name


def test_every_function_that_is_written_is_in_the_face_and_registered():
    written = set(_written())
    forgotten = written - set(dir(functional))
    assert not forgotten, f"functional/__init__.py lacks a line for {sorted(forgotten)}"
    assert set(registry.names()) == written


def test_the_face_has_nothing_else():
    public = {
        name
        for name in dir(functional)
        if not name.startswith("_") and not inspect.ismodule(getattr(functional, name))
    }
    assert public >= {*registry.names(), *functional._OTHER_FUNCTIONS}
    functions = {name for name in public if not inspect.isclass(getattr(functional, name))}
    assert functions == {*registry.names(), *functional._OTHER_FUNCTIONS}


def test_every_name_has_a_float64_reference():
    assert set(REFERENCES) == set(registry.names())
    for spec in registry.specs():
        assert REFERENCES[spec.name].__module__ == f"references.{spec.family}"
    assert set(SETTINGS) <= set(registry.names())


@every_spec
def test_docstring_has_every_section(spec):
    doc = inspect.getdoc(spec.function)
    missing = [section for section in SECTIONS if section.strip() not in doc]
    assert not missing
    assert not [words for words in SAID_ONCE if words in doc]
    assert spec.summary.endswith(".")
    documented = doc.partition("Args:")[2].partition("References:")[0]
    for argument in inspect.signature(spec.function).parameters:
        assert f"{argument}:" in documented


@every_spec
def test_every_source_is_named_with_its_year(spec):
    assert re.fullmatch(r"[^,].*, .+ \((19|20)\d\d\)", spec.paper)


@pytest.mark.parametrize("family", sorted({*FILES} - SHARED))
def test_a_family_imports_no_other(family):
    others = {*FILES} - SHARED - {family}
    assert not [other for other in others if f"functional.{other} " in FILES[family].read_text()]


@every_spec
def test_the_record_calls_the_function(spec):
    assert spec.function is getattr(functional, spec.name)
    assert spec.__call__.__doc__
    assert spec.family in {name.lstrip("_") for name in FILES}


@every_spec
def test_a_record_has_a_group_a_hash_and_is_pickled_by_name(spec):
    assert spec.group in get_args(Group)
    assert pickle.loads(pickle.dumps(spec)) is spec
    assert {spec: 1}[spec] == 1


@every_spec
def test_found_by_name_alias_and_layer_name(spec):
    for name in (spec.name, spec.layer_name, *spec.aliases):
        assert registry.get(name) is spec


def test_unknown_name_suggests_a_near_one():
    with pytest.raises(KeyError, match=r"^Unknown activation 'parametric_rely'\. Did you mean "):
        registry.get("parametric_rely")
    with pytest.raises(KeyError, match=r"^Unknown activation 'zzz'\. See trax_activations"):
        registry.get("zzz")


@pytest.mark.parametrize("name", [3, None, ["relu"]])
def test_a_name_is_a_string(name):
    with pytest.raises(TypeError, match=r"is a string, as 'gelu'; received"):
        registry.get(name)


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="'relu' is registered already"):

        @activation(paper="none")
        def relu(x):
            return x
