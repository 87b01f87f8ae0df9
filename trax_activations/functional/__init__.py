"""Activation functions in plain JAX: ``y = f(x, *parameters, **hyperparameters)``.

Nothing here imports Trax; it is for everyone on JAX. See :mod:`trax_activations.registry` for what
is known of each function.
"""

from trax_activations.functional._rectified import leaky_relu as leaky_relu
from trax_activations.functional._rectified import parametric_relu as parametric_relu
from trax_activations.functional._rectified import relu as relu
from trax_activations.functional._stochastic import randomized_relu as randomized_relu
from trax_activations.functional._thresholded import (
    affine_thresholded_linear_unit as affine_thresholded_linear_unit,
)
from trax_activations.functional._thresholded import (
    thresholded_linear_unit as thresholded_linear_unit,
)
