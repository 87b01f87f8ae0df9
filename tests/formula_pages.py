"""A formula of each construct, and what is drawn without its sign."""

import base64
import io
import re
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "generate"))
import formulas

_LARGER = "larger forms"  # Of brackets, braces, roots and sums: the variants of the MATH table.
_PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face {{ font-family: Tried; src: url(data:font/woff;base64,{font}); }}
math {{ font: 40px Tried; }} p {{ padding: 40px; }}</style><p>{formula}</p>"""


def _formula(latex):
    return formulas.render(f'<div class="arithmatex">\\[{latex}\\]</div>')


CONSTRUCTS = {
    name: (_formula(latex), sign)
    for name, latex, sign in (
        ("root", r"\sqrt{2}", "\u221a"),
        ("tall root", r"\sqrt{\frac{x}{2}}", _LARGER),
        ("fraction", r"\frac{x}{2}", "<mfrac>"),
        ("cases", r"\begin{cases}x & x > 0 \\\\ 0 & x \le 0\end{cases}", _LARGER),
        ("brackets", r"\left(\frac{x}{2}\right)", _LARGER),
        ("bars", r"\left|\sum_j x_j\right|", _LARGER),
        ("norm", r"\left\lVert x\right\rVert^2", "\u2016"),
        ("sum", r"\sum_{j=1}^n x_j", "\u2211"),
        ("small sum", r"\frac{\sum_{j=0}^m x_j}{2}", "\u2211"),
        ("sum over all", r"\textstyle\sum_j x_j", "\u2211"),
        ("sum in a line", r"\text{as } \sum_{j=1}^n x_j", "\u2211"),
        ("large sum", r"\sum_{j=1}^n x_j", _LARGER),
        ("bar", r"\bar x", "\u00af"),
        ("tilde", r"x \sim U[l, u)", "\u223c"),
        ("minus", r"-\infty", "\u2212"),
        ("infinity", r"-\infty", "\u221e"),
        ("derivative", r"\frac{\partial f}{\partial a}", "\u2202"),
        ("prime", r"a'", "\u2032"),
        ("transposed", r"p^\top x", "\u22a4"),
        ("variable", r"\operatorname{erf} x", "\U0001d465"),
        ("Greek", r"\alpha \, x", "\U0001d6fc"),
    )
}


def page(formula, font):
    """The address of a page of one formula, in a font."""
    encoded = base64.b64encode(font).decode()
    text = _PAGE.format(font=encoded, formula=formula)
    return f"data:text/html;base64,{base64.b64encode(text.encode()).decode()}"


def without(sign, formula, font):
    """The same, with a sign taken out of the formula or of the font."""
    if sign.startswith("<"):  # The line of a fraction, which is no glyph.
        return formula.replace(sign, f'{sign[:-1]} linethickness="0">'), font
    parsed = TTFont(io.BytesIO(font))
    if sign == _LARGER:
        parsed["MATH"].table.MathVariants = None
    else:
        for table in parsed["cmap"].tables:
            table.cmap.pop(ord(sign), None)
    parsed.save(left := io.BytesIO())
    return formula, left.getvalue()


def tags(texts):
    """The elements of MathML that formulas are made of."""
    formulas = (
        found for text in texts for found in re.findall(r"<math.*?</math>", text, re.DOTALL)
    )
    return {tag for formula in formulas for tag in re.findall(r"<(\w+)", formula)}
