"""The record of an activation, and the decorator that puts it into the registry.

Everything that the package says about an activation - its layer, gin name, table rows, tests -
is derived from one :class:`ActivationSpec`, written where the function is. Imports nothing heavy.
"""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

REALS = (-float("inf"), float("inf"))

# How many values of each parameter a layer learns: a number, as many as there are channels, or
# one without an axis.
Count = int | Literal["channels"] | None

Kinks = Mapping[float, float] | Callable[..., Mapping[float, float]]

Group = Literal[
    "rectifier",
    "smooth",
    "bounded",
    "gated",
    "distribution",
    "learned",
    "random",
    "normalizing",
    "periodic",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True)
class Uniform:
    """Initial values drawn between two bounds."""

    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Normal:
    """Initial values drawn around a mean."""

    mean: float
    stddev: float


@dataclasses.dataclass(frozen=True)
class Parameter:
    """An array argument of an activation: what it learns, or what its layer finds out.

    Attributes:
        name: Name of the function's argument, of the layer's hyperparameter that holds the
            initial value, and of the weight.
        initial: Initial value, from the paper; one that is typical, where the paper draws it.
            Several numbers where the parameter has several values for each element: coefficients
            of a polynomial, say. These lie along its first axis, and the rest is broadcast.
        per_channel: Whether there may be one value per channel; else there is one in all.
        drawn: How the paper draws initial values, if it does.
        lower: What a layer's value stays above: a number, or the name of a hyperparameter or of an
            earlier parameter. The layer keeps to it by its weight ``w``: the value is
            ``lower + softplus(w)``.
        learned: Whether it is a weight of the layer; else the layer computes it from its input.
    """

    name: str
    initial: float | tuple[float, ...]
    per_channel: bool = True
    drawn: Uniform | Normal | None = None
    lower: float | str | None = None
    learned: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class ActivationSpec:
    """What is known of one activation function. It can be hashed, and pickled if registered.

    Attributes:
        name: Name of the function, in snake_case; the layer is the same in CamelCase.
        function: The function itself, ``y = function(x, *parameters, **hyperparameters)``.
        paper: Where it was published.
        group: Under which heading people look for it.
        parameters: The array arguments after ``x``, in the function's order.
        kinks: Points where the derivative jumps, with the derivative taken there; a function of
            the parameters and hyperparameters where it depends on them.
        limits: Values at the ends of the domain, at the initial parameters.
        domain: Where it is defined; elsewhere it is NaN.
        random: Whether the function takes a ``key`` after ``x``.
        monotone: Whether it never decreases, at the initial parameters.
        along_axis: Whether it works along an ``axis``, not on each element by itself; it may then
            change the size of that axis.
        aliases: Other names under which the field knows it.
        layer_aliases: Other names of the layer: those that Trax uses.
        argument_aliases: Other names of hyperparameters, with ours: those that Trax uses.
        check: Called with the hyperparameters when a layer is made; raises ValueError.
        num_parameters: How many values of each parameter the layer learns by default.
    """

    name: str
    function: Callable[..., Any] = dataclasses.field(repr=False)
    paper: str
    group: Group | None = None
    parameters: tuple[Parameter, ...] = ()
    kinks: Kinks = dataclasses.field(default_factory=dict, repr=False)
    limits: tuple[float, float] | None = None
    domain: tuple[float, float] = REALS
    random: bool = False
    monotone: bool = False
    along_axis: bool = False
    aliases: tuple[str, ...] = ()
    layer_aliases: tuple[str, ...] = ()
    argument_aliases: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    check: Callable[..., None] | None = dataclasses.field(default=None, repr=False)
    num_parameters: Count = 1

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Applies the function."""
        return self.function(*args, **kwargs)

    def __reduce__(self) -> Any:
        """A registered record is pickled by its name: it holds lambdas."""
        if _ACTIVATIONS.get(self.name) is self:
            return _registered, (self.name, self.function.__module__)
        return super().__reduce__()

    @property
    def family(self) -> str:
        """The family whose file the function lives in, as 'rectified'."""
        return self.function.__module__.rpartition(".")[2].lstrip("_")

    @property
    def layer_name(self) -> str:
        """The name of the layer, as 'ParametricRelu'."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Names and default values of what is chosen, not learned."""
        # A mask belongs to an input, not to a layer.
        learned = {"where", *(parameter.name for parameter in self.parameters)}
        return {
            name: parameter.default
            for name, parameter in inspect.signature(self.function).parameters.items()
            if parameter.default is not parameter.empty and name not in learned
        }

    def kinks_at(self, **values: Any) -> Mapping[float, float]:
        """The kinks for given values of parameters and hyperparameters."""
        if not callable(self.kinks):
            return self.kinks
        accepted = inspect.signature(self.kinks).parameters
        known: dict[str, Any] = {p.name: p.initial for p in self.parameters}
        known |= self.hyperparameters | values
        return self.kinks(**{name: known[name] for name in accepted})


_ACTIVATIONS: dict[str, ActivationSpec] = {}
_ALIASES: dict[str, str] = {}


def _registered(name: str, module: str) -> ActivationSpec:
    """The record of this name, in a process that may not have imported the module yet."""
    importlib.import_module(module)
    return _ACTIVATIONS[name]


def citation(doc: str) -> str:
    """The first reference of a docstring, in short: authors, title, address and year.

    Example:
        >>> citation('''References:
        ...     Li, Fan, Wu, "Deep Nets: Revisited", arXiv:1606.00305, 2016; code at li/nets.''')
        'Li et al., Deep Nets: Revisited, arXiv:1606.00305 (2016)'
    """
    text = " ".join(doc.partition("References:")[2].partition("Example:")[0].split())
    match = re.match(r'([^"]+), "([^"]+)", (.*)', text)
    if match is None:
        return ""
    authors, title, rest = match.groups()
    first, *others = authors.split(", ")
    authors = f"{first} et al." if len(others) > 1 else authors
    short = title.partition(": ")[0]
    title = short if len(short.split()) > 2 else title
    rest = re.split(r";|: |\. ", rest)[0].rstrip(".")
    address = re.search(r"(arXiv:|doi:|https://)[^\s,]+", rest)
    year = re.search(r"(?<![:/.\d])(19|20)\d\d\b", rest)
    where = f", {address[0]}" if address else ""
    return f"{authors}, {title}{where}" + (f" ({year[0]})" if year else "")


def activation(**record: Any) -> Callable[[_Function], _Function]:
    """Registers the decorated function under its own name.

    Args:
        **record: Fields of :class:`ActivationSpec` other than ``name`` and ``function``. The paper
            is by default the first reference of the docstring.

    Returns:
        A decorator that returns the function as it is.

    Raises:
        ValueError: If the name or an alias is taken.
    """

    def register(function: _Function) -> _Function:
        check = getattr(function, "check", None)
        about = {"paper": citation(function.__doc__ or ""), "check": check, **record}
        spec = ActivationSpec(name=function.__name__, function=function, **about)
        for name in (spec.name, *spec.aliases):
            if name in _ACTIVATIONS or name in _ALIASES:
                raise ValueError(f"An activation named {name!r} is registered already.")
        _ACTIVATIONS[spec.name] = spec
        _ALIASES.update(dict.fromkeys(spec.aliases, spec.name))
        return function

    return register
