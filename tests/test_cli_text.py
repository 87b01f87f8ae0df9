"""list and show speak to a terminal: formulas in Unicode, no markup, as wide as it is."""

import re

import pytest

from trax_activations import registry
from trax_activations.cli import boxes, curves, formulas, listing, show, text

# Of LaTeX and reStructuredText; a brace, dollar or backslash of a formula that was left as it was.
MARKUP = re.compile(r"[\\{}$^]|``|:\w+:`|\.\. math")


def without_example(entry):
    """An entry up to its example, which is Python."""
    return entry.partition("\nExample:\n")[0]


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.name)
def test_an_entry_has_no_markup_and_fits(spec, width):
    entry = without_example(show.entry(spec, width))
    assert not MARKUP.search(entry)
    # An address is not broken.
    assert all(len(line) <= width for line in entry.splitlines() if "://" not in line)
    assert text.inline(spec.summary).split()[0] in entry


@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.name)
def test_every_command_of_a_formula_is_known(spec):
    """A command that is not known would be shown by its name, in Latin letters."""
    latex = "".join(
        re.findall(r":math:`[^`]+`|\.\. math::\n(?:[ ]+\S.*\n)+", spec.function.__doc__)
    )
    laid_out = {"frac", "tfrac", "sqrt", "operatorname", "left", "right", "begin", "end"}
    laid_out |= {"bigl", "bigr", "Bigl", "Bigr", "quad", "qquad"} | formulas._FUNCTIONS
    for command in set(re.findall(r"\\([A-Za-z]+)", latex)) - laid_out:
        assert len(formulas._symbol(command)) == 1, command


def test_the_list_has_no_markup():
    assert not MARKUP.search(listing.table())


FORMULAS = {
    r"f(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)": """\
       x ⎛        x ⎞
f(x) = ─ ⎜1 + erf ──⎟
       2 ⎝        √2⎠""",
    r"f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^{x / \alpha} - 1) & x \le 0 \end{cases}": """\
       ⎧ x             x > 0
f(x) = ⎨     x/α
       ⎩ α (e    − 1)  x ≤ 0""",
    r"f(x)_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}": """\
          −xᵢ
         e
f(x)ᵢ = ──────
           −xⱼ
        ∑ e
        j""",
    r"Q_B = 1 + \Bigl|\sum_{k=1}^{n} b_k x^k\Bigr|": """\
         │ n      │
Q  = 1 + │ ∑  bₖxᵏ│
 B       │k=1     │""",
    r"f(x) = -\max(x, -1)^2, \qquad x \in [0, \infty)": "f(x) = −max(x, −1)²,    x ∈ [0, ∞)",
}


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_is_laid_out(latex):
    assert formulas.display(latex) == FORMULAS[latex]


def test_a_formula_that_is_too_wide_goes_on_below():
    latex = r"f(x) = a + b = c, \quad b = d"
    assert formulas.display(latex, 30) == "f(x) = a + b = c,    b = d"
    assert formulas.display(latex, 20) == "f(x) = a + b = c,\nb = d"
    assert formulas.display(latex, 14) == "f(x) = a + b\n= c,    b = d"


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\pm\sqrt{6/n}/\omega_0", "±√(6/n)/ω₀"),
        (r"\frac{a + b}{c}", "(a + b)/c"),
        (r"x^{Q}, w_b, e^{-x}", "x^Q, w_b, e⁻ˣ"),
        (r"\begin{cases} x & x > 0 \\ 0 \end{cases}", "x x > 0; 0"),
        (r"\unheard x", "unheardx"),
        (r"\frac{a", "a/"),
        ("", ""),
    ],
)
def test_a_formula_within_a_text_is_one_line(latex, expected):
    assert formulas.inline(latex) == expected


def test_boxes_lie_on_their_axes():
    tall = boxes.Box(("a", "b", "c"), 1)
    assert boxes.beside([boxes.line("x"), tall]).lines == (" a", "xb", " c")
    assert boxes.stretched("[", tall, "]").lines == ("⎡a⎤", "⎢b⎥", "⎣c⎦")


@pytest.mark.parametrize("name", ["relu", "rrelu", "softmax", "identity", "exp", "fta", "log"])
def test_a_picture_fits_the_terminal(name):
    pytest.importorskip("plotext")
    lines = curves.picture(registry.get(name), 70).splitlines()
    assert max(map(len, lines)) <= 70
    assert len(lines) == 14
    assert "Derivative" in lines[0]
    assert re.search("[\u2801-\u28ff]", "".join(lines))  # Braille dots.
    assert not any("\x1b" in line for line in lines)


def test_a_picture_is_for_terminals_with_plotext_only(monkeypatch, capsys):
    from trax_activations.cli import main

    assert main(["show", "relu"]) == 0
    assert "Derivative" not in capsys.readouterr().out
    monkeypatch.setitem(__import__("sys").modules, "plotext", None)
    assert curves.picture(registry.get("relu"), 70) == ""
