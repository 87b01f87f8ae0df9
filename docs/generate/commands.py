"""What the command says of itself."""

import contextlib
import io
import os

from trax_activations import cli

_COLUMNS = "88"


def sections() -> str:
    """A section for each command, with its help."""
    _, commands = cli._parsers()
    parts = [f"## {name}\n\n```text\n{_help(name)}\n```\n" for name in commands]
    return "\n".join(parts)


def _help(name: str) -> str:
    os.environ["COLUMNS"] = _COLUMNS  # As wide as a page, whatever the terminal.
    with contextlib.redirect_stdout(io.StringIO()) as told:
        cli.main([name, "--help"])
    return told.getvalue().strip()
