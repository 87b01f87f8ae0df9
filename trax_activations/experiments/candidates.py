"""Parses activations to compare: ``Relu``, ``prelu``, ``LeakyRelu(negative_slope=0.2)``."""

import dataclasses
import inspect
import re
from typing import Any

from trax_activations import layers, registry

__all__ = ["Candidate", "candidate", "elementwise", "split"]


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An activation and its arguments.

    Attributes:
        layer: Name of the layer.
        arguments: Names and values of what was given, in order.
    """

    layer: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """Its name in reports.

        Example:
            >>> candidate("leaky_relu(0.2)").label
            'LeakyRelu(negative_slope=0.2)'
        """
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        return f"{self.layer}({given})" if given else self.layer

    @property
    def folder(self) -> str:
        """A name for its folder: what every file system takes, and no two labels share.

        Example:
            >>> candidate("LeakyRelu(negative_slope=0.2)").folder
            'LeakyRelu_negative_slope=0.2'
        """
        return re.sub(r"[^\w.=+-]+", "_", self.label).strip("_")

    def bindings(self) -> str:
        """The arguments as gin bindings, one on each line."""
        name = f"trax_activations.{self.layer}"
        return "\n".join(f"{name}.{argument} = {value!r}" for argument, value in self.arguments)


def split(text: str) -> list[str]:
    """Splits a list at its commas, but not within brackets.

    Example:
        >>> split("Relu, RandomizedRelu(lower=0.1, upper=0.3)")
        ['Relu', 'RandomizedRelu(lower=0.1, upper=0.3)']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def candidate(text: str) -> Candidate:
    """Parses a name, or a call with literal arguments.

    Args:
        text: Name of a layer or function, or an alias, in any style; with arguments of the layer
            if it is to have others than its own and the config's.

    Returns:
        The candidate. The layer was made once, so its arguments are right.

    Raises:
        UnknownActivationError: If no activation has this name.
        TypeError: If the layer has no such argument, or not of this type.
        ValueError: If it is no name or call, or an argument has no such value.
    """
    spec, positional, named = registry.parse(text)
    layer = getattr(layers, spec.layer_name)
    if "mode" in named:
        raise ValueError(f"{text}: each task sets the mode, 'train' or 'eval'. Leave it out.")
    layer(*positional, **named)
    given = inspect.signature(layer).bind_partial(*positional, **named).arguments
    return Candidate(spec.layer_name, tuple(given.items()))


def elementwise() -> tuple[list[Candidate], dict[str, str]]:
    """All elementwise activations.

    Returns:
        They, and the others: by label the reason why they are left out.
    """
    left_out = {}
    for spec in registry.specs():
        if spec.along_axis:
            left_out[spec.layer_name] = "works along an axis, not on each element by itself"
        elif not all(parameter.learned for parameter in spec.parameters):
            left_out[spec.layer_name] = "looks at the whole batch, not at each element by itself"
    names = [spec.layer_name for spec in registry.specs()]
    return [Candidate(name) for name in names if name not in left_out], left_out
