"""Where in a model the activations are, and which of them are meant."""

import fnmatch
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from trax_activations import registry
from trax_activations._model import check_layer, everything, walk
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.layers import Activation, DenseRelu

__all__ = ["Place", "Places", "fused", "meant", "places"]

# Functions that models also use for other ends: 'all' leaves them where they are.
_NO_NONLINEARITY = frozenset({"exp", "identity", "log"})


@dataclass(frozen=True)
class Place:
    """An activation of a model.

    Attributes:
        path: Its path, as 'serial/residual_2/relu_1'; of a shared layer, that of its first place.
        layer: The layer.
        spec: The registry's record of what it is, if there is one.
    """

    path: str
    layer: base.Layer
    spec: registry.ActivationSpec | None

    @property
    def is_pointwise(self) -> bool:
        """Whether it is a nonlinearity that treats each element by itself."""
        return self.spec is None or not (self.spec.along_axis or self.spec.name in _NO_NONLINEARITY)


class Places(tuple[Place, ...]):
    """Activations of a model; printed, a table."""

    def shown(self, limit: int | None = None) -> str:
        """The table, of so many rows at most."""
        rows = [("place", "activation"), *((p.path, repr(p.layer)) for p in self[:limit])]
        width = max(len(path) for path, _ in rows)
        more = [f"... {len(self) - limit} more"] if limit is not None and len(self) > limit else []
        return "\n".join([*(f"{path:<{width}}  {layer}" for path, layer in rows), *more])

    def counted(self) -> str:
        """How many of each there are, and where, in one line."""
        paths: dict[str, list[str]] = {}
        for place in self:
            paths.setdefault(repr(place.layer), []).append(place.path)
        return "; ".join(
            f"{len(found)} {layer} ({', '.join(found[:3])}{', ...' if len(found) > 3 else ''})"
            for layer, found in paths.items()
        )

    def __str__(self) -> str:
        """The whole table."""
        return self.shown()


def places(model: base.Layer) -> Places:
    """Finds all activations of a model: those of this package, and stock Trax's.

    Args:
        model: Any layer, initialised or not.

    Returns:
        One place for each activation; printed, a table.

    Raises:
        TypeError: If ``model`` is not a layer.

    Example:
        >>> from trax import layers as tl
        >>> [place.path for place in places(tl.Serial(tl.Dense(4), tl.Relu(), tl.Dense(2)))]
        ['serial/relu']
    """
    check_layer("replacement", model)
    named = {id(layer): path for path, layer in walk(model)}
    found = ((named.get(id(layer), path), layer) for path, layer in everything(model))
    return Places(Place(path, layer, _spec(layer)) for path, layer in found if _is_one(layer))


def meant(found: Places, what: Any) -> Places:
    """The places that are meant by a name, class, path, pattern, predicate, or 'all'.

    Raises:
        TypeError: If ``what`` is none of these.
        KeyError: If a name is not known.
    """
    return Places(filter(_test(what), found))


def fused(model: base.Layer, what: Any) -> Iterator[str]:
    """Paths of layers that compute what is meant within a kernel of their own."""
    name = _name(what)
    if name is None or registry.get(name).name != "relu":
        return
    yield from (path for path, layer in walk(model) if isinstance(layer, DenseRelu))


def _test(what: Any) -> Callable[[Place], bool]:
    if isinstance(what, str) and what == "all":
        return lambda place: place.is_pointwise
    if isinstance(what, str) and ("/" in what or "*" in what):
        return lambda place: fnmatch.fnmatchcase(place.path, what)
    if inspect.isclass(what) and issubclass(what, base.Layer):
        return lambda place: isinstance(place.layer, what)
    name = _name(what)
    if name is not None:
        spec = registry.get(name)
        return lambda place: place.spec is spec
    if isinstance(what, base.Layer):
        return lambda place: place.layer is what
    if callable(what):
        return lambda place: bool(what(place))
    raise TypeError(
        "replace takes as what a name ('Relu'), a layer class, a path or a pattern of paths "
        "('serial/residual_*/relu'), a layer of the model, a function of the place "
        f"(lambda place: ...), or 'all', but received {what!r}."
    )


def _name(what: Any) -> str | None:
    """The name of an activation, where ``what`` is one: text, or a constructor of stock Trax."""
    if isinstance(what, str):
        return None if what == "all" or "/" in what or "*" in what else what
    is_stock = getattr(what, "__module__", None) == tl.activation_fns.__name__
    return what.__name__ if is_stock and not inspect.isclass(what) else None


def _is_one(layer: base.Layer) -> bool:
    return isinstance(layer, Activation) or _spec(layer) is not None


def _spec(layer: base.Layer) -> registry.ActivationSpec | None:
    """The record of an activation of ours; of Trax's, and of users' functions, by their name."""
    if isinstance(layer, Activation):
        return layer.spec
    is_function = type(layer) is base.PureLayer and (layer.n_in, layer.n_out) == (1, 1)
    if not (is_function or isinstance(layer, tl.activation_fns.ThresholdedLinearUnit)):
        return None
    try:
        return registry.get(layer.name)
    except KeyError:
        return None
