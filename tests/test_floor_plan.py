"""Imports go one way, from floor to floor, and only one room patches Trax."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "trax_activations"
# Each floor imports what is below it, and of its own floor only itself.
FLOORS = [
    ["_atomic", "_spec", "_checks"],
    ["functional"],
    ["registry"],
    ["_trax"],  # Above what never imports Trax.
    ["layers"],
    ["_model"],
    ["checkpoints"],
    ["modes", "weights", "economy"],
    ["exporting", "replacement"],
    ["training"],
    ["experiments"],
    ["cli"],
]
LEVELS = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def imported(path):
    """The rooms of this package that a module imports, also within its functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "trax_activations":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            first, *rest = node.module.split(".")
            if first == "trax_activations":
                yield rest[0]


@pytest.mark.parametrize("room", LEVELS)
def test_no_import_runs_up(room):
    modules = [*PACKAGE.glob(f"{room}.py"), *PACKAGE.glob(f"{room}/**/*.py")]
    assert modules
    for module in modules:
        above = {
            other
            for other in imported(module)
            if other != room and LEVELS.get(other, -1) >= LEVELS[room]
        }
        assert not above, module


@pytest.mark.parametrize("room", sorted(set(LEVELS) - {"_trax"}))
def test_only_the_door_to_trax_patches_it(room):
    for module in [*PACKAGE.glob(f"{room}.py"), *PACKAGE.glob(f"{room}/**/*.py")]:
        tree = ast.parse(module.read_text())
        theirs = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "trax_activations._trax"
            for alias in node.names
        }
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            if call.func.id in ("patched", "setattr"):
                assert ast.unparse(call.args[0]).partition(".")[0] not in theirs, module
