"""Docstrings as the site wants them: Markdown, with links. griffe reads them through this."""

import inspect
import re
import textwrap
from typing import Any

import formulas
import griffe

import trax_activations
from trax_activations import layers

_ROLE = re.compile(r":(?:class|func|mod|meth|attr):`([^`]+)`")
_LINKS = (
    (re.compile(r"\barXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})"), "https://arxiv.org/abs/"),
    (re.compile(r"(?<![<(\[])\bhttps?://([^\s,;)>]*[^\s,;)>.])"), "https://"),
    (re.compile(r"\bdoi:(10\.\d{4,9}/[^\s,;)]*[^\s,;).])"), "https://doi.org/"),
)
_REFERENCES = re.compile(r"^References:\n((?:    .*\n?|\n)+)", re.MULTILINE)
_TABLE = re.compile(r"^=+ =+\n((?:\S+ .*\n)+)=+ =+$", re.MULTILINE)
_LITERAL = re.compile(r"::\n(?=\n    )")


class Docstrings(griffe.Extension):
    """Makes Markdown of docstrings: formulas, links, the names of sections."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrites the docstring of an object, once it has been read."""
        if obj.is_class and obj.parent and obj.parent.path == layers.__name__:
            # A generated layer: its typed face has the first line only.
            text = inspect.getdoc(getattr(layers, obj.name)) or ""
            obj.docstring = griffe.Docstring(text, parent=obj)
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value, obj)


def to_markdown(docstring: str, scope: griffe.Object | None = None) -> str:
    """Writes a docstring as Markdown, its sections as griffe knows them.

    Args:
        docstring: As Python has it, without indentation.
        scope: The object that it is about: names in it become links. Without, they are code.
    """
    text = _LITERAL.sub(":\n", docstring.rstrip() + "\n")
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
    text = _TABLE.sub(lambda match: _table(match[1]), text)
    text = _REFERENCES.sub(lambda m: f"**References:** {textwrap.dedent(m[1])}", text)
    text = _ROLE.sub(lambda match: _reference(match[1], scope), text)
    return formulas.to_markdown(linked(text))


def linked(text: str) -> str:
    """Makes links of the numbers under which papers are published."""
    for number, address in _LINKS:
        text = number.sub(lambda match: f"[{match[0]}]({address}{match[1]})", text)  # noqa: B023
    return text


def _table(rows: str) -> str:
    """A table of two columns, the first of names."""
    pairs = (row.split(maxsplit=1) for row in rows.splitlines())
    return "\n".join(["| | |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in pairs)])


def _reference(name: str, scope: griffe.Object | None) -> str:
    """A link to what a name means where it stands, if the site has a place for that."""
    shown = name.rpartition(".")[2] if name.startswith("~") else name
    name = name.removeprefix("~")
    if scope is None:
        return f"`{shown}`"
    try:
        target = name if name.startswith("trax_activations.") else scope.resolve(name)
    except griffe.NameResolutionError:
        return f"`{shown}`"
    # What has no page stays without a link.
    return f'<autoref optional identifier="{_home(target)}"><code>{shown}</code></autoref>'


def _home(path: str) -> str:
    """Where the site has what is reached as ``trax_activations.Something``."""
    package, _, name = path.rpartition(".")
    if package != trax_activations.__name__ or name in trax_activations._submodules():
        return path
    member = getattr(trax_activations, name)
    return f"{member.__module__}.{member.__name__}"
