r"""Docstrings for a terminal: formulas in Unicode, no markup, lines as wide as it is.

Example:
    >>> print(plain("Moves by :math:`\\lambda`; see ``relu`` and :func:`~a.gelu`.", 26))
    Moves by λ; see relu and
    gelu.
"""

import re
import shutil
import textwrap

from trax_activations.cli import formulas

__all__ = ["columns", "inline", "plain"]

_WIDEST = 100  # Longer lines of prose are hard to read.
_MATH = re.compile(r":math:`([^`]+)`")
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?([^`]+)`")
_CODE = re.compile(r"``([^`]+)``")
_SECTION = re.compile(r"([A-Z]\w+):")
_ENTRY = re.compile(r"\n(?=\S)")
_OF_ENTRIES = ("Args", "Attributes", "Raises")
_HANGING = " " * 4


def columns() -> int:
    """The width of the terminal, up to what reads well; 80 where there is none."""
    return min(shutil.get_terminal_size().columns, _WIDEST)


def inline(text: str) -> str:
    """Text without markup, on one line."""
    text = _MATH.sub(lambda match: formulas.inline(match[1]), " ".join(text.split()))
    return _CODE.sub(r"\1", _ROLE.sub(r"\1", text))


def plain(docstring: str, width: int) -> str:
    """A docstring in Google's style without markup; examples are kept as they are."""
    parts, section = [], ""
    for block in re.split(r"\n\s*\n", docstring.strip()):
        first, _, rest = block.partition("\n")
        if match := _SECTION.fullmatch(first):
            section = match[1]
        if block.startswith(".. math::"):
            formula = formulas.display(block.removeprefix(".. math::"), width - len(_HANGING))
            parts.append(textwrap.indent(formula, _HANGING))
        elif section == "Example":
            parts.append(block)
        elif match:
            entries = _ENTRY.split(textwrap.dedent(rest)) if section in _OF_ENTRIES else [rest]
            hangs = section in _OF_ENTRIES
            parts.append(
                "\n".join([first, *(_filled(each, width, _HANGING, hangs) for each in entries)])
            )
        else:
            parts.append(_filled(block, width))
    return "\n\n".join(parts)


def _filled(text: str, width: int, indent: str = "", hangs: bool = False) -> str:
    below = indent + _HANGING if hangs else indent
    return textwrap.fill(
        inline(text),
        width,
        initial_indent=indent,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )
