"""The same models trained by each framework: what peers_training.py times.

A maker takes the name of a model, and returns a function that takes so many training steps and
waits for them, with the number of parameters. Batches are NumPy arrays, in turn; the optimizer is
Adam.
"""

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from training_models import (
    CLASSES,
    CONV,
    D_FF,
    D_MODEL,
    EPSILON,
    HEADS,
    LAYERS,
    LENGTH,
    LM,
    RATE,
    VOCABULARY,
    WIDTHS,
    batches,
    positions,
)
from training_torch import torch, torch_compiled

Steps = Callable[[int], None]
Made = tuple[Steps, int]


def _loop(name: str, stock: bool) -> Made:
    import jax

    from trax_activations import training as ours
    from trax_activations._trax import layers as tl
    from trax_activations._trax import models, optimizers
    from trax_activations._trax import training as theirs

    module = theirs if stock else ours
    if name == LM:
        sizes = {"d_model": D_MODEL, "d_ff": D_FF, "n_layers": LAYERS, "n_heads": HEADS}
        model = models.TransformerLM(VOCABULARY, **sizes, max_len=LENGTH, dropout=0.0)
    elif name == CONV:
        model = tl.Serial(
            tl.Conv(32, (3, 3), padding="SAME"),
            tl.Relu(),
            tl.MaxPool((2, 2), (2, 2)),
            tl.Conv(64, (3, 3), padding="SAME"),
            tl.Relu(),
            tl.MaxPool((2, 2), (2, 2)),
            tl.Flatten(),
            tl.Dense(128),
            tl.Relu(),
            tl.Dense(CLASSES),
        )
    else:
        model = models.MLP((WIDTHS[name], WIDTHS[name], CLASSES))
    task = module.TrainTask(
        batches(name),
        tl.CategoryCrossEntropy(),
        optimizers.Adam(RATE, weight_decay_rate=0.0, eps=EPSILON),
        n_steps_per_checkpoint=10**9,
    )
    with contextlib.redirect_stdout(io.StringIO()):
        loop = module.Loop(model, task, random_seed=0, n_devices=1)

    def steps(n: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            loop.run(n)
        jax.block_until_ready(loop.model.weights)

    return steps, sum(np.size(leaf) for leaf in jax.tree.leaves(model.weights))


def ours(name: str) -> Made:
    """This package's Loop, with all that it does by default."""
    return _loop(name, stock=False)


def stock(name: str) -> Made:
    """Stock Trax's Loop."""
    return _loop(name, stock=True)


def linen(name: str) -> Made:
    """Flax linen with optax: one jitted step, whose buffers are donated."""
    import flax.linen as nn
    import jax
    import optax

    class Network(nn.Module):
        @nn.compact
        def __call__(self, x: Any) -> Any:
            if name == LM:
                return self.language(x)
            if name == CONV:
                for width in (32, 64):
                    x = nn.max_pool(nn.relu(nn.Conv(width, (3, 3))(x)), (2, 2), (2, 2))
                x = nn.relu(nn.Dense(128)(x.reshape(len(x), -1)))
            else:
                for _ in range(2):
                    x = nn.relu(nn.Dense(WIDTHS[name])(x))
            return nn.Dense(CLASSES)(x)

        def language(self, x: Any) -> Any:
            x = jax.numpy.pad(x, ((0, 0), (1, 0)))[:, :-1]
            x = nn.Embed(VOCABULARY, D_MODEL)(x)
            x = x + self.param("positions", lambda _: jax.numpy.asarray(positions()))
            mask = nn.make_causal_mask(np.ones((1, LENGTH)))
            for _ in range(LAYERS):
                x = x + nn.MultiHeadDotProductAttention(HEADS)(nn.LayerNorm()(x), mask=mask)
                x = x + nn.Dense(D_MODEL)(nn.relu(nn.Dense(D_FF)(nn.LayerNorm()(x))))
            return nn.Dense(VOCABULARY)(nn.LayerNorm()(x))

    network, stream = Network(), batches(name)
    weights = network.init(jax.random.key(0), next(stream)[0])
    adam = optax.adam(RATE, eps=EPSILON)
    state = (weights, adam.init(weights))

    def step(state: Any, x: Any, y: Any) -> Any:
        def loss(weights: Any) -> Any:
            scores = network.apply(weights, x)
            return optax.softmax_cross_entropy_with_integer_labels(scores, y).mean()

        value, gradients = jax.value_and_grad(loss)(state[0])
        updates, slots = adam.update(gradients, state[1])
        return (optax.apply_updates(state[0], updates), slots), value

    program = jax.jit(step, donate_argnums=0)

    def steps(n: int) -> None:
        nonlocal state
        for _ in range(n):
            state, _ = program(state, *next(stream))
        jax.block_until_ready(state)

    return steps, sum(leaf.size for leaf in jax.tree.leaves(weights))


def nnx(name: str) -> Made:
    """Flax nnx with optax: one jitted step, with its arguments looked up once."""
    import jax
    import optax
    from flax import nnx as nn

    class Block(nn.Module):
        def __init__(self, rngs: Any) -> None:
            self.first, self.second = (nn.LayerNorm(D_MODEL, rngs=rngs) for _ in range(2))
            self.attention = nn.MultiHeadAttention(HEADS, D_MODEL, decode=False, rngs=rngs)
            self.wide = nn.Linear(D_MODEL, D_FF, rngs=rngs)
            self.narrow = nn.Linear(D_FF, D_MODEL, rngs=rngs)

        def __call__(self, x: Any) -> Any:
            mask = nn.make_causal_mask(np.ones((1, LENGTH)))
            x = x + self.attention(self.first(x), mask=mask)
            return x + self.narrow(nn.relu(self.wide(self.second(x))))

    class Positions(nn.Module):
        def __init__(self) -> None:
            self.value = nn.Param(jax.numpy.asarray(positions()))

        def __call__(self, x: Any) -> Any:
            return x + self.value[...]

    rngs = nn.Rngs(0)
    if name == LM:
        network = nn.Sequential(
            lambda x: jax.numpy.pad(x, ((0, 0), (1, 0)))[:, :-1],
            nn.Embed(VOCABULARY, D_MODEL, rngs=rngs),
            Positions(),
            *(Block(rngs) for _ in range(LAYERS)),
            nn.LayerNorm(D_MODEL, rngs=rngs),
            nn.Linear(D_MODEL, VOCABULARY, rngs=rngs),
        )
    elif name == CONV:
        network = nn.Sequential(
            nn.Conv(1, 32, (3, 3), rngs=rngs),
            nn.relu,
            lambda x: nn.max_pool(x, (2, 2), (2, 2)),
            nn.Conv(32, 64, (3, 3), rngs=rngs),
            nn.relu,
            lambda x: nn.max_pool(x, (2, 2), (2, 2)).reshape(len(x), -1),
            nn.Linear(7 * 7 * 64, 128, rngs=rngs),
            nn.relu,
            nn.Linear(128, CLASSES, rngs=rngs),
        )
    else:
        width = WIDTHS[name]
        network = nn.Sequential(
            nn.Linear(784, width, rngs=rngs),
            nn.relu,
            nn.Linear(width, width, rngs=rngs),
            nn.relu,
            nn.Linear(width, CLASSES, rngs=rngs),
        )
    optimizer = nn.Optimizer(network, optax.adam(RATE, eps=EPSILON), wrt=nn.Param)

    @nn.jit
    def step(network: Any, optimizer: Any, x: Any, y: Any) -> Any:
        def loss(network: Any) -> Any:
            return optax.softmax_cross_entropy_with_integer_labels(network(x), y).mean()

        value, gradients = nn.value_and_grad(loss)(network)
        optimizer.update(network, gradients)
        return value

    stream, cached = batches(name), nn.cached_partial(step, network, optimizer)

    def steps(n: int) -> None:
        for _ in range(n):
            value = cached(*next(stream))
        jax.block_until_ready((value, nn.state(network)))

    return steps, sum(leaf.size for leaf in jax.tree.leaves(nn.state(network, nn.Param)))


FRAMEWORKS: dict[str, Callable[[str], Made]] = {
    "ours": ours,
    "flax linen + optax": linen,
    "flax nnx + optax": nnx,
    "torch": torch,
    "torch.compile": torch_compiled,
    "stock Trax": stock,
}
