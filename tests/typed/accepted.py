"""What a user writes: type checkers have nothing to say to any of it."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import trax_activations as ta
from trax_activations import datasets, layers, modes, registry, training, weights
from trax_activations import functional as F
from trax_activations.layers import ParametricRelu


def functions(x: jax.Array, key: jax.Array) -> jax.Array:
    y = F.gelu(x, approximate=True) + F.leaky_relu(x, negative_slope=0.2) + F.relu(x)
    y = y + F.parametric_relu(x, 0.25) + F.parametric_relu(x, jnp.ones(4))
    y = y + F.randomized_relu(x, key, lower=1 / 8, upper=1 / 3, shared_axes=(0,))
    return F.softmax(y, axis=0)


def made() -> list[ta.Layer]:
    return [
        ParametricRelu(num_parameters="channels", a=0.1),
        ta.ParametricRelu(64, axis=1),
        layers.ThresholdedLinearUnit(num_parameters=None),
        ta.RandomizedRelu(0.1, 0.3, shared_axes=(0, 1), mode="eval"),
        ta.Srelu(a_left=None, t_right=2.0),
        ta.PolyRelu(weight=(0.5, 0.5)),
        ta.LeakyRelu(0.2),
        ta.LeakyRelu(a=0.2),  # As Trax calls it.
        ta.Rational(version="B"),
        ta.ScaledActivation(ta.Gelu(), gamma=1.7),
        ta.Remat(ta.Swish(), ta.DenseRelu(64)),
        ta.NumpyActivation(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        ta.Softmax(axis=-2),
    ]


def own() -> ta.Layer:
    @ta.activation(parameters={"a": 0.1})
    def bent(x: jax.Array, a: jax.Array) -> jax.Array:
        return x + a * jnp.tanh(x)

    return bent(num_parameters=4)


def model() -> None:
    layer = ta.economize(ta.ParametricRelu(a=0.1))
    seen: dict[str, str] = modes.modes(modes.with_mode(layer, "eval"))
    names: tuple[str, ...] = weights.names(layer)
    weights.assign(layer, {names[0]: np.zeros(1)}, partial=True)
    weights.save(layer, "model.safetensors")
    weights.load(layer, "model.safetensors", exclude="*bias")
    print(seen, weights.to_dict(layer), weights.summary(layer))


def records() -> str:
    spec: registry.ActivationSpec = registry.get("gelu")
    print([each.paper for each in registry.specs() if each.monotone], registry.names()[0])
    return spec.layer_name


def training_run(
    batches: Iterator[tuple[NDArray[np.float32], ...]], loss: object, optimizer: object
) -> int:
    task = training.TrainTask(batches, loss, optimizer, n_steps_per_checkpoint=10, mode="train")
    evals = training.EvalTask(batches, [loss], n_eval_batches=2, mode="eval")
    loop = training.Loop(ta.Relu(), [task], eval_tasks=[evals], output_dir="run", stop_at_nan=True)
    loop.run(n_steps=10)
    step: int = loop.step
    return step


def data() -> None:
    stream = datasets.digits(batch_size=32, image=True).train_stream(n_devices=1)
    layers.check_mode("data", layers.MODES[0])
    print(stream, ta.models.ConvNet(n_classes=10, activation=ta.Mish))
