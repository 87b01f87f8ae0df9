"""Activation functions in plain JAX: ``y = f(x, *parameters, **hyperparameters)``.

Nothing here imports Trax; it is for everyone on JAX. See :mod:`trax_activations.registry` for what
is known of each function.

What is true of every activation here:

- ``x`` is a floating-point array of any shape, or what JAX takes for one; for integers, booleans
  and complex numbers there is a ``TypeError``.
- The output has the shape and the dtype of ``x``. Only functions along an ``axis`` may change its
  size, and say so.
- Most compute in float32 where ``x`` is narrower, and round once; the others are exact anyway.
- Parameters broadcast against ``x``; their gradients have their own dtype.
- Hyperparameters may be given by position, in their order: ``leaky_relu(x, 0.3)``.
- NaN in gives NaN out. At infinity and at the largest finite number they have their limit, forward
  and backward.
- A hyperparameter that is out of range is a ``ValueError``, one of another kind a ``TypeError``; an
  input that lacks the ``axis``, or cannot be halved along it, is a ``ValueError``.
- Every transformation of JAX works; the backward pass keeps one tensor, two at most. Where that is
  the output, functions with limits (``tanh``, ``sigmoid``, ``elu``) keep the input in 16 bit: there
  the output is equal to the limit far too early, and the derivative would be 0.
"""

from trax_activations.functional._adaptive import acon_c as acon_c
from trax_activations.functional._adaptive import meta_acon as meta_acon
from trax_activations.functional._adaptive import swish_beta as swish_beta
from trax_activations.functional._clipped import clipped_relu as clipped_relu
from trax_activations.functional._clipped import hard_sigmoid as hard_sigmoid
from trax_activations.functional._clipped import hard_tanh as hard_tanh
from trax_activations.functional._clipped import relu6 as relu6
from trax_activations.functional._clipped import sparse_sigmoid as sparse_sigmoid
from trax_activations.functional._conditional import dy_relu as dy_relu
from trax_activations.functional._conditional import funnel_relu as funnel_relu
from trax_activations.functional._dynamic import derf as derf
from trax_activations.functional._dynamic import dyt as dyt
from trax_activations.functional._elementary import exp as exp
from trax_activations.functional._elementary import identity as identity
from trax_activations.functional._elementary import log as log
from trax_activations.functional._elementary import sine as sine
from trax_activations.functional._error_function import erf_act as erf_act
from trax_activations.functional._error_function import pserf as pserf
from trax_activations.functional._evo_norm import evo_norm_b0 as evo_norm_b0
from trax_activations.functional._evo_norm import evo_norm_s0 as evo_norm_s0
from trax_activations.functional._expanded import xatlu as xatlu
from trax_activations.functional._expanded import xgelu as xgelu
from trax_activations.functional._expanded import xsilu as xsilu
from trax_activations.functional._exponential import celu as celu
from trax_activations.functional._exponential import elu as elu
from trax_activations.functional._exponential import selu as selu
from trax_activations.functional._gain import with_gain as with_gain
from trax_activations.functional._gated import bilinear as bilinear
from trax_activations.functional._gated import clamped_swiglu as clamped_swiglu
from trax_activations.functional._gated import geglu as geglu
from trax_activations.functional._gated import glu as glu
from trax_activations.functional._gated import reglu as reglu
from trax_activations.functional._gated import swiglu as swiglu
from trax_activations.functional._gelu import clipped_gelu as clipped_gelu
from trax_activations.functional._gelu import fast_gelu as fast_gelu
from trax_activations.functional._gelu import gaussian as gaussian
from trax_activations.functional._gelu import gelu as gelu
from trax_activations.functional._gelu import laplace as laplace
from trax_activations.functional._grouped import crelu as crelu
from trax_activations.functional._grouped import maxout as maxout
from trax_activations.functional._hard import hard_mish as hard_mish
from trax_activations.functional._hard import hard_swish as hard_swish
from trax_activations.functional._host.activation import numpy_activation as numpy_activation
from trax_activations.functional._host.check import check_numpy_activation as check_numpy_activation
from trax_activations.functional._host.function import NumpyActivationError as NumpyActivationError
from trax_activations.functional._logish import logish as logish
from trax_activations.functional._logish import smish as smish
from trax_activations.functional._mish import golu as golu
from trax_activations.functional._mish import mish as mish
from trax_activations.functional._mish import phish as phish
from trax_activations.functional._mish import serf as serf
from trax_activations.functional._mish import tanh_exp as tanh_exp
from trax_activations.functional._normalized import log_softmax as log_softmax
from trax_activations.functional._normalized import softmax as softmax
from trax_activations.functional._normalized import softmin as softmin
from trax_activations.functional._normalized import solu as solu
from trax_activations.functional._parametric import mpelu as mpelu
from trax_activations.functional._parametric import pelu as pelu
from trax_activations.functional._parametric import xielu as xielu
from trax_activations.functional._piecewise import apl as apl
from trax_activations.functional._piecewise import arelu as arelu
from trax_activations.functional._piecewise import flexible_relu as flexible_relu
from trax_activations.functional._piecewise import srelu as srelu
from trax_activations.functional._polynomial import poly_norm as poly_norm
from trax_activations.functional._polynomial import poly_relu as poly_relu
from trax_activations.functional._polynomial import star_relu as star_relu
from trax_activations.functional._powers import bent_identity as bent_identity
from trax_activations.functional._powers import isrlu as isrlu
from trax_activations.functional._powers import isru as isru
from trax_activations.functional._powers import squared_relu as squared_relu
from trax_activations.functional._rational import randomized_rational as randomized_rational
from trax_activations.functional._rational import rational as rational
from trax_activations.functional._rectified import leaky_relu as leaky_relu
from trax_activations.functional._rectified import parametric_relu as parametric_relu
from trax_activations.functional._rectified import relu as relu
from trax_activations.functional._shrink import hard_shrink as hard_shrink
from trax_activations.functional._shrink import soft_shrink as soft_shrink
from trax_activations.functional._shrink import tanh_shrink as tanh_shrink
from trax_activations.functional._shrink import threshold as threshold
from trax_activations.functional._sigmoidal import sigmoid as sigmoid
from trax_activations.functional._sigmoidal import soft_sign as soft_sign
from trax_activations.functional._sigmoidal import tanh as tanh
from trax_activations.functional._snake import snake as snake
from trax_activations.functional._snake import snake_beta as snake_beta
from trax_activations.functional._softplus import log_sigmoid as log_sigmoid
from trax_activations.functional._softplus import shifted_softplus as shifted_softplus
from trax_activations.functional._softplus import softplus as softplus
from trax_activations.functional._softplus import sparse_plus as sparse_plus
from trax_activations.functional._softplus import squareplus as squareplus
from trax_activations.functional._sparse import entmax as entmax
from trax_activations.functional._sparse import entmax15 as entmax15
from trax_activations.functional._sparse import sparsemax as sparsemax
from trax_activations.functional._spline import b_spline as b_spline
from trax_activations.functional._statistical import dice as dice
from trax_activations.functional._stochastic import prob_act as prob_act
from trax_activations.functional._stochastic import randomized_relu as randomized_relu
from trax_activations.functional._swish import e_swish as e_swish
from trax_activations.functional._swish import lisht as lisht
from trax_activations.functional._swish import quick_gelu as quick_gelu
from trax_activations.functional._swish import silu as silu
from trax_activations.functional._thresholded import (
    affine_thresholded_linear_unit as affine_thresholded_linear_unit,
)
from trax_activations.functional._thresholded import (
    thresholded_linear_unit as thresholded_linear_unit,
)
from trax_activations.functional._tiling import fta as fta

# Functions that are no activations of the registry.
_OTHER_FUNCTIONS = frozenset({"check_numpy_activation", "numpy_activation", "with_gain"})
