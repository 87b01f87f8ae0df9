"""Layers for Trax: drop-in inside ``tl.Serial``, activations also as ``ff_activation=...``.

There is one layer per entry of the registry. Those with behaviour of their own, such as noise or
statistics, are classes in files of this package; the others are generated from the registry's
record. Besides, there are layers that are no activations, such as :class:`DenseRelu`; and
:func:`SirenInitializer`, for the layers before a :class:`Sine`. All are gin-configurable as
``trax_activations.<Name>``.

What is true of every layer here:

- A hyperparameter that is out of range is a ``ValueError`` when the layer is made, one of another
  kind a ``TypeError``.
- Input that is not floating point is a ``TypeError`` when the layer is initialized; input without
  the layer's ``axis``, or with another size there, a ``ValueError``.
"""

from trax_activations import registry as _registry
from trax_activations._checks import MODES as MODES
from trax_activations._checks import check_mode as check_mode
from trax_activations._gin import configurable as _configurable
from trax_activations.layers._base import Activation as Activation
from trax_activations.layers._base import Layer as Layer
from trax_activations.layers._centered import CenteredLayer as CenteredLayer
from trax_activations.layers._conditional import DyRelu as DyRelu
from trax_activations.layers._conditional import FunnelRelu as FunnelRelu
from trax_activations.layers._custom import activation as activation
from trax_activations.layers._dense_relu import DenseRelu as DenseRelu
from trax_activations.layers._evo_norm import EvoNormB0 as EvoNormB0
from trax_activations.layers._evo_norm import EvoNormS0 as EvoNormS0
from trax_activations.layers._generated import layer_class as _layer_class
from trax_activations.layers._half_fourier import HalfFourier as HalfFourier
from trax_activations.layers._host import NumpyActivation as NumpyActivation
from trax_activations.layers._initializers import SirenInitializer as SirenInitializer
from trax_activations.layers._learned import LearnedActivation as LearnedActivation
from trax_activations.layers._piecewise import Apl as Apl
from trax_activations.layers._rational import Rational as Rational
from trax_activations.layers._rectified import (
    AffineThresholdedLinearUnit as AffineThresholdedLinearUnit,
)
from trax_activations.layers._rectified import ParametricRelu as ParametricRelu
from trax_activations.layers._rectified import RandomizedRelu as RandomizedRelu
from trax_activations.layers._rectified import ThresholdedLinearUnit as ThresholdedLinearUnit
from trax_activations.layers._remat import Remat as Remat
from trax_activations.layers._scaled import ScaledActivation as ScaledActivation
from trax_activations.layers._spline import BSpline as BSpline
from trax_activations.layers._statistical import Dice as Dice
from trax_activations.layers._statistical import MetaAcon as MetaAcon
from trax_activations.layers._stochastic import ProbAct as ProbAct
from trax_activations.layers._stochastic import RandomizedRational as RandomizedRational
from trax_activations.layers._tensor_reduction import TensorReduction as TensorReduction

for _spec in _registry.specs():
    for _name in (_spec.layer_name, *_spec.layer_aliases):
        if _name not in globals():
            globals()[_name] = _configurable(_layer_class(_spec, __name__, _name))

__all__ = sorted(
    name for name, member in globals().items() if name[0].isupper() and callable(member)
)
