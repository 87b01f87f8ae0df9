"""JAX's persistent compilation cache, on by default: a second run does not compile again."""

import argparse
import os
import sys
from pathlib import Path

__all__ = ["DAMAGED", "add_flag", "enable", "folder"]

# How JAX's warning about an entry that it cannot read or write begins: it then compiles anew.
DAMAGED = r"Error (reading|writing) persistent compilation cache entry"


def add_flag(parser: argparse.ArgumentParser) -> None:
    """Adds ``--compilation_cache``."""
    parser.add_argument(
        "--compilation_cache",
        choices=("on", "off"),
        default="on",
        help="whether to keep compiled programs in the user's cache folder, or where "
        "JAX_COMPILATION_CACHE_DIR says (on)",
    )


def enable(choice: str) -> None:
    """Makes JAX keep compiled programs, in this process and those that it starts, if 'on'.

    What the environment says already stands. Where JAX has been imported, it has read it: then
    nothing changes.
    """
    if choice == "off":
        os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"
    elif "jax" not in sys.modules:
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder()))
        # JAX's own default, one second, leaves out most programs: of the digits' MLP, which has 50,
        # those of the model's initial values and of evals alone take 3 s of CPU to compile.
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def folder() -> Path:
    """The user's folder for caches, by the convention of the platform."""
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        caches = "~/Library/Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "trax_activations" / "compiled"
