"""The layers, with types.

Made by ``python -m trax_activations.layers._face`` from the registry: do not edit it.
"""

from collections.abc import Sequence

from trax_activations._checks import MODES as MODES
from trax_activations._checks import check_mode as check_mode
from trax_activations._spec import Count
from trax_activations.layers._base import Activation as Activation
from trax_activations.layers._base import Layer as Layer
from trax_activations.layers._centered import CenteredLayer as CenteredLayer
from trax_activations.layers._conditional import DyRelu as DyRelu
from trax_activations.layers._conditional import FunnelRelu as FunnelRelu
from trax_activations.layers._custom import activation as activation
from trax_activations.layers._dense_relu import DenseRelu as DenseRelu
from trax_activations.layers._evo_norm import EvoNormB0 as EvoNormB0
from trax_activations.layers._evo_norm import EvoNormS0 as EvoNormS0
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

__all__: list[str]

class AconC(LearnedActivation):
    """ACON-C, "activate or not": a smooth maximum of two learned lines."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        p1: float | None = None,
        p2: float | None = None,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class Arelu(LearnedActivation):
    """Attention-based rectified linear unit (AReLU): both slopes are learned, within bounds."""

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha: float = 0.9,
        beta: float = 2.0,
        axis: int = -1,
    ) -> None: ...

class BentIdentity(Activation):
    """Bent identity: slope one half on the left, three halves on the right."""

    def __init__(self) -> None: ...

class Bilinear(Activation):
    """Bilinear unit: the product of the two halves."""

    def __init__(self, axis: int = -1) -> None: ...

class Celu(Activation):
    """Continuously differentiable exponential linear unit (CELU)."""

    def __init__(self, alpha: float = 1.0) -> None: ...

class ClampedSwiglu(Activation):
    """SwiGLU with clamped inputs, as in gpt-oss."""

    def __init__(
        self,
        alpha: float = 1.702,
        limit: float = 7.0,
        interleaved: bool = True,
        axis: int = -1,
    ) -> None: ...

class ClippedGelu(Activation):
    """Clipped GELU: a GELU with a ceiling, for quantized models."""

    def __init__(self, max_value: float = 10.0) -> None: ...

class ClippedRelu(Activation):
    """Rectified linear unit with a ceiling, a slope and a threshold, as the layer of Keras."""

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
    ) -> None: ...

class Crelu(Activation):
    """Concatenated ReLU (CReLU): keeps both signs, in twice the channels."""

    def __init__(self, axis: int = -1) -> None: ...

class Derf(LearnedActivation):
    """Dynamic error function (Derf): takes the place of a LayerNorm, as DyT does."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.5,
        shift: float = 0.0,
        gamma: float = 1.0,
        beta: float = 0.0,
        axis: int = -1,
    ) -> None: ...

class Dyt(LearnedActivation):
    """Dynamic tanh (DyT): takes the place of a LayerNorm, without statistics."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.5,
        gamma: float = 1.0,
        beta: float = 0.0,
        axis: int = -1,
    ) -> None: ...

class ESwish(Activation):
    """E-swish: swish, stretched."""

    def __init__(self, beta: float = 1.375) -> None: ...

class Elu(Activation):
    """Exponential linear unit (ELU)."""

    def __init__(self, alpha: float = 1.0, *, a: float = 1.0) -> None: ...

class Entmax(LearnedActivation):
    r"""Entmax of any :math:`\alpha`, also a learned one: from softmax (1) to sparsemax (2)."""

    def __init__(
        self,
        num_parameters: Count = None,
        alpha: float = 1.5,
        axis: int = -1,
    ) -> None: ...

class Entmax15(Activation):
    r"""Entmax with :math:`\alpha = 1.5`: half way between softmax and sparsemax."""

    def __init__(self, axis: int = -1) -> None: ...

class ErfAct(LearnedActivation):
    """ErfAct: an input gated by the error function of an exponential."""

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha: float = 0.75,
        beta: float = 0.75,
        axis: int = -1,
    ) -> None: ...

class Exp(Activation):
    """Exponential."""

    def __init__(self) -> None: ...

class FastGelu(Activation):
    """GELU approximated by tanh; ``gelu(x, approximate=True)`` under the name that Trax uses."""

    def __init__(self) -> None: ...

class FlexibleRelu(LearnedActivation):
    """Flexible rectified linear unit: a ReLU that learns its least value."""

    def __init__(self, num_parameters: Count = 1, bias: float = -1.0, axis: int = -1) -> None: ...

class Fta(Activation):
    """Fuzzy tiling activation (FTA): each number becomes a soft one-hot vector."""

    def __init__(
        self,
        tiles: int = 20,
        low: float = -20.0,
        high: float = 20.0,
        eta: float | None = None,
        axis: int = -1,
    ) -> None: ...

class Gaussian(Activation):
    """Gaussian bell."""

    def __init__(self, sigma: float = 1.0) -> None: ...

class Geglu(Activation):
    """GEGLU: the GELU of the first half times the second."""

    def __init__(self, approximate: bool = False, axis: int = -1) -> None: ...

class Gelu(Activation):
    """Gaussian error linear unit (GELU)."""

    def __init__(self, approximate: bool = False) -> None: ...

class Glu(Activation):
    """Gated linear unit (GLU): the first half times the sigmoid of the second."""

    def __init__(self, axis: int = -1) -> None: ...

class Golu(Activation):
    """Gompertz linear unit (GoLU)."""

    def __init__(self) -> None: ...

class HardMish(Activation):
    """Hard Mish: a piecewise quadratic that resembles Mish."""

    def __init__(self) -> None: ...

class HardShrink(Activation):
    r"""Hard shrinkage: sets what is at most :math:`\lambda` from 0 to 0."""

    def __init__(
        self,
        lambd: float = 0.5,
        lower: float | None = None,
        upper: float | None = None,
    ) -> None: ...

class HardSigmoid(Activation):
    """Hard sigmoid: a straight line from 0 at -3 to 1 at 3."""

    def __init__(self) -> None: ...

class HardSwish(Activation):
    """Hard swish: the input times its hard sigmoid."""

    def __init__(self) -> None: ...

class HardTanh(Activation):
    """Hard hyperbolic tangent: the identity between two bounds."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None: ...

class Identity(Activation):
    """Identity: no activation."""

    def __init__(self) -> None: ...

class Isrlu(Activation):
    """Inverse square root linear unit (ISRLU): an algebraic ELU."""

    def __init__(self, alpha: float = 1.0) -> None: ...

class Isru(Activation):
    """Inverse square root unit (ISRU): an algebraic tanh."""

    def __init__(self, alpha: float = 1.0) -> None: ...

class Laplace(Activation):
    """Laplace attention function: a normal distribution that approximates the squared ReLU."""

    def __init__(
        self,
        mu: float = 0.7071067811865476,
        sigma: float = 0.28209479177387814,
    ) -> None: ...

class LeakyRelu(Activation):
    """Leaky rectified linear unit."""

    def __init__(self, negative_slope: float = 0.01, *, a: float = 0.01) -> None: ...

class Lisht(Activation):
    """Linearly scaled hyperbolic tangent (LiSHT)."""

    def __init__(self) -> None: ...

class Log(Activation):
    """Natural logarithm."""

    def __init__(self) -> None: ...

class LogSigmoid(Activation):
    """Logarithm of the sigmoid, also where the sigmoid itself is 0."""

    def __init__(self) -> None: ...

class LogSoftmax(Activation):
    """Logarithm of softmax, also where softmax itself is 0."""

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None: ...

class Logish(Activation):
    """Logish."""

    def __init__(self, alpha: float = 1.0, beta: float = 1.0) -> None: ...

class Maxout(Activation):
    """Maxout: the greatest of every few channels."""

    def __init__(self, pieces: int = 2, axis: int = -1) -> None: ...

class Mish(Activation):
    """Mish."""

    def __init__(self) -> None: ...

class Mpelu(LearnedActivation):
    """Multiple parametric exponential linear unit (MPELU): between ReLU, PReLU and ELU."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 0.25,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class Pelu(LearnedActivation):
    """Parametric exponential linear unit (PELU): an ELU that learns its slope and its decay."""

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha: float = 1.0,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class Phish(Activation):
    """Phish."""

    def __init__(self) -> None: ...

class PolyNorm(LearnedActivation):
    """PolyNorm: a learned sum of normalized powers of a vector."""

    def __init__(
        self,
        num_parameters: Count = 1,
        weight: Sequence[float] = (0.3333333333333333, 0.3333333333333333, 0.3333333333333333),
        bias: float = 0.0,
        epsilon: float = 1e-06,
        axis: int = -1,
    ) -> None: ...

class PolyRelu(LearnedActivation):
    """PolyReLU: a learned polynomial of the positive part."""

    def __init__(
        self,
        num_parameters: Count = 1,
        weight: Sequence[float] = (0.3333333333333333, 0.3333333333333333, 0.3333333333333333),
        bias: float = 0.0,
        axis: int = -1,
    ) -> None: ...

class Pserf(LearnedActivation):
    """Parametric serf: an input gated by the error function of a softplus."""

    def __init__(
        self,
        num_parameters: Count = 1,
        gamma: float = 1.25,
        delta: float = 0.85,
        axis: int = -1,
    ) -> None: ...

class QuickGelu(Activation):
    """Quick GELU: the sigmoid approximation of GELU, which CLIP uses."""

    def __init__(self) -> None: ...

class Reglu(Activation):
    """ReGLU: the ReLU of the first half times the second."""

    def __init__(self, axis: int = -1) -> None: ...

class Relu(Activation):
    """Rectified linear unit."""

    def __init__(self) -> None: ...

class Relu6(Activation):
    """Rectified linear unit with a ceiling at 6."""

    def __init__(self) -> None: ...

class Selu(Activation):
    """Scaled exponential linear unit (SELU)."""

    def __init__(
        self,
        alpha: float = 1.6732632423543772,
        lmbda: float = 1.0507009873554805,
    ) -> None: ...

class Serf(Activation):
    """Serf."""

    def __init__(self) -> None: ...

class ShiftedSoftplus(Activation):
    """Shifted softplus: softplus that goes through the origin."""

    def __init__(self) -> None: ...

class Sigmoid(Activation):
    """Logistic sigmoid."""

    def __init__(self) -> None: ...

class Silu(Activation):
    """Sigmoid linear unit (SiLU), also called swish."""

    def __init__(self) -> None: ...

class Sine(Activation):
    """Sine, the activation of SIREN."""

    def __init__(self, w0: float = 30.0) -> None: ...

class Smish(Activation):
    """Smish."""

    def __init__(self, alpha: float = 1.0, beta: float = 1.0) -> None: ...

class Snake(LearnedActivation):
    """Snake: the identity and a wave of learned period."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class SnakeBeta(LearnedActivation):
    """Snake whose wave has a height of its own."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        alpha: float = 1.0,
        beta: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class SoftShrink(Activation):
    r"""Soft shrinkage: moves every input towards 0, by at most :math:`\lambda`."""

    def __init__(
        self,
        lambd: float = 0.5,
        lower: float | None = None,
        upper: float | None = None,
    ) -> None: ...

class SoftSign(Activation):
    """Soft sign: as tanh, but with slow tails."""

    def __init__(self) -> None: ...

class Softmax(Activation):
    """Softmax: positive weights that sum to one."""

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None: ...

class Softmin(Activation):
    """Softmin: softmax of the negative input."""

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None: ...

class Softplus(Activation):
    """Softplus, the integral of the sigmoid."""

    def __init__(self, beta: float = 1.0, threshold: float | None = None) -> None: ...

class Solu(Activation):
    """Softmax linear unit (SoLU): inputs times their softmax."""

    def __init__(self, axis: int = -1) -> None: ...

class SparsePlus(Activation):
    """Sparse plus: softplus that reaches 0, the integral of ``sparse_sigmoid``."""

    def __init__(self) -> None: ...

class SparseSigmoid(Activation):
    """Sparse sigmoid: a straight line from 0 at -1 to 1 at 1; the derivative of ``sparse_plus``."""

    def __init__(self) -> None: ...

class Sparsemax(Activation):
    """Sparsemax: the point of the probability simplex next to the input."""

    def __init__(self, axis: int = -1) -> None: ...

class SquaredRelu(Activation):
    """Squared ReLU."""

    def __init__(self) -> None: ...

class Squareplus(Activation):
    """Squareplus: an algebraic softplus."""

    def __init__(self, b: float = 4.0) -> None: ...

class Srelu(LearnedActivation):
    """S-shaped rectified linear unit (SReLU): three lines, joined at two learned thresholds."""

    def __init__(
        self,
        num_parameters: Count = "channels",
        t_left: float = 0.0,
        a_left: float | None = None,
        t_right: float | None = None,
        a_right: float = 1.0,
        axis: int = -1,
    ) -> None: ...

class StarRelu(LearnedActivation):
    """StarReLU: a squared ReLU with learned scale and bias."""

    def __init__(
        self,
        num_parameters: Count = 1,
        scale: float = 1.0,
        bias: float = 0.0,
        axis: int = -1,
    ) -> None: ...

class Swiglu(Activation):
    """SwiGLU: the SiLU of the first half times the second."""

    def __init__(self, axis: int = -1) -> None: ...

class Swish(Activation):
    """Sigmoid linear unit (SiLU), also called swish."""

    def __init__(self) -> None: ...

class SwishBeta(LearnedActivation):
    """Swish with a learned gate: between a line (beta = 0) and a ReLU."""

    def __init__(self, num_parameters: Count = 1, beta: float = 1.0, axis: int = -1) -> None: ...

class Tanh(Activation):
    """Hyperbolic tangent."""

    def __init__(self) -> None: ...

class TanhExp(Activation):
    """TanhExp, published again as TeLU."""

    def __init__(self) -> None: ...

class TanhShrink(Activation):
    """Tanh shrinkage: what tanh takes away."""

    def __init__(self) -> None: ...

class Threshold(Activation):
    r"""Threshold: replaces what is not above :math:`\theta` by a value."""

    def __init__(self, threshold: float = 0.0, value: float = 0.0) -> None: ...

class Xatlu(LearnedActivation):
    """Expanded arctan linear unit: the gate goes from -alpha to 1 + alpha."""

    def __init__(self, num_parameters: Count = 1, alpha: float = 0.0, axis: int = -1) -> None: ...

class Xgelu(LearnedActivation):
    """Expanded GELU: the gate goes from -alpha to 1 + alpha."""

    def __init__(self, num_parameters: Count = 1, alpha: float = 0.0, axis: int = -1) -> None: ...

class Xielu(LearnedActivation):
    """Expanded integral of the ELU (xIELU): its derivative is a line, and an ELU."""

    def __init__(
        self,
        num_parameters: Count = 1,
        alpha_p: float = 0.8,
        alpha_n: float = 0.8,
        beta: float = 0.5,
        axis: int = -1,
    ) -> None: ...

class Xsilu(LearnedActivation):
    """Expanded SiLU: the gate goes from -alpha to 1 + alpha."""

    def __init__(self, num_parameters: Count = 1, alpha: float = 0.0, axis: int = -1) -> None: ...
