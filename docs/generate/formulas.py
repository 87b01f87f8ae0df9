r"""Formulas: the docstrings' ``.. math::`` and ``:math:`` as Markdown, and LaTeX as MathML.

MathML is what browsers draw themselves: no script, and nothing to fetch but a font.
"""

import html
import re
import textwrap
from importlib import metadata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert

_FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"
_OPERAND = r"</m(?:i|n|frac|row|style|sub|sup|sqrt)>(?:<msu[bp]>)?"
_OPEN = r"(?:<mrow>)?<mo[^>]*>&#x00028;"
_BEFORE_A_SIGN = r"&#x(?:00028|0002C|0003D|0005B|02264|02265);</mo>"  # ( , = [ and comparisons.
# Spaces as TeX has them, where the converter's are wrong: it takes a letter for an operator, a
# bar or a sign for one between two operands, or leaves out the space around the name of a function.
_MENDED = (
    (r"<mo>(&#x0(?:221E|2026);)</mo>", r"<mi>\1</mi>"),  # Infinity, dots.
    (r"<mi>&#x0007E;</mi>", r"<mo>&#x0223C;</mo>"),  # As in: r ~ U.
    (r"<m[io]>([a-z]{2,})</m[io]>", r'<mo lspace="0" rspace="0.167em">\1</mo>'),
    (rf'({_OPERAND}<mo lspace=")0(")', r"\g<1>0.167em\2"),
    (rf'(rspace=")0.167em(">[a-z]+</mo>{_OPEN})', r"\g<1>0\2"),
    (r"<mo>(&#x02016;)", r'<mo stretchy="false">\1'),
    (r"<mo ([^>]*)>(&#x0007C;|&#x02016;)", r'<mo \1 lspace="0" rspace="0">\2'),
    (rf"({_BEFORE_A_SIGN})<mo>(&#x02212;|&#x000B1;)", r'\1<mo form="prefix">\2'),
)
_ROOT = "\N{SQUARE ROOT}"  # No character of the text names it: a browser draws it for <msqrt>.
_BLOCK = re.compile(r"^( *)\.\. math::\n((?:\s*\n|\1 +\S.*\n?)+)", re.MULTILINE)
_INLINE = re.compile(r":math:`([^`]+)`")
_MARKED = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def to_markdown(docstring: str) -> str:
    r"""Writes a docstring's formulas as Markdown has them.

    Example:
        >>> to_markdown(r":math:`x^2`")
        '$x^2$'
    """

    def block(match: re.Match[str]) -> str:
        indent, body = match[1], textwrap.dedent(match[2]).strip()
        lines = ["", "$$", *body.splitlines(), "$$", ""]
        return "\n".join(indent + line if line else "" for line in lines) + "\n"

    return _INLINE.sub(r"$\1$", _BLOCK.sub(block, docstring))


def render(page: str) -> str:
    """Puts MathML in the place of every formula of a page's HTML."""

    def mathml(match: re.Match[str]) -> str:
        latex = html.unescape(match[2]).strip()
        display = "block" if match[1] == "div" else "inline"
        mathml = convert(latex, display=display)
        for converted, meant in _MENDED:
            mathml = re.sub(converted, meant, mathml)
        return mathml.replace("<math ", "<math data-search-exclude ", 1)

    return _MARKED.sub(mathml, page)


def characters(pages: list[str]) -> set[str]:
    """The characters that the formulas of pages are drawn with."""
    found = {_ROOT}
    for page in pages:
        for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
            found.update(html.unescape(re.sub(r"<[^>]+>", "", formula)))
    return found


def write_font(needed: set[str], path: Path) -> None:
    """Writes the part of STIX Two Math (SIL Open Font License) that formulas need.

    Braces and roots of any height are drawn by a font's MATH table; not every system has such a
    font. This one comes with the package ziamath.
    """
    font = TTFont(metadata.distribution("ziamath").locate_file(_FONT))
    options = subset.Options(flavor="woff", hinting=False, layout_features=["ssty", "dtls", "flac"])
    options.drop_tables += ["DSIG", "GPOS"]
    subsetter = subset.Subsetter(options)
    # A variable is <mi>x</mi>, which is drawn with the letter of mathematical italics.
    latin = {chr(0x1D434 + i) for i in range(52)} | {"\u210e"}  # Its h is Planck's constant.
    greek = {chr(0x1D6FC + i) for i in range(31)}
    subsetter.populate(unicodes=map(ord, needed | latin | greek))
    subsetter.subset(font)
    path.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(path), options)
