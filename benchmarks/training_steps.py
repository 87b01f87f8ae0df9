"""The memory of a training step of whole models, before and after ``economize``.

Used by memory.py. The step is the compiled update: loss, gradients, Adam. Its memory is what it
needs besides its arguments: temporary arrays, and outputs that do not reuse the arguments' memory.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import trax_activations as ta
from trax_activations._trax import base, fastmath, models, optimizers, shapes
from trax_activations._trax import layers as tl
from trax_activations.training.protocols import TrainState
from trax_activations.training.update import Updater

Model = tuple[base.Layer, np.ndarray[Any, Any]]


def mlp() -> Model:
    """Eight hidden layers of 512 units."""
    hidden = [[tl.Dense(512), ta.Gelu()] for _ in range(8)]
    return tl.Serial(hidden, tl.Dense(10)), np.zeros((2048, 512), np.float32)


def transformer() -> Model:
    """A language model of four blocks, with dropout."""
    model = models.TransformerLM(
        256, d_model=128, d_ff=512, n_layers=4, n_heads=2, max_len=128, ff_activation=tl.Gelu
    )
    return model, np.ones((16, 128), np.int32)


def wide_resnet() -> Model:
    """Three groups of two blocks, twice as wide as the smallest."""
    return models.WideResnet(n_blocks=2, widen_factor=2), np.ones((16, 32, 32, 3), np.float32)


MODELS: dict[str, Callable[[], Model]] = {
    "MLP, 8 x 512, Gelu, batch 2048": mlp,
    "TransformerLM, 4 x 128, Gelu, dropout, batch 16 x 128": transformer,
    "WideResnet, 16 layers, twice as wide, batch 16": wide_resnet,
}
COLUMNS = ("Trax", "Trax, economized", "ours", "ours, economized")


def step_megabytes(compiled: Any) -> float:
    """What a program needs besides its arguments, in MB."""
    memory = compiled.memory_analysis()
    outputs = memory.output_size_in_bytes - memory.alias_size_in_bytes
    return round((memory.temp_size_in_bytes + outputs) / 1e6, 1)


def steps(model: base.Layer, x: Any) -> tuple[float, float]:
    """MB of a training step of stock Trax, and of our Loop."""
    y = model.output_signature(shapes.signature(x))
    target = np.zeros(y.shape, np.float32)
    batch = (x, target, np.ones_like(target))
    model_with_loss = tl.Serial(model, tl.L2Loss())
    structs(model_with_loss, batch)
    optimizer = optimizers.Adam(0.01)
    weights, state = model_with_loss.weights, model_with_loss.state
    trainer = optimizers.Trainer(model_with_loss, optimizer, n_devices=1)
    zeros = fastmath.nested_map(lambda w: jnp.zeros(w.shape, w.dtype), weights)
    slots, opt_params = optimizer.tree_init(zeros)
    key = jax.random.PRNGKey(0)
    stock = trainer._accelerated_update_fn.lower((weights, slots), 0, opt_params, batch, state, key)
    before = TrainState(weights, state, slots, key, jnp.asarray(True))
    ours = Updater(trainer, freeze=True).lower(before, 0, opt_params, batch)
    return step_megabytes(stock.compile()), step_megabytes(ours.compile())


def structs(model: base.Layer, x: Any) -> None:
    """Gives a model the shapes of weights and state in their stead: nothing is computed."""
    made = model.weights_and_state_signature(shapes.signature(x), unsafe=True)
    model.weights, model.state = fastmath.nested_map(
        lambda a: jax.ShapeDtypeStruct(tuple(a.shape), a.dtype), made
    )


def measure() -> dict[str, dict[str, float]]:
    """Prints and returns the memory of a training step of each model, in MB."""
    rows = {}
    print(f"\n{'MB of a training step':<56}" + "".join(f"{name:>20}" for name in COLUMNS))
    for name, make in MODELS.items():
        model, x = make()
        structs(model, x)
        (stock, ours), (small_stock, small_ours) = (
            steps(each, x) for each in (model, ta.economize(model))
        )
        figures = (stock, small_stock, ours, small_ours)
        rows[name] = dict(zip(COLUMNS, figures, strict=True))
        print(f"{name:<56}" + "".join(f"{figure:>20}" for figure in figures), flush=True)
    return rows
