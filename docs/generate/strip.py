"""Draws the strip of activations at the head of the README.

python docs/generate/strip.py
"""

from pathlib import Path

import pictures

from trax_activations import registry
from trax_activations._curves import drawings

STRIP = Path(__file__).parents[1] / "images" / "strip.svg"
NAMES = (
    *("relu", "leaky_relu", "elu", "gelu", "silu", "mish", "softplus", "hard_swish", "tanh"),
    *(
        "parametric_relu",
        "srelu",
        "randomized_relu",
        "b_spline",
        "snake",
        "gaussian",
        "soft_shrink",
    ),
    *("sparsemax", "swiglu"),
)
_COLUMNS, _WIDTH, _HEIGHT = 9, 104, 104
_STYLE = """
.ta-axis { fill: none; stroke: #8884; }
.ta-curve { fill: none; stroke: #1f6fc0; stroke-width: 2.4; stroke-linejoin: round }
.ta-band { fill: #1f6fc0; fill-opacity: 0.3 }
.ta-shade-0, .ta-shade-1 { stroke-opacity: 0.4 }
text { fill: #7a838c; font: 11.5px sans-serif; text-anchor: middle }
@media (prefers-color-scheme: dark) {
  .ta-curve { stroke: #6cb2f0 } .ta-band { fill: #6cb2f0 } text { fill: #a8b3bd }
}"""


def strip() -> str:
    """The picture, as SVG that is legible on a light and on a dark page."""
    specs = [registry.get(name) for name in NAMES]
    parts = []
    for i, (spec, drawing) in enumerate(zip(specs, drawings(specs), strict=True)):
        left, top = i % _COLUMNS * _WIDTH, i // _COLUMNS * _HEIGHT
        place = f'<svg x="{left + 4}" y="{top}" width="96" height="72" '
        parts.append(pictures.thumbnail(drawing, spec.layer_name).replace("<svg ", place, 1))
        parts.append(f'<text x="{left + _WIDTH / 2}" y="{top + 88}">{spec.layer_name}</text>')
    size = f"{_COLUMNS * _WIDTH} {-(-len(NAMES) // _COLUMNS) * _HEIGHT}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">'
        f"<style>{_STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    STRIP.write_text(strip())
