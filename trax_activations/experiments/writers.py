"""Writes a report as Markdown, as one HTML file that needs no other, or for the terminal."""

import base64
import html
from collections.abc import Sequence

from tabulate import tabulate

from trax_activations.experiments import page
from trax_activations.experiments.blocks import Block, Heading, Picture, Sentences, Table

__all__ = ["as_html", "as_markdown", "as_text"]


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
        f"<title>{html.escape(title)}</title>\n<style>{page.STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + f"\n<script>{page.SCRIPT}</script>\n</body>\n</html>\n"
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
    caption = f"<figcaption>{html.escape(picture.caption)}</figcaption>"
    if picture.choice:
        drawn = page.choice(picture.choice, picture.alt)
        return f'<figure class="choice">{drawn}{caption}</figure>'
    data = base64.b64encode(page.svg(picture.figure).encode()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    return f'<figure><img alt="{html.escape(picture.alt)}" src="{source}">{caption}</figure>'
