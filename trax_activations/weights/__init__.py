"""Names of a model's weights; reads, sets, saves and loads them by name.

Example:
    >>> from trax import layers as tl
    >>> from trax_activations import layers, weights
    >>> model = tl.Serial(tl.Dense(4), layers.ParametricRelu(4))
    >>> _ = model.init(jax.ShapeDtypeStruct((1, 3), jnp.float32))
    >>> print(weights.summary(model))
    path                      shape   dtype    count
    serial/dense/kernel       (3, 4)  float32     12
    serial/dense/bias         (4,)    float32      4
    serial/parametric_relu/a  (4,)    float32      4
    ------------------------------------------------
    3 arrays                                      20  (80 bytes)
"""

from trax_activations.weights._assign import assign as assign
from trax_activations.weights._assign import names as names
from trax_activations.weights._assign import to_dict as to_dict
from trax_activations.weights._files import init_from_file as init_from_file
from trax_activations.weights._files import input_signature as input_signature
from trax_activations.weights._files import load as load
from trax_activations.weights._files import read as read
from trax_activations.weights._files import save as save
from trax_activations.weights._frameworks import from_flax as from_flax
from trax_activations.weights._frameworks import from_keras as from_keras
from trax_activations.weights._frameworks import from_torch as from_torch
from trax_activations.weights._summary import Summary as Summary
from trax_activations.weights._summary import summary as summary

__all__ = [
    "Summary",
    "assign",
    "from_flax",
    "from_keras",
    "from_torch",
    "input_signature",
    "load",
    "names",
    "read",
    "save",
    "summary",
    "to_dict",
]
