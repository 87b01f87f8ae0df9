"""Every class and function of Trax that takes a mode is one whose mode can be switched."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from importlib.machinery import PathFinder

import pytest

from trax_activations._trax import base
from trax_activations.modes import _rules

# Models and layer factories that do more with a mode than hand it on, and what is made of that.
FACTORIES = {
    "layers.attention.ShiftRight": "closes over it: _rules.FUNCTIONS",
    "layers.attention.AttentionQKV": "caches in 'predict': _structure.check_predict",
    "layers.research.sparsity.SparseFF": "_structure._switch_sparse_feed_forward",
    "layers.research.sparsity.SparseDenseWithOptions": "_structure._switch_sparse_dense",
    "layers.rnn.ScanSRUCell": "only with a mask, in a Terraformer for 'predict', which has caches",
    "models.transformer.Transformer": "caches in 'predict'",
    "models.reformer.reformer.Reformer": "caches in 'predict'",
    "models.reformer.reformer.ReformerShortenLM": "has no 'predict' mode",
    "models.reformer.reformer.EncoderBlock": "'eval' in 'predict', in a cache",
    "models.research.bert.BERT": "which checkpoint its weights start from",
    "models.research.configurable_transformer.ConfigurableTransformer": "caches in 'predict'",
    "models.research.configurable_transformer.EmbeddingAndPositionalEncodings": "as Transformer",
    "models.research.hourglass.HourglassLM": "has no 'predict' mode: RelativeAttention's rule",
    "models.research.layerdrop_transformer.SkippingTransformerLM": "_structure._switch_skipping",
    "models.research.layerdrop_transformer.EveryOtherLayerDropTransformerLM": "an error, likewise",
    "models.research.layerdrop_transformer.LayerDropTransformerLM": "an error, likewise",
    "models.research.rezero.ReZeroTransformer": "caches in 'predict'",
    "models.research.terraformer.ConfigurableTerraformer": "caches in 'predict'",
    "models.research.transformer2.Transformer2": "caches in 'predict'",
    "models.rl.PolicyAndValue": "hands it on in a dictionary",
    # No layers.
    "layers.attention._per_head_attention": "a mode of the layer that calls it",
    "layers.research.rel_attention.DotProductAttention": "a mode of the layer that calls it",
    "layers.initializers.ScaledInitializer": "'fan_in' and the like: no mode of Trax",
}


def _modules():
    """The modules of layers and models, without tests and without those that run on import."""
    # Gym, which trax.rl needs, is there with TensorFlow only.
    names = ["trax.rl.normalization"] if PathFinder.find_spec("gym") else []
    for package in ("trax.layers", "trax.models"):
        path = importlib.import_module(package).__path__
        names += [info.name for info in pkgutil.walk_packages(path, f"{package}.")]
    skipped = ("_test", "test_utils", "predict_terraformer")
    return [importlib.import_module(name) for name in names if not name.endswith(skipped)]


def _layer_classes():
    return {
        member
        for module in _modules()
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, base.Layer) and member.__module__ == module.__name__
    }


def _takes_mode(cls):
    return "mode" in inspect.signature(inspect.unwrap(cls.__init__)).parameters


def _key(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


@pytest.mark.parametrize("cls", sorted(filter(_takes_mode, _layer_classes()), key=_key))
def test_every_class_that_takes_a_mode_can_be_switched(cls):
    """Either it has a rule, or its constructor only keeps the mode or hands it on."""
    assert _key(cls) in _rules.RULES or _uses(_init(cls)) <= {"kept", "handed on", "deleted"}
    assert not _rules.decides_when_built(cls)


def test_rules_are_for_classes_that_are_there():
    known = {_key(cls) for cls in _layer_classes() if _takes_mode(cls)}
    assert {key for key in _rules.RULES if ".rl." not in key} <= known


NEEDS_GYM = pytest.mark.tensorflow  # It is there with TensorFlow only.


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, marks=[NEEDS_GYM] if ".rl." in key else [])
        for key in _rules.RULES
        if ".sparsity." not in key
    ],
)
def test_rules_name_what_the_constructor_sets(key):
    module, _, name = key.rpartition(".")
    source = inspect.getsource(_init(getattr(importlib.import_module(module), name)))
    rule = _rules.RULES[key]
    for attribute in [*rule.only_in_training, *(["_incremental"] if rule.incremental else [])]:
        assert f"self.{attribute} =" in source


def test_functions_that_do_more_than_hand_a_mode_on_are_known():
    found = set()
    for module in _modules():
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.FunctionDef) and not _uses(node) <= {"handed on", "deleted"}:
                found.add(f"{module.__name__}.{node.name}".removeprefix("trax."))
    assert found == set(FACTORIES)


def _init(cls):
    return inspect.unwrap(cls.__init__)


def _uses(function):
    """What the code of a function does with a variable called `mode`."""
    if not isinstance(function, ast.AST):
        function = ast.parse(textwrap.dedent(inspect.getsource(function)))
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    return {
        _use(node, parents[node])
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == "mode"
    }


def _use(name, parent):
    if isinstance(parent, ast.keyword) or (isinstance(parent, ast.Call) and name in parent.args):
        return "handed on"
    if isinstance(parent, ast.Assign) and ast.unparse(parent.targets[0]) == "self._mode":
        return "kept"
    return "deleted" if isinstance(parent, ast.Delete) else ast.unparse(parent)
