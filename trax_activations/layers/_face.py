"""Writes the typed faces: ``python -m trax_activations.layers._face``, after a change of names.

Type checkers and editors cannot see layers that are generated, nor what is loaded at first use.
They read ``__init__.pyi``, here and in the package above; the latter also tells the package itself
where each of its names is found.
"""

import ast
import inspect
import pathlib
import pkgutil
from typing import Any, get_args

import trax_activations
from trax_activations import layers
from trax_activations._spec import Count
from trax_activations.layers._base import Activation

_HERE = pathlib.Path(__file__).parent
_HEAD = '''"""{about}

Made by ``python -m trax_activations.layers._face`` from the registry: do not edit it.
"""
'''
_WIDTH = 100


def faces() -> dict[pathlib.Path, str]:
    """The text of each face, by its file."""
    return {
        _HERE.parent / "__init__.pyi": _face_of_package(),
        _HERE / "__init__.pyi": _face_of_layers(),
    }


def _face_of_package() -> str:
    homes = {
        "activation": layers.__name__,
        "economize": "trax_activations.economy",
        "export": "trax_activations.exporting",
        "replace": "trax_activations.replacement",
    }
    homes |= dict.fromkeys(layers.__all__, layers.__name__)
    submodules = [module.name for module in pkgutil.iter_modules(trax_activations.__path__)]
    homes |= {name: trax_activations.__name__ for name in submodules if name[0] != "_"}
    # As ruff sorts imports.
    imports = sorted(
        ((home, name) for name, home in homes.items()),
        key=lambda each: (each[0], each[1].islower(), each[1].lower()),
    )
    return "\n".join(
        [
            _HEAD.format(about="What the package offers, with types."),
            *(f"from {home} import {name} as {name}" for home, name in imports),
            "\n__version__: str\n",
        ]
    )


def _face_of_layers() -> str:
    members = {name: getattr(layers, name) for name in layers.__all__}
    generated = [(n, m) for n, m in members.items() if m.__module__ == layers.__name__]
    tree = ast.parse(_HERE.joinpath("__init__.py").read_text(encoding="utf-8"))
    imports = [
        _import(f"{line.module}", alias.name)
        for line in tree.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
        if alias.asname == alias.name  # These are public.
    ]
    return "\n".join(
        [
            _HEAD.format(about="The layers, with types."),
            "from collections.abc import Sequence\n",
            *sorted(["from trax_activations._spec import Count", *imports]),
            "\n__all__: list[str]\n",
            *(_class(name, layer) for name, layer in generated),
        ]
    )


def _import(module: str, name: str) -> str:
    """An import that makes a name public, as ruff lays it out."""
    line = f"from {module} import {name} as {name}"
    return line if len(line) <= _WIDTH else f"from {module} import (\n    {name} as {name},\n)"


def _class(name: str, layer: type[Activation]) -> str:
    parent = layer.__mro__[1].__name__
    arguments = list(inspect.signature(layer).parameters.values())
    # A layer that Trax has too also takes the arguments that Trax's takes, in the place of ours.
    keyword = inspect.Parameter.KEYWORD_ONLY
    for alias, ours in layer._activation.argument_aliases.items():
        arguments += [a.replace(name=alias, kind=keyword) for a in arguments if a.name == ours]
    summary = layer._activation.summary
    raw = "r" if "\\" in summary else ""
    return f'class {name}({parent}):\n    {raw}"""{summary}"""\n\n{_constructor(arguments)}\n'


def _constructor(arguments: list[inspect.Parameter]) -> str:
    shown = ["self", *map(_argument, arguments)]
    for position, argument in enumerate(arguments, 1):
        if argument.kind is argument.KEYWORD_ONLY:
            shown.insert(position, "*")
            break
    line = f"    def __init__({', '.join(shown)}) -> None: ..."
    if len(line) <= _WIDTH:
        return line
    lines = "".join(f"        {each},\n" for each in shown)
    return f"    def __init__(\n{lines}    ) -> None: ..."


def _argument(argument: inspect.Parameter) -> str:
    default = repr(argument.default).replace("'", '"')
    return f"{argument.name}: {_type(argument.annotation)} = {default}"


def _type(annotation: Any) -> str:
    """A type as one writes it."""
    if annotation == Count:
        return "Count"
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("collections.abc.", "").replace("typing.", "")


if __name__ == "__main__":
    for path, text in faces().items():
        path.write_text(text)
