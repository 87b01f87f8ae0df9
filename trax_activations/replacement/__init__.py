"""Other activations in a model that is built, or trained.

Many models of Trax name ``tl.Relu()`` in their code, where no argument reaches it.
:func:`replace` makes a copy of any model with other activations, which shares all other weights:

Example:
    >>> from trax import models
    >>> resnet = models.WideResnet(n_blocks=1, widen_factor=1)
    >>> print(places(resnet).shown(limit=2))
    place                     activation
    serial/residual_1/relu_1  Relu
    serial/residual_1/relu_2  Relu
    ... 5 more
    >>> learned = replace(resnet, "serial/residual_*", "ParametricRelu")
    >>> print(places(learned).shown(limit=1))
    place                                activation
    serial/residual_1/parametric_relu_1  ParametricRelu(num_parameters=1, a=0.25, axis=-1)
    ... 6 more
    >>> print(summary(learned).shown(limit=1))
    place                     was   is
    serial/residual_1/relu_1  Relu  ParametricRelu(num_parameters=1, a=0.25, axis=-1)
    ... 5 more
"""

from trax_activations.replacement._configured import ReplacedModel, bind, bind_slot
from trax_activations.replacement._places import Place, Places, places
from trax_activations.replacement._replace import replace
from trax_activations.replacement._summary import Row, Summary, summary

__all__ = [
    "Place",
    "Places",
    "ReplacedModel",
    "Row",
    "Summary",
    "bind",
    "bind_slot",
    "places",
    "replace",
    "summary",
]
