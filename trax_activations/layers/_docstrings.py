"""Writes the docstring of a layer from that of its function, and from the record."""

import inspect
import re
import textwrap

from trax_activations import _spec

_SECTION = re.compile(r"^(Args|Returns|Raises|References|Example):$", re.MULTILINE)
_ARGUMENT = re.compile(r"^ {4}(\w+): ", re.MULTILINE)
# What only a function says of a parameter: that it may be an array, and of which shape.
_SHAPE = re.compile(r"[:,] (a scalar|likewise)\b.*", re.DOTALL)

_LEARNED = {
    "num_parameters": "1 for one value of each weight in all, the size of ``axis`` for one per "
    "channel, 'channels' for that size, whatever it is, or None for a scalar.",
    "axis": "The channel axis; Trax models have their channels last.",
}
_DRAWN = {
    _spec.Uniform: "a uniform distribution between {low:g} and {high:g}",
    _spec.Normal: "a normal distribution of mean {mean:g} and standard deviation {stddev:g}",
}


def layer_docstring(
    spec: _spec.ActivationSpec, layer_name: str, signature: inspect.Signature
) -> str:
    """The function's docstring, with the layer's weights, arguments and example.

    It has sections in Google's style; one without, as users' own may have, stays as it is.
    """
    description, *parts = _SECTION.split(inspect.getdoc(spec.function) or "")
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    if not sections:
        return description
    texts = _argument_texts(sections.get("Args", ""))
    texts |= {p.name: _initial(p, texts.get(p.name, "")) for p in spec.parameters}
    if spec.parameters:
        texts = _LEARNED | texts
        description += f"{_weights(spec)}\n\n"
    arguments = "".join(_argument(n, texts[n]) for n in signature.parameters if n in texts)
    sections["Args"] = f"\n{arguments}\n" if arguments else ""
    sections["Returns"] = ""  # What the layer returns is said by its ``forward``.
    sections["Example"] = _example(layer_name, signature)
    return description + "".join(f"{key}:{text}" for key, text in sections.items() if text)


def _argument_texts(section: str) -> dict[str, str]:
    """What the function's docstring says of each argument."""
    _, *parts = _ARGUMENT.split(section.strip("\n"))
    return {name: text.rstrip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _argument(name: str, text: str) -> str:
    """An argument's lines in the section of arguments."""
    lines = textwrap.wrap(" ".join(f"{name}: {text}".split()), 96, subsequent_indent="    ")
    return textwrap.indent("\n".join(lines), "    ") + "\n"


def _initial(parameter: _spec.Parameter, text: str) -> str:
    """What an initial value is, and what it may be."""
    bound, text = _bound(parameter), _SHAPE.sub("", text).rstrip(".")
    what = f"Initial value of the weight ``{parameter.name}``"
    if bound:
        what = f"Initial value, greater than {bound} by the softplus of ``{parameter.name}``"
    if parameter.drawn is None:
        return f"{what}. {text}."
    source = _DRAWN[type(parameter.drawn)].format(**vars(parameter.drawn))
    drawn = f"how far above {bound} it is" if bound else "it"
    return f"{what}; None draws {drawn} from {source}. {text}."


def _bound(parameter: _spec.Parameter) -> str:
    """What a parameter's value stays above, if it is bounded."""
    lower = parameter.lower
    return f"``{lower}``" if isinstance(lower, str) else "" if lower is None else f"{lower:g}"


def _weights(spec: _spec.ActivationSpec) -> str:
    """Which weights the layer has, and what their values are made of."""
    *most, last = (f"``{parameter.name}``" for parameter in spec.parameters)
    is_named = f"Its weights are named {', '.join(most)} and" if most else "Its weight is named"
    bounded = "".join(
        f" A weight ``w`` named ``{parameter.name}`` stands for the value "
        f"``{f'{parameter.lower} + ' if parameter.lower else ''}softplus(w)``."
        for parameter in spec.parameters
        if parameter.lower is not None
    )
    scalars = [f"``{p.name}``" for p in spec.parameters if not p.per_channel]
    single = f" There is one value of {' and '.join(scalars)} in all." if scalars else ""
    return textwrap.fill(f"{is_named} {last}.{single}{bounded}", 100)


def _example(layer_name: str, signature: inspect.Signature) -> str:
    """An example that runs: the layer, and what it prints."""
    defaults = ", ".join(f"{p.name}={p.default!r}" for p in signature.parameters.values())
    return (
        "\n    >>> from trax_activations import layers"
        f"\n    >>> layers.{layer_name}()\n    {layer_name}({defaults})"
    )
