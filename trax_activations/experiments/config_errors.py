"""Errors of a gin config in one line: where, what, and how to mend it."""

import contextlib
import difflib
import inspect
import logging
import re
from collections.abc import Callable, Iterable, Iterator

import gin

from trax_activations._suggestions import did_you_mean

__all__ = ["check_macros", "explain", "silent_gin"]

_VAGUE = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
_LAYER_ERROR = "Exception passing through layer"  # How trax.layers.base.LayerError begins.
_STATEMENT = (
    "A statement is 'name.parameter = value', where the value is a Python literal (text in "
    "quotes), a @configurable or a %macro."
)
_IN_FILE = re.compile(r'In file "(?P<file>.*)", line (?P<line>\d+)')
_IN_BINDING = re.compile(r"In bindings string line \d+\n\s*(?P<binding>.*)")
_IN_CALL = re.compile(r"In call to configurable '(?P<name>[^']*)'")
_ADDED = re.compile(r"\n?  In (file|bindings string|call to configurable) ")
_MACRO = re.compile(r"^\s*([A-Za-z_]\w*)\s*=")


def explain(error: BaseException) -> str:
    """Explains an error in one line: where, what, how to mend it.

    Example:
        >>> explain(ImportError("No module named 'nowhere'"))
        "No module named 'nowhere'. Install it, or correct the name."
    """
    text = str(error).strip()
    where, what = _where(error, text), _message(text)
    if where.startswith("in ") and (where == "in train" or what.startswith(where[3:])):
        where = ""
    for pattern, tell in _KNOWN.items():
        if match := re.search(pattern, what):
            what = tell(*match.groups())
            break
    else:
        what = _in_general(error, what)
    return f"{where}: {what}" if where else what


def check_macros(bindings: Iterable[str]) -> None:
    """Rejects a macro of the command line that nothing in the config, once parsed, refers to.

    gin takes ``steps = 200`` for a macro, which has no effect where no ``%steps`` is; whoever types
    it means ``train.steps``.
    """
    parsed = gin.config_str()
    for line in (line.strip() for binding in bindings for line in binding.splitlines()):
        match = _MACRO.match(line)
        if match and not re.search(rf"[%@]{match[1]}\b", parsed):
            owner = "train" if match[1] in _parameters("train") else "<name>"
            raise ValueError(
                f"--config {line!r}: nothing refers to %{match[1]}. "
                f"Write {owner}.{line} to bind a parameter."
            )


@contextlib.contextmanager
def silent_gin() -> Iterator[None]:
    """Disables gin's logging of what it raises as well."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _message(text: str) -> str:
    """A message without what gin, or Trax's ``LayerError``, tell around it."""
    own = _ADDED.split(text)[0].split("\n")
    if text.startswith(_LAYER_ERROR):  # The innermost message comes last.
        last = next((line for line in reversed(own) if line.strip()), "")
        return re.sub(r"^[\w.]+(Error|Exception): ", "", last)
    return " ".join(line.strip() for line in own)


def _where(error: BaseException, text: str) -> str:
    if isinstance(error, SyntaxError):
        if error.filename is None:
            return f"--config {(error.text or '').strip()!r}"
        return f"{error.filename}, line {error.lineno}"
    if match := _IN_FILE.search(text):
        return f"{match['file']}, line {match['line']}"
    if match := _IN_BINDING.search(text):
        return f"--config {match['binding'].strip()!r}"
    if match := _IN_CALL.search(text):
        return f"in {match['name']}"
    return ""


def _in_general(error: BaseException, what: str) -> str:
    if isinstance(error, SyntaxError):
        if "\ufeff" in f"{error}{error.text}":
            return "the file begins with a byte-order mark. Save it as UTF-8 without one."
        token = re.search("Failed to parse token '(.*)'", str(error))
        return f"cannot read {token[1] if token else (error.text or '').strip()!r}. {_STATEMENT}"
    if what.startswith(("No module named", "cannot import name")):
        return f"{what.rstrip('.')}. Install it, or correct the name."
    if not what or isinstance(error, (AssertionError, AttributeError, LookupError)):
        what = f"{type(error).__name__}: {what}".rstrip(": ")
    # Python's own words, without a full stop, tell neither where nor what to do.
    vague = isinstance(error, _VAGUE) and what[-1] != "."
    return f"{what}. To see where, add --log_level=1." if vague else what


def _unknown_configurable(name: str) -> str:
    registry = gin.config._REGISTRY  # gin has no public list of what is registered.
    known = {}
    for full, _ in registry.items():
        known[full] = known[full.rpartition(".")[2]] = registry.minimal_selector(full)
    matches = difflib.get_close_matches(name, list(known), n=1) or difflib.get_close_matches(
        name.rpartition(".")[2], list(known), n=1
    )
    suggestion = f" Did you mean {known[matches[0]]!r}?" if matches else ""
    return f"unknown name {name!r}.{suggestion or ' If it is your own, import its module there.'}"


def _unknown_parameter(name: str, parameter: str) -> str:
    known = _parameters(name)
    if parameter in _parameters(f"trax_activations.{name}"):  # Trax's own holds the short name.
        return f"{name} is Trax's. Did you mean 'trax_activations.{name}.{parameter}'?"
    return f"{name} has no parameter {parameter!r}." + (
        did_you_mean(parameter, known) or f" It has {', '.join(known)}."
    )


def _parameters(name: str) -> list[str]:
    matching = gin.config._REGISTRY.get_all_matches(name)
    return list(inspect.signature(matching[0].wrapped).parameters) if matching else []


def _unbindable(name: str, parameter: str) -> str:
    why = {
        "mode": " Each task sets the mode: 'train' or 'eval'.",
        "output_dir": " Give --output_dir=FOLDER.",
    }
    return f"{parameter!r} of {name} cannot be bound.{why.get(parameter, '')}"


def _unbound(name: str, parameters: str) -> str:
    wanted = ", ".join(f"{name}.{parameter}" for parameter in re.findall(r"'(\w+)'", parameters))
    advice = {
        "train": " Give --config_file=FILE, for example digits_mlp.gin.",
        "batcher": " Bind train.inputs, or batcher.data_streams = @trax.data.data_streams.",
    }
    return f"the config binds no {wanted}.{advice.get(name, '')}"


_KNOWN: dict[str, Callable[..., str]] = {
    r"^(Unknown activation .*) See trax_activations": (
        lambda what: f"{what} See trax-activations list."
    ),
    r"^No configurable matching (?:reference )?'@?([^'()]*)(?:\(\))?'": _unknown_configurable,
    r"^Configurable '([^']*)' doesn't have a parameter named '([^']*)'": _unknown_parameter,
    r"^Configurable '([^']*)' has denylisted kwarg '([^']*)'": _unbindable,
    r"^Required bindings for `([^`]*)` not provided in config: (\[.*\])": _unbound,
    r"^(\w+)\(\) missing .* No values supplied by Gin or caller for arguments: (\[.*?\])": _unbound,
    r"^Ambiguous selector '([^']*)', matches (\[.*\])": (
        lambda name, matches: f"{name!r} is ambiguous: write one of {matches}."
    ),
    r"^Unable to open file: (.*)\. Searched config paths": (
        lambda path: f"there is no file {path!r}."
    ),
    r"^(/.*); ([A-Z][a-z ]+)$": (  # As TensorFlow tells it.
        lambda path, reason: f"cannot write {path!r}: {reason}. Give another --output_dir."
    ),
    r"^(.*) is not a directory$": (
        lambda path: f"{path} is not a directory. Give another --output_dir."
    ),
    r"^No bindings specified for '([^'/]*)/gin.macro'": (
        lambda name: f"%{name} is used but not defined. Define it by a line '{name} = value'."
    ),
}
