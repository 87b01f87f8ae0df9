"""One activation's page of the gallery."""

import functools
import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import docstrings
import kept
import pictures

from trax_activations import _spec, layers, registry
from trax_activations._curves import Curve, Drawing
from trax_activations.cli.config import PACKAGED
from trax_activations.experiments import study_results
from trax_activations.plotting.variants import effects

_HEAD = """\
---
search:
  boost: 3
tags: [{names}]
---

# {name}
"""

_REFERENCE = """\
::: {path}
    options:
      heading_level: 3
      show_docstring_description: {description}
      show_root_toc_entry: true
      filters: [{filters}]
"""


def page(spec: registry.ActivationSpec, drawing: Drawing) -> str:
    """The page as Markdown; mkdocstrings fills in its reference."""
    description = inspect.getdoc(spec.function) or ""
    for section in ("Args:", "Raises:", "Returns:", "References:", "Example:"):
        description = description.partition(f"\n{section}\n")[0]
    parts = [
        _HEAD.format(name=spec.layer_name, names=", ".join((spec.name, *spec.aliases))),
        docstrings.to_markdown(description),
        _pictures(spec, drawing),
        _facts(spec),
        "## Reference\n",
        _REFERENCE.format(
            path=f"trax_activations.functional.{spec.name}", description="false", filters='"!^_"'
        ),
    ]
    layer = getattr(layers, spec.layer_name)
    generated = layer.__module__ == layers.__name__  # Its description is that of the function.
    description = "false" if generated else "true"
    parts.append(_REFERENCE.format(path=_path(layer), description=description, filters='"!."'))
    return "\n".join(parts)


def traits(spec: registry.ActivationSpec) -> list[str]:
    """What an activation is, in words to search for."""
    named = {
        "learned": bool(spec.parameters),  # Those that a layer computes, it computes by weights.
        "random": spec.random,
        "monotone": spec.monotone,
        "axis": spec.along_axis,
        "kinkless": not (spec.kinks or spec.along_axis or spec.random),
    }
    return [name for name, is_so in named.items() if is_so]


def _path(member: Any) -> str:
    return f"{member.__module__}.{member.__name__}"


def _pictures(spec: registry.ActivationSpec, drawing: Drawing) -> str:
    kinks = [each for each in spec.kinks_at().items() if abs(each[0]) < drawing.reach]
    which = ", first output for inputs [x, b]" if spec.along_axis else ""
    panels = (
        (f"Function{which}", drawing.values, []),
        ("Derivative", drawing.slopes, kinks),
    )
    figures = "".join(
        f"<figure>{pictures.panel(drawn, drawing.reach, f'{spec.layer_name}: {caption}', dots)}"
        f"<figcaption>{caption}{_legend(drawn)}</figcaption></figure>"
        for caption, drawn, dots in panels
    )
    return f'<div class="ta-panels">{figures}</div>\n'


def _legend(drawn: Sequence[Curve]) -> str:
    if len(drawn) == 1:
        return ""
    keys = (
        f'<span class="ta-key {pictures.style(drawn, i)}">{pictures.minus(curve.label)}</span>'
        for i, curve in enumerate(drawn)
    )
    return f'<span class="ta-keys">{"".join(keys)}</span>'


def _facts(spec: registry.ActivationSpec) -> str:
    rows = "\n".join(f"| {name} | {value.replace('|', '&#124;')} |" for name, value in _rows(spec))
    return f'<div class="ta-facts" markdown>\n\n| | |\n|---|---|\n{rows}\n\n</div>\n'


def _rows(spec: registry.ActivationSpec) -> Iterator[tuple[str, str]]:
    layer = getattr(layers, spec.layer_name)
    yield "Function", f"`F.{spec.name}{_bare(inspect.signature(spec.function))}`"
    yield "Layer", f"`ta.{spec.layer_name}{_bare(inspect.signature(layer))}`"
    yield "gin", f"`@trax_activations.{spec.layer_name}`"
    if names := [*spec.aliases, *spec.layer_aliases]:
        yield "Other names", ", ".join(f"`{name}`" for name in names)
    for does, learned in (("Learns", True), ("Computes from its input", False)):
        words = [_parameter(each) for each in spec.parameters if each.learned is learned]
        if words:
            yield does, "<br>".join(words)
    if spec.random:
        yield "Random", "in training; in the other modes it is deterministic"
    if not spec.along_axis:
        yield "Monotone", "yes" if spec.monotone else "no"
    if not (spec.along_axis or spec.random):
        yield "Kinks", _kinks(spec)
    if spec.limits:
        yield "Limits", "{} on the left, {} on the right".format(*map(_number, spec.limits))
    if spec.domain != _spec.REALS:
        yield "Domain", "{} to {}; elsewhere NaN".format(*map(_number, spec.domain))
    if effects(spec):
        yield "Effect of its values", f"`trax-activations plot {spec.name}` draws it"
    yield "Kept for the backward pass", _kept(spec)
    if place := _study().place(spec.layer_name):
        yield "In real tasks", f"{place}: [the study](../zoo_study.md)"
    yield "Source", docstrings.linked(spec.paper)


@functools.cache
def _study() -> study_results.Results:
    return study_results.read(PACKAGED / "zoo" / "results.csv")


def _bare(signature: inspect.Signature) -> str:
    """The arguments and their defaults, without types."""
    arguments = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    long_number = re.compile(r"\d\.\d{6,}")
    return long_number.sub(lambda n: f"{float(n[0]):.5g}", str(inspect.Signature(arguments)))


def _parameter(parameter: _spec.Parameter) -> str:
    initial = parameter.initial
    values = initial if isinstance(initial, tuple) else (initial,)
    numbers = pictures.minus(", ".join(f"{value:.4g}" for value in values))
    words = [
        f"`{parameter.name}`, {'initially' if parameter.learned else 'drawn here at'} {numbers}"
    ]
    match parameter.drawn:
        case _spec.Uniform(low, high):
            words.append(f"drawn from [{low:g}, {high:g}) in the paper")
        case _spec.Normal(mean, stddev):
            words.append(f"drawn from N({mean:g}, {stddev:g}²) in the paper")
    one = "one set" if isinstance(initial, tuple) else "one value"
    words.append(f"{one} in all, or one per channel" if parameter.per_channel else one)
    if parameter.lower is not None:
        lower = parameter.lower
        words.append(f"stays above {f'`{lower}`' if isinstance(lower, str) else f'{lower:g}'}")
    return "; ".join(words)


def _kinks(spec: registry.ActivationSpec) -> str:
    kinks = spec.kinks_at()
    if not kinks:
        return "none"
    listed = "; ".join(f"at {at:.4g} the derivative is {slope:.4g}" for at, slope in kinks.items())
    return listed + (", for these values" if callable(spec.kinks) else "")


def _kept(spec: registry.ActivationSpec) -> str:
    tensors, with_input = kept.tensors(spec)
    if tensors == 1:
        return "1 tensor: the output, which the next layer keeps anyway"
    what = ": the input, and the output, which the next layer keeps anyway" if with_input else ""
    return f"{tensors:g} tensors of the output's size{what}"


def _number(value: float) -> str:
    return pictures.minus(f"{value:.4g}").replace("inf", "∞")
