"""No public name is lost, and no call that was right becomes wrong.

``public_names.json`` has the names and their arguments of version 0.1. A signature may gain
arguments with a default; where a default is no literal, it is written as ``...``.
"""

import ast
import importlib
import inspect
import json
import pathlib

import pytest

import trax_activations as ta

BEFORE = json.loads((pathlib.Path(__file__).parent / "public_names.json").read_text())
# Whose arguments may have changed, and why.
CHANGED = {
    ("registry", "ActivationSpec"): "made by registering a function; has a group, and along_axis",
}
ROOMS = [
    pytest.param(room, marks=pytest.mark.quick) if room == "functional" else room
    for room in BEFORE
    if room != "ta"
]
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def written(signature):
    """The arguments of a signature as text: name, whether by name only, default or None."""
    found = ast.parse(f"def f({signature}): ...").body[0].args
    positional = [*found.posonlyargs, *found.args]
    defaults = [None] * (len(positional) - len(found.defaults)) + found.defaults
    for by_name, arguments, values in (
        (False, positional, defaults),
        (True, found.kwonlyargs, found.kw_defaults),
    ):
        for argument, default in zip(arguments, values, strict=True):
            yield argument.arg, by_name, default


def takes(function, signature):
    """Nothing, or what is wrong: every old argument is there, and no new one must be given."""
    now = inspect.signature(function).parameters
    places = [name for name, each in now.items() if each.kind in POSITIONAL]
    old = {name: (by_name, default) for name, by_name, default in written(signature)}
    for place, (name, (by_name, default)) in enumerate(old.items()):
        if name not in now:
            yield name, "is gone"
            continue
        if not by_name and (place >= len(places) or places[place] != name):
            yield name, "is at another place"
        value = now[name].default
        if default is None:
            continue
        if value is inspect.Parameter.empty:
            yield name, "has lost its default"
        elif ast.unparse(default) not in ("...", repr(value)):
            yield name, f"has the default {value!r}, not {ast.unparse(default)}"
    for name, each in now.items():
        variadic = each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        if name not in old and each.default is each.empty and not variadic:
            yield name, "must be given"


def test_the_names_of_the_package_are_still_there():
    for name in BEFORE["ta"]:
        assert name in dir(ta) or importlib.import_module(f"trax_activations.{name}")
        assert getattr(ta, name) is not None


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_is_there_and_takes_what_it_took(room):
    module = importlib.import_module(f"trax_activations.{room}")
    wrong = {}
    for name, signature in BEFORE[room].items():
        if not hasattr(module, name):
            wrong[name] = "is gone"
        elif signature is not None and (room, name) not in CHANGED:
            for argument, what in takes(getattr(module, name), signature):
                wrong[f"{name}({argument})"] = what
    assert not wrong


@pytest.mark.quick
@pytest.mark.parametrize(
    ("now", "wrong"),
    [
        (lambda x, alpha=1.0, *, axis=-1, new=None: x, []),
        (lambda x, *, alpha=1.0, axis=-1: x, [("alpha", "is at another place")]),
        (lambda x, alpha=2.0, *, axis=-1: x, [("alpha", "has the default 2.0, not 1.0")]),
        (lambda x, alpha=1.0: x, [("axis", "is gone")]),
        (lambda x, alpha=1.0, *, axis: x, [("axis", "has lost its default")]),
        (lambda x, alpha=1.0, *, axis=-1, more: x, [("more", "must be given")]),
    ],
)
def test_what_is_lost_is_seen(now, wrong):
    assert list(takes(now, "x, alpha=1.0, *, axis=-1")) == wrong
