"""Models with other activations, for gin configs."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import gin

from trax_activations import registry
from trax_activations._gin import MODULE, configurable
from trax_activations._trax import base
from trax_activations.replacement._replace import replace

__all__ = ["ReplacedModel", "bind", "bind_slot"]

_NAME = f"{MODULE}.ReplacedModel"


@configurable
def ReplacedModel(
    model: Callable[..., base.Layer], what: Any, by: Any, mode: str = "train"
) -> base.Layer:
    """A model with other activations: :func:`replace` for gin configs.

    So a config reaches the activations of every model, also of one that names them in its code::

        train.model = @trax_activations.ReplacedModel
        trax_activations.ReplacedModel.model = @trax.models.WideResnet
        trax_activations.ReplacedModel.what = 'Relu'
        trax_activations.ReplacedModel.by = @trax_activations.ParametricRelu

    Args:
        model: Makes the model in a mode.
        what: Which activations, as for :func:`replace`.
        by: What comes in their place, as for :func:`replace`.
        mode: As for every Trax model.

    Returns:
        The model.

    Example:
        >>> from trax import models
        >>> from trax_activations.replacement import summary
        >>> print(summary(ReplacedModel(models.MLP, "Relu", "LeakyRelu(0.2)")))
        place        was   is
        serial/relu  Relu  LeakyRelu(negative_slope=0.2)
    """
    return replace(model(mode=mode), what, by)


def bind(replacements: Sequence[str]) -> None:
    """Has the gin config in force replace activations of the model that it trains.

    Args:
        replacements: Each as 'Relu=ParametricRelu'; the first is made first.

    Raises:
        ValueError: If one names nothing to replace, or nothing for it, or the config has no model.
        UnknownActivationError: If what comes in place is no activation.
    """
    for index, text in enumerate(replacements):
        what, by = (part.strip() for part in text.partition("=")[::2])
        if not (what and by):
            raise ValueError(
                f"--replace={text!r} says no more than one half. Write what to replace, and by "
                "what: --replace='Relu=ParametricRelu'."
            )
        registry.parse(by)
        bind_slot(what, repr(by), f"replace_{index + 1}" if len(replacements) > 1 else "")


def bind_slot(what: str, by: str, scope: str = "") -> str:
    """Has the gin config in force replace some activations; returns the parameter by which.

    Args:
        what: Which activations.
        by: What comes in their place, as gin writes it: a text in quotes, or a reference.
        scope: The gin scope of the replacement, if there are several.

    Raises:
        ValueError: If the config has no model.
    """
    model = None
    with contextlib.suppress(ValueError):  # Of gin, if nothing is bound.
        model = gin.query_parameter("train.model")
    if model is None:
        raise ValueError(
            "--replace: the config names no model whose activations could be replaced. Bind one, "
            "for example train.model = @trax.models.WideResnet, or give --model=WideResnet."
        )
    name = f"{scope}/{_NAME}" if scope else _NAME
    with gin.unlock_config():
        gin.parse_config(
            f"{name}.model = {model!r}\n{name}.what = {what!r}\n{name}.by = {by}\n"
            f"train.model = @{name}\n"
        )
    return f"{name}.by"
