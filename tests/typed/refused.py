"""What is wrong in a user's code: each line marked so is refused by each type checker."""

import jax

import trax_activations as ta
from trax_activations import datasets, layers, modes, registry, training, weights
from trax_activations import functional as F


def functions(x: jax.Array) -> None:
    F.gleu(x)  # wrong
    F.gelu(x, approximat=True)  # wrong
    F.leaky_relu(x, negative_slope="0.2")  # wrong
    F.parametric_relu(x)  # wrong
    F.randomized_relu(x, 0.1, 0.2, 0.3, 0.4, 0.5)  # wrong


def made() -> None:
    ta.ParamtricRelu(3)  # wrong
    ta.ParametricRelu(3, nonsense=1)  # wrong
    ta.ParametricRelu("chanels")  # wrong
    ta.ParametricRelu(a=None)  # wrong
    layers.ThresholdedLinearUnit(num_parameters=2.5)  # wrong
    ta.RandomizedRelu(shared_axes=0)  # wrong
    ta.LeakyRelu(alpha=0.2)  # wrong
    ta.LeakyRelu(negative_slope="0.2")  # wrong
    ta.PolyRelu(weight=0.5)  # wrong
    ta.Rational(version="E")  # wrong
    ta.Mish(1.0)  # wrong
    ta.DenseRelu()  # wrong
    ta.NumpyActivation(3)  # wrong
    ta.activation(parameters={"a": "b"})  # wrong


def model() -> None:
    layer = ta.ParametricRelu()
    modes.with_mode(layer)  # wrong
    modes.mode(layer)  # wrong
    weights.names()  # wrong
    weights.assign(layer, [1.0])  # wrong
    weights.save(layer, 3)  # wrong
    number: int = weights.names(layer)  # wrong
    print(number)


def records() -> None:
    registry.get(3)  # wrong
    registry.get("gelu").papr  # noqa: B018  # wrong
    registry.spec()  # wrong


def training_run(task: training.TrainTask) -> None:
    training.Loop()  # wrong
    training.Loop(ta.Relu(), task, stop_at_nan="no")  # wrong
    training.TrainTask(iter([]), mode=1)  # wrong
    training.Lop(ta.Relu(), task)  # wrong


def data() -> None:
    datasets.digits(batch_size="64")  # wrong
    datasets.digit()  # wrong
    ta.models.ConvNet(n_class=10)  # wrong
