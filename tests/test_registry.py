"""Whoever asks what exists - registry, functions, references, layers, gin - hears the same."""

import importlib
import inspect
import pathlib
import pickle
from typing import get_args

import gin
import pytest
from cases import every_spec
from references import REFERENCES, SETTINGS

import trax_activations as ta
from trax_activations import functional, layers, registry
from trax_activations._spec import Group
from trax_activations.layers._generated import layer_class

ALSO = ("activation", "economize", "functional", "layers", "models", "modes", "registry")
BASES = {"Activation", "Layer", "LearnedActivation"}
SECTIONS = ("    .. math::", "Args:", "Returns:", "Raises:", "References:", "Example:")


def test_registered_names_are_the_public_functions():
    public = {
        name
        for name, member in inspect.getmembers(functional, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public == {*registry.names(), *functional._OTHER_FUNCTIONS}


def test_every_name_has_a_float64_reference():
    assert set(REFERENCES) == set(registry.names())
    assert set(SETTINGS) <= set(registry.names())


def test_layers_are_those_of_the_registry_and_those_written_in_files():
    written = {
        name
        for path in _files("layers")
        if path.stem != "__init__"
        for name, member in inspect.getmembers(
            importlib.import_module(f"{layers.__name__}.{path.stem}"), inspect.isclass
        )
        if issubclass(member, layers.Layer) and not name.startswith("_")
    }
    assert set(layers.__all__) == {*registry.layer_names(), *written, "SirenInitializer"}
    assert {*layers.__all__, *ALSO} <= set(dir(ta))


def test_every_name_has_a_layer_and_a_gin_name():
    for name in set(layers.__all__) - BASES:
        layer = getattr(ta, name)
        assert layer is getattr(layers, name)
        assert gin.get_configurable(f"trax_activations.{name}") is not None


def test_layers_of_records_that_are_not_written_out_are_generated():
    learned = [spec for spec in registry.specs() if any(p.learned for p in spec.parameters)]
    modules = [getattr(layers, spec.layer_name).__module__ for spec in learned]
    assert modules.count(layers.__name__) >= 21
    with pytest.raises(TypeError, match=r"'dice' takes mean, variance from its layer.*class Dice"):
        layer_class(registry.get("dice"), __name__)


@every_spec
def test_docstring_has_every_section(spec):
    doc = inspect.getdoc(spec.function)
    missing = [section for section in SECTIONS if section.strip() not in doc]
    assert not missing
    assert spec.summary.endswith(".")
    documented = doc.partition("Args:")[2].partition("Returns:")[0]
    for argument in inspect.signature(spec.function).parameters:
        assert f"{argument}:" in documented


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
    from trax_activations._spec import activation

    with pytest.raises(ValueError, match="'relu' is registered already"):

        @activation(paper="none")
        def relu(x):
            return x


@every_spec
def test_a_record_has_a_group_a_hash_and_is_pickled_by_name(spec):
    assert spec.group in get_args(Group)
    assert pickle.loads(pickle.dumps(spec)) is spec
    assert {spec: 1}[spec] == 1


@every_spec
def test_the_record_calls_the_function(spec):
    assert spec.function is getattr(functional, spec.name)
    assert spec.__call__.__doc__
    assert spec.family in {p.stem.lstrip("_") for p in _files("functional")}


def test_no_file_is_longer_than_300_lines():
    long = {
        str(path): lines
        for room in ("", "functional", "layers", "training", "_trax")
        for path in _files(room)
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert not long


def _files(room):
    return (pathlib.Path(ta.__file__).parent / room).glob("*.py")
