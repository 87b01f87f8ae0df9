r"""Formulas for a terminal: the LaTeX of docstrings laid out in Unicode, on several lines.

Fractions, cases, sums and brackets are as tall as what they hold. What the docstrings use is known;
of any other command the name is shown.

Example:
    >>> print(display(r"f(x) = \frac{x}{\sqrt{1 + \alpha x^2}}"))
               x
    f(x) = ──────────
           √(1 + αx²)
    >>> inline(r"-1 / \sqrt\alpha")
    '−1/√α'
"""

import itertools
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from trax_activations.cli.boxes import Box, beside, braced, line, stacked, stretched

__all__ = ["display", "inline"]

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_RAISED = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzβγδθφ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵝᵞᵟᶿᵠᵀ",
        strict=True,
    )
)
_LOWERED = dict(
    zip(
        "0123456789+−=().aehijklmnoprstuvxβγρφ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎.ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩ",
        strict=True,
    )
)
_SYMBOLS = {
    "cdot": "·",
    "epsilon": "ε",
    "ge": "≥",
    "in": "∈",
    "infty": "∞",
    "lVert": "‖",
    "lambda": "λ",
    "le": "≤",
    "partial": "∂",
    "pm": "±",
    "rVert": "‖",
    "sim": "∼",
    "sum": "∑",
    "to": "→",
    "top": "⊤",
    "varepsilon": "ε",
}
_FUNCTIONS = frozenset({"arctan", "ln", "max", "min", "sin", "tanh"})
_WITH_LIMITS = frozenset({"argmax", "argmin", "max", "min", "∑"})
_KINDS = {
    **dict.fromkeys("+−·", "binary"),
    **dict.fromkeys("=<>≤≥∼∈→", "relation"),
    **dict.fromkeys("([", "open"),
    **dict.fromkeys(")]", "close"),
    ",": "comma",
}
_APART = 4  # Blanks between formulas on one line.


class Item(NamedTuple):
    """A box and its class, which decides the spaces around it."""

    kind: str
    box: Box


def display(latex: str, width: int = 80) -> str:
    r"""Lays formulas out, apart at ``\quad`` and ``\qquad``; breaks into lines what is too wide."""
    rows: list[Box] = []
    for index, formula in enumerate(re.split(r"\\q?quad", latex)):
        for number, box in enumerate(_Parser(formula).sides()):
            gap = _APART if index and not number else 1
            if rows and rows[-1].width + gap + box.width <= width:
                rows[-1] = beside([rows[-1], line(" " * gap), box])
            else:
                rows.append(box)
    tall = any(len(row.lines) > 1 for row in rows)
    parts = ["\n".join(each.rstrip() for each in row.lines) for row in rows]
    return ("\n\n" if tall else "\n").join(parts)


def inline(latex: str) -> str:
    """A formula on one line: fractions are quotients, and what cannot be raised has a ``^``."""
    return _Parser(latex, flat=True).row().lines[0].strip()


class _Parser:
    """A recursive-descent parser of LaTeX; ``flat`` is on one line."""

    def __init__(self, latex: str, flat: bool = False) -> None:
        self._tokens = _TOKEN.findall(latex)
        self._flat = flat
        self._taken = ""  # The token that ended the last row.

    def sides(self) -> list[Box]:
        """The parts of a chain of equations, each from its sign of equality on."""
        items = self._items(())
        equal = [i for i, item in enumerate(items) if item.box.lines == ("=",)]
        places = [0, *equal[1:], len(items)]
        return [_joined(items[i:j]) for i, j in itertools.pairwise(places)]

    def row(self, until: Sequence[str] = (), tight: bool = False) -> Box:
        """Parses up to one of these tokens, which is consumed."""
        return _joined(self._items(until), tight)

    def _next(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def _items(self, until: Sequence[str]) -> list[Item]:
        items: list[Item] = []
        while self._tokens:
            self._taken = self._next()
            if self._taken in until:
                break
            if not self._taken.isspace():
                items.append(self._with_scripts(self._item(self._taken, items)))
        return items

    def _item(self, token: str, before: Sequence[Item] = ()) -> Item:
        name = token.removeprefix("\\")
        if token == "{":
            return Item("ordinary", self.row("}"))
        if token == r"\begin":
            return self._cases()
        if name in ("frac", "tfrac"):
            return self._fraction(self._argument(), self._argument())
        if name == "sqrt":
            return Item("ordinary", self._root(self._argument()))
        if name == "operatorname" or name in _FUNCTIONS:
            return Item("function", line(self._word() if name == "operatorname" else name))
        if name in ("left", "bigl", "Bigl"):
            return self._bracketed()
        if token in (r"\,", r"\;", r"\ "):
            return Item("blank", line(""))
        symbol = _symbol(name)
        kind = _KINDS.get(symbol, "ordinary")
        last = next((item.kind for item in reversed(before) if item.kind != "blank"), "open")
        if kind == "binary" and last in ("open", "comma", "binary", "relation"):
            kind = "open"  # A sign: nothing comes between it and what it belongs to.
        return Item(kind, line(symbol))

    def _argument(self, tight: bool = False) -> Box:
        """What a command or a script applies to: a group, or one thing."""
        token = self._next()
        while token.isspace():
            token = self._next()
        return self.row("}", tight) if token == "{" else self._item(token).box

    def _word(self) -> str:
        """A name in braces."""
        word = "".join(iter(self._next, "}")) if "}" in self._tokens else ""
        return word.strip().removeprefix("{")

    def _with_scripts(self, item: Item) -> Item:
        scripts: dict[str, Box] = {}
        while self._tokens and self._tokens[0] in "^_":
            sign = self._next()
            scripts[sign] = self._argument(tight=True)
        if not scripts:
            return item
        above, below = scripts.get("^"), scripts.get("_")
        if item.box.lines[0] in _WITH_LIMITS and not self._flat:
            return Item("tall", stacked([above, item.box, below], 0 if above is None else 1))
        parts = [item.box]
        if below is not None:
            parts.append(_script(below, _LOWERED, "_", self._flat))
        if above is not None:
            parts.append(_script(above, _RAISED, "^", self._flat))
        return Item(item.kind, beside(parts))

    def _fraction(self, above: Box, below: Box) -> Item:
        if self._flat:
            return Item("ordinary", line(f"{_grouped(above)}/{_grouped(below)}"))
        bar = line("─" * max(above.width, below.width))
        return Item("tall", stacked([above, bar, below], len(above.lines)))

    def _root(self, of: Box) -> Box:
        plain = len(of.lines) == 1 and of.width == 1
        return beside([line("√"), of if plain else stretched("(", of, ")")])

    def _bracketed(self) -> Item:
        left = self._next()
        inside = self.row((r"\right", r"\bigr", r"\Bigr"))
        return Item("ordinary", stretched(left, inside, self._next()))

    def _cases(self) -> Item:
        self._word()
        rows: list[list[Box]] = [[]]
        while self._tokens:
            rows[-1].append(self.row(("&", "\\\\", r"\end")))
            if self._taken == "\\\\":
                rows.append([])
            elif self._taken != "&":
                break
        self._word()
        if self._flat:
            return Item(
                "ordinary", line("; ".join(" ".join(c.lines[0] for c in row) for row in rows))
            )
        return Item("tall", braced(rows))


def _symbol(name: str) -> str:
    """The character of a command, or the command's name."""
    if len(name) < 2:
        return {"-": "−", "'": "′"}.get(name, name)
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return _SYMBOLS.get(name) or unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return name


def _joined(items: Sequence[Item], tight: bool = False) -> Box:
    """Composes items horizontally, with the spaces of mathematics; tight, without."""
    parts: list[Box] = []
    last, wanted = "open", False
    for kind, box in items:
        if kind == "blank":
            wanted = True
            continue
        apart = wanted or _are_apart(last, kind)
        if tight:
            apart = last == kind == "function"
        if parts and apart and last != "open":
            parts.append(line(" "))
        parts.append(box)
        last, wanted = kind, False
    return beside(parts)


def _are_apart(left: str, right: str) -> bool:
    if {left, right} & {"binary", "relation"} or left == "comma":
        return True
    if right in ("close", "comma") or left == "open":
        return False
    if left == "function":
        return right != "open"
    return right == "function" or "tall" in (left, right)


def _script(box: Box, letters: dict[str, str], sign: str, flat: bool) -> Box:
    """A sub- or superscript in Unicode's letters for it, else on a line of its own."""
    text = box.lines[0]
    if len(box.lines) == 1 and set(text) <= set(letters):
        return line("".join(letters[character] for character in text))
    if flat:
        return line(sign + (text if len(text) == 1 else f"({text})"))
    empty = " " * box.width
    if sign == "_":
        return Box((empty, *box.lines), 0)
    return Box((*box.lines, empty), len(box.lines))


def _grouped(box: Box) -> str:
    text = box.lines[0]
    return f"({text})" if " " in text else text
