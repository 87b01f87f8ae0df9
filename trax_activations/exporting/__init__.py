"""The way out: trained models as programs that run without this package, Trax, or JAX.

Example:
    >>> import os, tempfile
    >>> from trax import layers as tl
    >>> import trax_activations as ta
    >>> model = tl.Serial(tl.Dense(8), ta.ParametricRelu(8), tl.Dense(2))
    >>> x = jnp.ones((1, 4))
    >>> _ = model.init(jax.ShapeDtypeStruct(x.shape, x.dtype))
    >>> path = export(model, x, tempfile.mkdtemp())
    >>> os.path.basename(path)
    'model.jax_export'

In a process that has only JAX:
    >>> from jax import export as jax_export
    >>> with open(path, "rb") as file:
    ...     program = jax_export.deserialize(bytearray(file.read()))
    >>> program.call(jnp.ones((5, 4))).shape
    (5, 2)
"""

from trax_activations.exporting._export import FORMATS, Format, export

__all__ = ["FORMATS", "Format", "export"]
