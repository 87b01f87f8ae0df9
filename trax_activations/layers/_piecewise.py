"""Piecewise linear activations that learn their pieces."""

from collections.abc import Sequence

from trax_activations import _checks, registry
from trax_activations._gin import configurable
from trax_activations._spec import Count, Parameter
from trax_activations.layers._learned import LearnedActivation


@configurable
class Apl(LearnedActivation):
    """APL layer: a ReLU and learned hinges.

    Its weights are named ``a`` and ``b``, each of shape ``(pieces, n)`` for n channels, or
    ``(pieces,)`` with ``num_parameters=1``.

    Args:
        num_parameters: 'channels' for hinges of its own for each element of ``axis``; that number,
            if it is to be checked; or 1 for the same hinges in all.
        pieces: How many hinges there are.
        a: Initial slopes of the hinges; ``None`` draws them from -0.5 to 0.5, as in the authors'
            experiments.
        b: Where they bend, initially; ``None`` draws this from a normal distribution of width 0.5.
        axis: The channel axis; Trax models have their channels last.

    Example:
        >>> Apl(pieces=2, b=(-0.5, 0.5))
        Apl(num_parameters='channels', pieces=2, a=None, b=(-0.5, 0.5), axis=-1)
    """

    _activation = registry.get("apl")

    def __init__(
        self,
        num_parameters: Count = "channels",
        pieces: int = 5,
        a: Sequence[float] | None = None,
        b: Sequence[float] | None = None,
        axis: int = -1,
    ) -> None:
        name = type(self).__name__
        pieces = _checks.check_count(name, "pieces", pieces)
        super().__init__(num_parameters=num_parameters, pieces=pieces, a=a, b=b, axis=axis)
        for each in ("a", "b"):
            given = getattr(self, f"_{each}")
            if given is not None and len(given) != pieces:
                raise ValueError(
                    f"{name} takes {pieces} values as {each} for pieces={pieces}, but received "
                    f"{len(given)}. Give one for each piece, or pieces={len(given)}."
                )

    def _n_values(self, parameter: Parameter) -> int:
        pieces: int = self._pieces
        return pieces
