"""What makes an HTML report a page to work with: its style, sorted columns, chosen curves.

All of it is in the page, which asks for no other file. Without JavaScript it shows the same tables
and figures.
"""

import html
import io
import re

import numpy as np
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle

from trax_activations.experiments.blocks import Choice, Mark

__all__ = ["SCRIPT", "STYLE", "choice", "svg"]

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1c2430;
  background: #fff; max-width: 76rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .8rem; }
h3 { font-size: 1.02rem; margin: 1.8rem 0 .6rem; }
p { margin: .5rem 0; max-width: 48rem; }
p.lead { font-size: 1.08rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid #e2e6eb;
  white-space: nowrap; }
th { white-space: normal; border-bottom: 2px solid #1c2430; vertical-align: bottom;
  font-weight: 600; }
th button { all: unset; cursor: pointer; }
button:focus-visible, th button:focus-visible { outline: 2px solid #0072b2; outline-offset: 2px; }
th button::after { content: " \\2195"; color: #6b7480; }
th[aria-sort=ascending] button::after { content: " \\2191"; color: inherit; }
th[aria-sort=descending] button::after { content: " \\2193"; color: inherit; }
th.text, td.text { text-align: left; }
td.text { white-space: normal; overflow-wrap: break-word; min-width: 7.5rem; max-width: 26rem; }
tr.strong td { background: #eef4fb; }
figure { margin: 0; }
figure img, figure > svg { width: 100%; height: auto; display: block; }
figcaption { color: #56606d; font-size: .88rem; max-width: 48rem; margin-top: .4rem; }
fieldset { border: 0; padding: 0; margin: .4rem 0; columns: 15rem; font-size: .85rem; }
fieldset label { display: block; break-inside: avoid; padding: .1rem 0; overflow-wrap: anywhere; }
fieldset svg { vertical-align: middle; margin: 0 .3rem; }
[hidden] { display: none; }
"""

SCRIPT = """
"use strict";
const number = text => {
  const plain = text.replace(/\\u2212/g, "-").replace(/,/g, "");
  const found = plain.match(/[+-]?\\d+(\\.\\d+)?(e[+-]?\\d+)?/i);
  return found ? parseFloat(found[0]) - (plain.trim().startsWith("<") ? 1e-9 : 0) : NaN;
};
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    if (body.rows.length < 2 || !head.textContent.trim()) return;
    const isText = head.classList.contains("text"), button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map(row => [row.cells[column].textContent, row]);
      rows.sort(([a], [b]) => {
        if (isText) return (down ? -1 : 1) * a.localeCompare(b);
        const [x, y] = [number(a), number(b)];
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);  // Empty cells come last.
        return down ? y - x : x - y;
      });
      body.append(...rows.map(([, row]) => row));
    });
  });
}
for (const figure of document.querySelectorAll("figure.choice")) {
  const boxes = [...figure.querySelectorAll("input")];
  const show = () => boxes.forEach((box, part) => {
    const shape = box.checked ? "inline" : "none";
    figure.querySelectorAll(`[data-part="${part}"]`).forEach(x => { x.style.display = shape; });
  });
  const all = checked => () => { boxes.forEach(box => { box.checked = checked; }); show(); };
  figure.querySelector("fieldset").hidden = figure.querySelector("p").hidden = false;
  figure.querySelector(".all").addEventListener("click", all(true));
  figure.querySelector(".none").addEventListener("click", all(false));
  figure.addEventListener("change", show);
  show();
}
"""


def choice(made: Choice, alt: str) -> str:
    """A figure of which the reader chooses the parts to see."""
    drawn = svg(made.figure)
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
    drawn = re.sub(r'id="part-(\d+)"', r'data-part="\1"', drawn)
    hidden = "".join(f'[data-part="{i}"],' for i in range(made.n_shown, len(made.names)))
    style = (
        f"<style>figure.choice :is({hidden[:-1]}) {{ display: none; }}</style>" if hidden else ""
    )
    boxes = "\n".join(
        f'<label><input type="checkbox"{" checked" * (i < made.n_shown)}>{_swatch(mark)}'
        f"{html.escape(name)}</label>"
        for i, (name, mark) in enumerate(zip(made.names, made.marks, strict=True))
    )
    buttons = '<button class="all">All</button> <button class="none">None</button>'
    return f"{style}{drawn}<p hidden>{buttons}</p><fieldset hidden>{boxes}</fieldset>"


def svg(figure: Figure) -> str:
    """A figure as an SVG element, without what a file has before it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)


def _swatch(mark: Mark) -> str:
    """A short piece of the line, as a legend has it."""
    dashes = f' stroke-dasharray="{" ".join(map(str, mark.dashes))}"' if mark.dashes else ""
    shape = MarkerStyle(mark.marker)
    path = shape.get_path().transformed(shape.get_transform())
    points = "".join(
        " ".join(f"{17 + 7 * x:.1f},{6 - 7 * y:.1f}" for x, y in np.asarray(polygon))
        for polygon in path.to_polygons()[:1]
    )
    return (
        f'<svg width="34" height="12" aria-hidden="true"><path d="M0 6H34" stroke="{mark.colour}" '
        f'stroke-width="{mark.width}"{dashes}/>'
        f'<polygon points="{points}" fill="{mark.colour}"/></svg>'
    )
