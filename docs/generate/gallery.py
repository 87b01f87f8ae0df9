"""The gallery: a page for each activation of the registry, and one with all of them."""

import functools
import html
import re
import sys
from collections.abc import Iterable

import entry
import jax
import pictures

from trax_activations import registry
from trax_activations._curves import Drawing, drawings

_INTRODUCTION = """\
---
hide: [toc]
---

# Gallery

All {count} activations of the registry, drawn at their initial parameters for inputs from
\N{MINUS SIGN}4 to 4. Each has a function in `trax_activations.functional`, a layer in
`trax_activations`, and a page here: formula, paper, parameters, kinks, and what its backward pass
keeps. This page is made from the registry.
"""

_FILTER = """\
<div class="ta-filter" data-search-exclude>
<input type="search" id="ta-filter" aria-label="Filter the gallery" autocomplete="off"
placeholder="Filter: prelu, learned, axis, arXiv ...">
<span id="ta-count" role="status"></span>
</div>
"""


@functools.cache
def _drawings() -> dict[str, Drawing]:
    # Compiled once and called once: there is nothing to optimise for.
    jax.config.update("jax_disable_most_optimizations", True)
    specs = registry.specs()
    return dict(zip(registry.names(), drawings(specs), strict=True))


def families() -> dict[str, list[registry.ActivationSpec]]:
    """The activations by family, both in alphabetical order."""
    found: dict[str, list[registry.ActivationSpec]] = {}
    for spec in sorted(registry.specs(), key=lambda spec: (spec.family, spec.name)):
        found.setdefault(spec.family, []).append(spec)
    return found


def menu() -> list[object]:
    """The gallery's part of MkDocs's ``nav``."""
    by_family = [
        {title(family): [{spec.layer_name: path(spec)} for spec in specs]}
        for family, specs in families().items()
    ]
    return ["gallery/index.md", *by_family]


def title(family: str) -> str:
    """The name of a family as people write it."""
    return family.replace("_", " ").capitalize()


def path(spec: registry.ActivationSpec) -> str:
    """The file of an activation's page."""
    return f"gallery/{spec.name}.md"


def pages() -> dict[str, str]:
    """The text of each page by its file."""
    found = {path(spec): entry.page(spec, _drawings()[spec.name]) for spec in registry.specs()}
    return {"gallery/index.md": _overview(), **found}


def _overview() -> str:
    parts = [_INTRODUCTION.format(count=len(registry.names())), _FILTER]
    for family, specs in families().items():
        about = (sys.modules[specs[0].function.__module__].__doc__ or "").partition("\n")[0]
        parts.append(f"## {title(family)}\n\n{about}\n\n{cards(spec.name for spec in specs)}")
    return "\n".join(parts)


def cards(names: Iterable[str], folder: str = "") -> str:
    """Thumbnails that lead to the pages of activations, for a page beside a folder of them."""
    made = "\n".join(_card(registry.get(name), folder) for name in names)
    return f'<div class="ta-grid" data-search-exclude>\n{made}\n</div>\n'


def _card(spec: registry.ActivationSpec, folder: str) -> str:
    words = [spec.name, spec.layer_name, *spec.aliases, *spec.layer_aliases, spec.family]
    words += [spec.paper, *entry.traits(spec)]
    picture = pictures.thumbnail(_drawings()[spec.name], spec.layer_name)
    marks = "".join(f"<small>{trait}</small>" for trait in entry.marks(spec))
    breakable = re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", spec.layer_name)
    known = html.escape(" ".join(words))
    return (
        f'<a class="ta-card" href="{folder}{spec.name}/" data-words="{known}">'
        f"{picture}<span>{breakable}</span>{marks}</a>"
    )
