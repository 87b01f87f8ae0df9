"""The same functions elsewhere, and every point where they differ from ours, with the reason.

``python tests/parity.py`` writes the table of docs/parity.md.
"""

import dataclasses
import pathlib

import numpy as np

PAGE = pathlib.Path(__file__).parent.parent / "docs" / "parity.md"
BEGIN, END = "<!-- made by tests/parity.py -->", "<!-- end of what it makes -->"
MIDDLE = """## The same function, another number

Tried at 96 points of the line, with both infinities, the largest numbers, NaN and every kink, in
float32; `0, 1` is 0 at the left end and 1 at the right."""

# What the table was made with. Other versions may have mended what it lists.
MADE_WITH = {"jax.nn": "0.10", "torch": "2.13", "keras": "3.15", "trax": "1.4"}

INF, MAX = np.inf, float(np.finfo(np.float32).max)
ENDS = (-INF, INF)
HUGE = (-MAX, -1e30, 1e30, MAX)
ALL = ("jax.nn", "torch", "keras", "trax")

LIMIT = "The limit: there infinity is multiplied by 0, or divided by itself."
OVERFLOW = "The limit: there something overflows on the way."
KINK = "PyTorch's derivative at kinks, everywhere here."
BRANCHES = "PyTorch's derivative at kinks; there both branches, or the other one, count."
NAN = "NaN stays NaN: else a model that has diverged looks sound."
DIGITS = "Computed without cancellation: there digits are lost, then all of them."


@dataclasses.dataclass(frozen=True)
class Difference:
    """Points where functions of peers give something else.

    Attributes:
        names: Our functions.
        peers: Whose functions of the same name differ.
        what: 'value' or 'gradient'.
        at: The points, among those that are tried.
        theirs: What they give.
        ours: What ours give.
        why: The reason.
        where: The points in words; by default their list.
    """

    names: tuple[str, ...]
    peers: tuple[str, ...]
    what: str
    at: tuple[float, ...]
    theirs: str
    ours: str
    why: str
    where: str = ""


GATED = ("gelu", "fast_gelu", "silu", "mish")
SHRINKS = ("hard_shrink", "soft_shrink")

DIFFERENCES = (
    Difference((*GATED, "hard_swish"), ALL, "value", (-INF,), "NaN", "0", LIMIT),
    Difference(("gelu",), ("torch",), "value", (MAX, INF), "inf, NaN", "x", OVERFLOW),
    Difference(("hard_swish",), ("torch",), "value", (MAX,), "inf", "x", OVERFLOW),
    Difference(("soft_sign",), ALL, "value", ENDS, "NaN", "-1, 1", LIMIT),
    Difference(
        ("squareplus",),
        ("jax.nn", "keras"),
        "value",
        (-INF, -MAX, -1e30, -1000.0, 1e30, MAX),
        "too large, inf or NaN",
        "the value",
        DIGITS,
        "below -100, beyond 1e19",
    ),
    Difference((*SHRINKS, "threshold"), ("keras",), "value", (np.nan,), "0", "NaN", NAN),
    Difference(("gelu", "silu", "mish"), ALL, "gradient", ENDS, "NaN", "0, 1", LIMIT),
    Difference(
        ("fast_gelu",), ALL, "gradient", (*ENDS, *HUGE), "NaN", "0, 1", OVERFLOW, "beyond 1e19"
    ),
    Difference(("hard_swish",), ("keras",), "gradient", ENDS, "NaN", "0, 1", LIMIT),
    Difference(
        ("elu", "selu"),
        ("trax",),
        "gradient",
        (100.0, 1000.0, 1e10, 1e30, MAX, INF),
        "NaN",
        "1, the scale",
        OVERFLOW,
        "beyond 88.7",
    ),
    Difference(("soft_sign",), ("jax.nn", "torch"), "gradient", ENDS, "NaN", "0", LIMIT),
    Difference(("sparse_plus",), ("keras",), "gradient", ENDS, "NaN", "0, 1", LIMIT),
    Difference(
        ("sparse_plus",), ("jax.nn",), "gradient", (*ENDS, -MAX, MAX), "NaN", "0, 1", OVERFLOW
    ),
    Difference(
        ("squareplus",),
        ("jax.nn", "keras"),
        "gradient",
        (*ENDS, *HUGE),
        "0.5 or NaN",
        "0, 1",
        OVERFLOW,
        "beyond 1e19",
    ),
    Difference(("leaky_relu",), ("jax.nn", "trax"), "gradient", (0.0,), "1", "the slope", KINK),
    Difference(("hard_tanh",), ("jax.nn", "keras"), "gradient", (-1.0, 1.0), "1", "0", KINK),
    Difference(("hard_tanh",), ("trax",), "gradient", (-1.0, 1.0), "0.5", "0", KINK),
    Difference(("sparse_sigmoid",), ("jax.nn",), "gradient", (-1.0, 1.0), "0.25", "0", KINK),
    Difference(("celu",), ("keras",), "gradient", (0.0,), "2", "1", BRANCHES),
    Difference(("selu",), ("keras",), "gradient", (0.0,), "1.0507", "1.7581", BRANCHES),
)


# Functions of the same name that are others, or have other defaults: peer, there, here.
DEFAULTS = {
    "gelu": ("jax.nn", "`approximate=True`", "`approximate=False`, as in the paper and in torch"),
    "leaky_relu": ("keras", "`negative_slope=0.2`", "`negative_slope=0.01`, as in the paper"),
    "hard_sigmoid": (
        "trax",
        "`clip(1 + x, 0, 1)`, unlike its documentation",
        "`clip(x / 6 + 1 / 2, 0, 1)`, as in all the others",
    ),
    "parametric_relu": (
        "trax",
        "`max(a x, 0)`, a ReLU of fixed slope",
        "`x` or `a x`, with a learned slope, as in the paper",
    ),
    "sparsemax": (
        "keras",
        "of some inputs 0 everywhere: an error of it",
        "a distribution, as in the paper: it sums to 1",
    ),
}


# What the peers have beside their activations, and is none.
NO_ACTIVATIONS = {
    "jax.nn": """dot_product_attention get_scaled_dot_general_config initializers log1mexp
        logmeanexp logsumexp one_hot scaled_dot_general scaled_matmul standardize""",
    "torch": "MultiheadAttention",
    "keras": "deserialize get serialize",
}


def listed(name, peer, what):
    """The points where a peer's function is known to differ from ours, in words."""
    return {
        in_words(np.float32(point))
        for each in DIFFERENCES
        if name in each.names and peer in each.peers and what == each.what
        for point in each.at
    }


def table():
    """The differences as a table in Markdown."""
    rows = ["| function | elsewhere | what | at | there | here | why |", "|---" * 7 + "|"]
    for each in DIFFERENCES:
        names = ", ".join(f"`{name}`" for name in each.names)
        peers = ", ".join(each.peers)
        points = each.where or ", ".join(map(in_words, each.at))
        cells = (names, peers, each.what, points, each.theirs, each.ours, each.why)
        rows.append("| " + " | ".join(cells).replace("-", "\N{MINUS SIGN}") + " |")
    return "\n".join(rows)


def defaults():
    """What has the same name elsewhere, and is something else, as a table in Markdown."""
    rows = ["| function | elsewhere | there | here |", "|---" * 4 + "|"]
    rows += [
        f"| `{name}` | {' | '.join(cells)} |".replace("-", "\N{MINUS SIGN}")
        for name, cells in DEFAULTS.items()
    ]
    return "\n".join(rows)


def in_words(point):
    """A number in the fewest digits; NaN, which is not equal to itself, is equal in words."""
    if abs(point) == MAX:
        return f"{'-' if point < 0 else ''}the largest number"
    return f"{point:g}" if np.isfinite(point) else str(point)


def page():
    """docs/parity.md with the table as it is here."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    written = f"{defaults()}\n\n{MIDDLE}\n\n{table()}"
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page())
