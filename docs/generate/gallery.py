"""The gallery: a page for each activation of the registry, and one with all of them."""

import functools
import html
import re
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
`trax_activations`, and a page here with its formula, source, parameters and kinks, and with what
its backward pass keeps. [What is true of all of them](../plain_jax.md#true-of-every-activation) is
said in the guide.
"""

_FILTER = """\
<div class="ta-filter" data-search-exclude>
<input type="search" id="ta-filter" aria-label="Filter the gallery" autocomplete="off"
placeholder="Filter: prelu, arXiv ...">
<span id="ta-count" role="status"></span>
<div role="group" aria-label="Group">{groups}</div>
<div role="group" aria-label="Property">{traits}</div>
</div>
"""

_GROUPS = {
    "rectifier": (
        "Rectifiers",
        "The input above a threshold, and zero, a small slope or an exponential below it.",
    ),
    "smooth": ("Smooth", "A curve where the rectifiers have a corner, and what approximates it."),
    "bounded": ("Bounded", "The output stays between two bounds."),
    "gated": ("Gated", "One half of the channels is multiplied by a function of the other half."),
    "distribution": (
        "Distributions",
        "Along an axis: outputs that sum to 1, their logarithms, or what is weighted by them.",
    ),
    "learned": (
        "Learned",
        "Slopes, thresholds or coefficients that are trained with the network.",
    ),
    "random": ("Random", "Noise in training, none in the other modes."),
    "normalizing": ("Normalizing", "An activation with a normalization, or in the place of one."),
    "periodic": ("Periodic", "Sines, for signals that repeat and for coordinates."),
}
_TRAITS = {
    "learned": "learns",
    "random": "random in training",
    "monotone": "monotone",
    "kinkless": "without a kink",
    "axis": "works along an axis",
}
_MARKED = ("learned", "random")  # On the cards.


@functools.cache
def _drawings() -> dict[str, Drawing]:
    # Compiled once and called once: there is nothing to optimise for.
    jax.config.update("jax_disable_most_optimizations", True)
    specs = registry.specs()
    return dict(zip(registry.names(), drawings(specs), strict=True))


def menu() -> list[object]:
    """The gallery's part of MkDocs's ``nav``."""
    groups = [
        {title: [{spec.layer_name: path(spec)} for spec in _of(group)]}
        for group, (title, _) in _GROUPS.items()
    ]
    return ["gallery/index.md", *groups]


def _of(group: str) -> list[registry.ActivationSpec]:
    found = (spec for spec in registry.specs() if spec.group == group)
    return sorted(found, key=lambda spec: spec.name)


def path(spec: registry.ActivationSpec) -> str:
    """The file of an activation's page."""
    return f"gallery/{spec.name}.md"


def pages() -> dict[str, str]:
    """The text of each page by its file."""
    found = {path(spec): entry.page(spec, _drawings()[spec.name]) for spec in registry.specs()}
    return {"gallery/index.md": _overview(), **found}


def _overview() -> str:
    titles = {group: title for group, (title, _) in _GROUPS.items()}
    chips = _FILTER.format(groups=_chips("group", titles), traits=_chips("trait", _TRAITS))
    parts = [_INTRODUCTION.format(count=len(registry.names())), chips]
    for group, (title, about) in _GROUPS.items():
        parts.append(f"## {title}\n\n{about}\n\n{cards(spec.name for spec in _of(group))}")
    return "\n".join(parts)


def _chips(kind: str, words: dict[str, str]) -> str:
    """Buttons that show only what has one of these properties."""
    return "".join(
        f'<button class="ta-chip" aria-pressed="false" data-{kind}="{word}">{shown}</button>'
        for word, shown in words.items()
    )


def cards(names: Iterable[str], folder: str = "") -> str:
    """Thumbnails that lead to the pages of activations, for a page beside a folder of them."""
    made = "\n".join(_card(registry.get(name), folder) for name in names)
    return f'<div class="ta-grid" data-search-exclude>\n{made}\n</div>\n'


def _card(spec: registry.ActivationSpec, folder: str) -> str:
    words = [spec.name, spec.layer_name, *spec.aliases, *spec.layer_aliases, spec.paper]
    traits = entry.traits(spec)
    picture = pictures.thumbnail(_drawings()[spec.name], spec.layer_name)
    marks = "".join(f"<small>{trait}</small>" for trait in traits if trait in _MARKED)
    breakable = re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", spec.layer_name)
    known = html.escape(" ".join([*words, spec.group or "", *traits]))
    return (
        f'<a class="ta-card" href="{folder}{spec.name}/" data-words="{known}" '
        f'data-group="{spec.group}" data-traits="{" ".join(traits)}">'
        f"{picture}<span>{breakable}</span>{marks}</a>"
    )
