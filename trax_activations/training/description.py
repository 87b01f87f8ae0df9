"""What a run is - layers, losses, optimizers, seed - so that another one is not taken for it."""

import contextlib
import importlib.metadata
import math
import platform
import re
import weakref
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

from trax_activations._model import variables, walk
from trax_activations._trax import base, optimizers
from trax_activations.layers import Activation
from trax_activations.training.protocols import OwnLoop

__all__ = ["describe", "differences"]

_LISTED = 3
_PACKAGES = ("trax-activations", "trax", "jax", "numpy")
_OF_EVERY_LAYER = frozenset(vars(base.Layer()))
_MODE = re.compile(r"(, )?mode='\w+'")  # Tasks choose it.
_TOLERANCE = 1e-6  # Of learning rates, which may be computed by another NumPy.

_CONSTANT: weakref.WeakKeyDictionary[OwnLoop, dict[str, Any]] = weakref.WeakKeyDictionary()


def describe(loop: OwnLoop, step: int) -> dict[str, Any]:
    """What a loop is at a step, for its checkpoint: of numbers and texts in lists and mappings."""
    if loop not in _CONSTANT:
        _CONSTANT[loop] = _constant(loop)
    constant = _CONSTANT[loop]
    rates = [float(task.learning_rate(step + 1)) for task in loop.tasks]
    tasks = zip(constant["tasks"], rates, strict=True)
    return {**constant, "tasks": [{**task, "learning rate": rate} for task, rate in tasks]}


def _constant(loop: OwnLoop) -> dict[str, Any]:
    """What stays as it is at each step."""
    return {
        "layers": _layers(loop.model),
        "tasks": [
            {
                "loss": "; ".join(": ".join(pair) for pair in _layers(task.loss_layer)),
                "optimizer": _optimizer(task.optimizer),
            }
            for task in loop.tasks
        ],
        "random_seed": loop._seed,
        "versions": {**dict(_versions()), "python": platform.python_version()},
    }


def differences(stored: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """What makes another run of it, a clause each; other versions of packages do not."""
    found = _different_layers(stored["layers"], own["layers"])
    if len(stored["tasks"]) != len(own["tasks"]):
        found.append(f"it had {len(stored['tasks'])} training tasks, now {len(own['tasks'])}")
    for i, (old, new) in enumerate(zip(stored["tasks"], own["tasks"], strict=False)):
        of_task = f" of task {i}" if len(own["tasks"]) > 1 else ""
        found += [
            f"the {name}{of_task} was {_shown(old[name])}, now {_shown(value)}"
            for name, value in new.items()
            if name in old and not _same(old[name], value)
        ]
    seeds = stored["random_seed"], own["random_seed"]
    if None not in seeds and seeds[0] != seeds[1]:
        found.append(f"random_seed was {seeds[0]}, now {seeds[1]}")
    return found


def _different_layers(stored: list[list[str]], own: list[list[str]]) -> list[str]:
    old, new = dict(stored), dict(own)
    found = [
        f"{path} was {text}, now {new[path]}"
        for path, text in old.items()
        if new.get(path, text) != text
    ]
    gone, come = ([x for x in a.items() if x[0] not in b] for a, b in ((old, new), (new, old)))
    if gone or come:
        found.append(f"layers were {_listed(gone)}, now {_listed(come)}")
    return found


def _listed(layers: list[tuple[str, str]]) -> str:
    shown = ", ".join(f"{path} ({text})" for path, text in layers[:_LISTED]) or "fewer"
    return f"{shown} and {len(layers) - _LISTED} more" if len(layers) > _LISTED else shown


def _layers(model: base.Layer) -> list[list[str]]:
    """Path and settings of each layer, without those that only hold others."""
    return [[path, _layer(layer)] for path, layer in walk(model) if not layer.sublayers]


def _layer(layer: base.Layer) -> str:
    """A layer with its hyperparameters: of Trax's layers, those that can be told from outside."""
    if isinstance(layer, Activation):
        return _MODE.sub("", repr(layer))
    return f"{layer._name}({', '.join(_settings(layer))})"


def _settings(layer: base.Layer) -> Iterator[str]:
    """Numbers and texts among a layer's attributes, and in the functions that these are."""
    stack = [(name, value) for name, value in vars(layer).items() if name not in _OF_EVERY_LAYER]
    seen = set()
    while stack:
        name, value = stack.pop(0)
        if "init" in name or "mode" in name or id(value) in seen:  # What a resumed run has already.
            continue
        if isinstance(value, FunctionType):
            seen.add(id(value))
            stack += variables(value)
        elif _is_plain(value):
            yield f"{name.lstrip('_')}={value!r}"


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str))


def _optimizer(optimizer: Any) -> str:
    """An optimizer with its settings, but for the learning rate, which a schedule may set."""
    made: optimizers.base.Optimizer = optimizer() if callable(optimizer) else optimizer
    settings = {
        name: f"{float(value):.6g}"
        for name, value in made.opt_params.items()
        if name != "learning_rate"
    }
    others = {name.lstrip("_"): repr(x) for name, x in vars(made).items() if _is_plain(x)}
    named = ", ".join(f"{name}={value}" for name, value in sorted({**settings, **others}.items()))
    return f"{type(made).__name__}({named})"


def _versions() -> Iterator[tuple[str, str]]:
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            yield package, importlib.metadata.version(package)


def _same(old: Any, new: Any) -> bool:
    if isinstance(new, float):
        return math.isclose(old, new, rel_tol=_TOLERANCE)
    return bool(old == new)


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else value
