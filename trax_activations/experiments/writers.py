"""Writes a report as Markdown, as one HTML file that needs no other, or for the terminal."""

import base64
import html
import io
from collections.abc import Sequence

from tabulate import tabulate

from trax_activations.experiments.blocks import Block, Heading, Picture, Sentences, Table

__all__ = ["as_html", "as_markdown", "as_text"]

_STYLE = """
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
th.text, td.text { text-align: left; }
td.text { white-space: normal; overflow-wrap: break-word; min-width: 7.5rem; max-width: 26rem; }
tr.strong td { background: #eef4fb; }
figure { margin: 0; }
figure img { width: 100%; height: auto; display: block; }
figcaption { color: #56606d; font-size: .88rem; max-width: 48rem; margin-top: .4rem; }
"""


def as_markdown(title: str, blocks: Sequence[Block]) -> str:
    """The report in Markdown; pictures are files beside it."""
    parts = [f"# {title}"]
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"{'#' * block.level} {block.text}")
        elif isinstance(block, Sentences):
            parts.append("\n\n".join(block.texts))
        elif isinstance(block, Table):
            cells = [
                [f"**{cell}**" if i in block.strong and cell else cell for cell in row]
                for i, row in enumerate(block.rows)
            ]
            quoted = tuple(tuple(cell.replace("|", "\\|") for cell in row) for row in cells)
            parts.append(_aligned(Table(block.head, quoted, block.align), "pipe"))
        else:
            parts.append(f"![{block.alt}]({block.name}.png)\n\n{block.caption}")
    return "\n\n".join(parts) + "\n"


def as_html(title: str, blocks: Sequence[Block]) -> str:
    """The report in HTML, its pictures within."""
    parts = [f"<h1>{html.escape(title)}</h1>"]
    led = False
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"<h{block.level}>{html.escape(block.text)}</h{block.level}>")
        elif isinstance(block, Sentences):
            kind = "" if led else ' class="lead"'
            parts += (f"<p{kind}>{html.escape(text)}</p>" for text in block.texts)
            led = True
        elif isinstance(block, Table):
            parts.append(_html_table(block))
        else:
            parts.append(_html_picture(block))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def as_text(table: Table) -> str:
    """A table for the terminal.

    Example:
        >>> print(as_text(Table(("name", "value"), (("a", "1.0"), ("bc", "12.0")), "lr")))
        name      value
        a           1.0
        bc         12.0
    """
    return _aligned(table, "plain")


def _aligned(table: Table, style: str) -> str:
    sides = ["left" if letter == "l" else "right" for letter in table.align]
    return tabulate(table.rows, table.head, tablefmt=style, colalign=sides, disable_numparse=True)


def _html_table(table: Table) -> str:
    kinds = [' class="text"' if letter == "l" else "" for letter in table.align]

    def row(cells: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{kind}>{html.escape(cell).replace('(', '(<wbr>')}</{tag}>"
            for cell, kind in zip(cells, kinds, strict=True)
        )

    strong = ["", ' class="strong"']
    body = "\n".join(
        f"<tr{strong[i in table.strong]}>{row(cells, 'td')}</tr>"
        for i, cells in enumerate(table.rows)
    )
    head = f"<thead><tr>{row(table.head, 'th')}</tr></thead>"
    return f'<div class="scroll"><table>{head}\n<tbody>\n{body}\n</tbody></table></div>'


def _html_picture(picture: Picture) -> str:
    buffer = io.BytesIO()
    picture.figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<figure><img alt="{html.escape(picture.alt)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{html.escape(picture.caption)}</figcaption></figure>"
    )
