"""Any activation times a fixed number, so that a network without normalization keeps its scale."""

import copy
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._gin import configurable
from trax_activations._trax import base
from trax_activations._trax import layers as tl
from trax_activations.functional._gain import unit_gain
from trax_activations.layers._base import Activation, Layer, creation_site
from trax_activations.layers._joined import check_layer, check_one_to_one, run
from trax_activations.layers._learned import LearnedActivation

# Those of the authors' code (deepmind-research, nfnets/base.py): measured on random numbers, and so
# up to 0.1 % from exact. With them their networks were trained.
GAINS = {
    "celu": 1.270926833152771,
    "elu": 1.2716004848480225,
    "fast_gelu": 1.7015043497085571,
    "gelu": 1.7015043497085571,
    "glu": 1.8484294414520264,
    "identity": 1.0,
    "leaky_relu": 1.70590341091156,
    "log_sigmoid": 1.9193484783172607,
    "log_softmax": 1.0002083778381348,
    "relu": 1.7139588594436646,
    "relu6": 1.7131484746932983,
    "selu": 1.0008515119552612,
    "sigmoid": 4.803835391998291,
    "silu": 1.7881293296813965,
    "soft_sign": 2.338853120803833,
    "softplus": 1.9203323125839233,
    "tanh": 1.5939117670059204,
}


@configurable
class ScaledActivation(Layer, tl.Serial):
    r"""Any activation times a fixed gain: of normal input it makes output of variance 1.

    .. math::
        y = \gamma f(x)

    Networks without normalization (NF-ResNets, NFNets) have it in the place of each activation. The
    gain is no weight. The layer keeps no more for its backward pass than the activation alone, and
    stands for it in a model: weights have the same names in :mod:`trax_activations.weights`, modes
    pass through.

    Args:
        activation: A layer with one input and one output: any activation, of this package or of
            Trax, or one of your own.
        gamma: The gain, a number other than 0. By default that of the authors' table, for the
            activations in it with their default hyperparameters; for others it is computed, as
            ``1 / std(f(z))`` for ``z`` from N(0, 1), of the activation outside of training, with
            its initial weights. For what is no function of single numbers it must be given.

    Raises:
        TypeError: If the activation is not a layer, or gamma not a number.
        ValueError: If the activation has several inputs or outputs, gamma is 0, or there is no
            known gain.

    References:
        Brock, De, Smith, "Characterizing signal propagation to close the performance gap in
        unnormalized ResNets", arXiv:2101.08692, 2021; Brock, De, Smith, Simonyan,
        "High-Performance Large-Scale Image Recognition Without Normalization", arXiv:2102.06171,
        2021. It is timm's ``GammaAct``; there the gain is 1 by default.

    Example:
        >>> from trax_activations import layers
        >>> ScaledActivation(layers.Mish())
        ScaledActivation(Mish(), gamma=1.592025379212544)
    """

    _stands_for_its_sublayers = True  # In the names of weights: see _paths.py.

    def __init__(self, activation: base.Layer, gamma: float | None = None) -> None:
        name = type(self).__name__
        check_layer(name, "activation", activation, f"{name}(layers.Gelu())")
        check_one_to_one(name, activation)
        gamma = known_gain(activation) if gamma is None else gamma
        if not _checks.check_number(name, "gamma", gamma):
            raise _checks.refused(name, "gamma", gamma, "a number other than 0", "1.7")
        tl.Serial.__init__(self, activation, name=name)
        self._caller = creation_site()
        self._gamma = float(gamma)

    def __repr__(self) -> str:
        """Names the activation and the gain."""
        (activation,) = self.sublayers
        return f"{self._name}({activation!r}, gamma={self._gamma!r})"

    init_weights_and_state = tl.Serial.init_weights_and_state

    def forward(self, x: Array) -> Array:
        """Applies the activation, and multiplies; shape and dtype are the activation's."""
        (activation,) = self.sublayers
        twin = activation._times(self._gamma) if isinstance(activation, Activation) else None
        if twin is None:
            return self._gamma * run(self, x, [])
        y = run(self, x, [], [twin])
        # Where the layer occurs again, Trax looks for them here (trax/layers/base.py:570).
        activation.weights, activation.state = twin.weights, twin.state
        return y


def known_gain(activation: Any) -> float:
    """The gain of an activation for normal input: of the table, or computed; refuses others."""
    if not isinstance(activation, Activation):
        raise _unknown(activation, "it is none of the catalogue")
    spec = activation.spec
    if spec.name in GAINS and activation._function_arguments() == spec.hyperparameters:
        return GAINS[spec.name]
    if spec.along_axis:
        raise _unknown(activation, "its outputs depend on several inputs")
    if not all(parameter.learned for parameter in spec.parameters):
        raise _unknown(activation, "it depends on the whole input")
    values: dict[str, Any] = activation._function_arguments()
    alone = copy.deepcopy(activation)
    if isinstance(alone, LearnedActivation):
        values |= alone.initial_values()
        alone._num_parameters, alone._shared_axes = 1, None
        for name, value in alone.initial_values().items():
            setattr(alone, f"_{name}", value)
    if hasattr(alone, "_mode"):
        alone._mode = "eval"

    def function(x: Array) -> Array:
        column = x[:, None]
        alone.init(jax.ShapeDtypeStruct(column.shape, jnp.float32))
        return alone(column)[:, 0]

    try:
        return unit_gain(function, spec.kinks_at(**values))
    except ValueError as error:
        raise _unknown(activation, f"{str(error)[:-1].replace('No', 'no', 1)}") from None


def _unknown(activation: base.Layer, why: str) -> ValueError:
    return ValueError(
        f"ScaledActivation: {activation!r} has no known gain, since {why}. Give one, for example "
        "gamma=1.7."
    )
