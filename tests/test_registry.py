"""Whoever asks what layers exist - registry, layers, gin - hears the same."""

import importlib
import inspect
import pathlib

import gin
import pytest

import trax_activations as ta
from trax_activations import layers, registry
from trax_activations.layers._generated import layer_class

ALSO = ("activation", "economize", "functional", "layers", "models", "modes", "registry")
BASES = {"Activation", "Layer", "LearnedActivation"}


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" hardswish ", ("hard_swish", (), {})),
        ("ELU(0.5)", ("elu", (0.5,), {})),
        ("elu(a=-1)", ("elu", (), {"alpha": -1})),
        ("RReLU(shared_axes=(0, 1))", ("randomized_relu", (), {"shared_axes": (0, 1)})),
    ],
)
def test_parse_reads_names_and_calls(text, found):
    spec, args, kwargs = registry.parse(text)
    assert (spec.name, args, kwargs) == found


def test_the_names_of_hugging_face_are_known():
    """Those of ACT2CLS in transformers/activations.py that are activations, and what they are."""
    found = {
        "gelu": "gelu gelu_python",
        "clipped_gelu": "gelu_10",
        "fast_gelu": "gelu_fast gelu_new gelu_pytorch_tanh gelu_python_tanh gelu_accurate",
        "hard_swish": "hardswish",
        "identity": "linear",
        "parametric_relu": "prelu",
        "silu": "silu swish",
        "squared_relu": "relu2",
    }
    same = "laplace leaky_relu mish quick_gelu relu relu6 sigmoid tanh xielu"
    for name, aliases in {**found, **{each: each for each in same.split()}}.items():
        for alias in aliases.split():
            assert registry.get(alias).name == name


@pytest.mark.parametrize("text", ["", "elu(", "elu(x)", "elu(**{})", "1", "a.b()", "elu()()"])
def test_parse_refuses_what_is_no_name_and_no_call(text):
    with pytest.raises(ValueError, match="cannot read the activation"):
        registry.parse(text)


def test_parse_suggests_near_names():
    with pytest.raises(registry.UnknownActivationError, match="Did you mean"):
        registry.parse("leaky_rulu(0.1)")


def test_no_file_is_longer_than_300_lines():
    long = {
        str(path): lines
        for path in _files("**")
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert not long


def _files(room):
    return (pathlib.Path(ta.__file__).parent / room).glob("*.py")
