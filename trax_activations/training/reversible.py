"""Training steps by Trax's memory-efficient trainer, for models with reversible layers.

``ReversibleSerialTrainer`` (trax/optimizers/trainer.py) goes through a model layer by layer and
keeps weights on the host. Here it also spares activations from weight decay, stops at what is not
finite, and splits a batch over a mesh: each of its programs is compiled for the mesh.
"""

import contextlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations._trax import layers as tl
from trax_activations._trax import one_device, optimizers, placed_by
from trax_activations.training.decay import exempt_from_decay, without_decay
from trax_activations.training.devices import Devices
from trax_activations.training.finite import explain, not_finite
from trax_activations.training.protocols import StepResult, Tree
from trax_activations.training.stepper import Stepper
from trax_activations.training.tasks import train_mode


def check_options(options: Mapping[str, Any], devices: Devices) -> None:
    """Refuses what Trax's trainer cannot do."""
    tasks = options["tasks"]
    tasks = tasks if isinstance(tasks, (list, tuple)) else [tasks]
    if len(tasks) > 1:
        raise ValueError(
            f"use_memory_efficient_trainer trains one task, received {len(tasks)}. Mix their data "
            "into one stream, or leave the option out."
        )
    if any(not callable(task.optimizer) for task in tasks):
        raise TypeError(
            "use_memory_efficient_trainer makes an optimizer for each layer: give its class, or "
            "functools.partial of it, as in TrainTask(..., trax.optimizers.Adam), not an instance."
        )
    if options["use_memory_efficient_trainer"] == 2 and (
        devices.mesh is not None or jax.default_backend() == "cpu"
    ):
        raise ValueError(
            "use_memory_efficient_trainer=2 deletes all arrays on the accelerator at each step, "
            "and here the weights are among them. Use True."
        )


class ReversibleStepper(Stepper):
    """The training steps of Trax's ``ReversibleSerialTrainer``.

    That works on the layers themselves, which may be those of a copy of the model.
    To stop before what is not finite, the host keeps the weights and slots from before a step.
    """

    def prepare(self, trainer: optimizers.ReversibleSerialTrainer) -> None:
        """Exempts the weights of activations from the decay of a new trainer's optimizers."""
        pairs = [(trainer.loss_layer, trainer._loss_opt)]
        for (std, reversible), (own, others) in zip(
            trainer._blocks, trainer._optimizers, strict=True
        ):
            pairs += [(std, own), *zip(reversible, others, strict=True)]
        for layer, optimizer in pairs:
            marks = exempt_from_decay(layer)
            if any(marks):
                optimizer.tree_update = _updating(optimizer, marks)

    def step(self, task_index: int, batch: Tree) -> StepResult:
        """Takes one training step."""
        loop = self._loop
        task, trainer = loop.tasks[task_index], loop._trainer_per_task[task_index]
        before = self._copied(trainer) if self._stop_at_nan else None
        key = loop.new_rng()
        batch = self._devices.split(batch)
        try:
            with one_device(), self._on_mesh(), warnings.catch_warnings():
                # Trax donates more than each of its programs can use.
                warnings.filterwarnings("ignore", "Some donated buffers were not usable")
                loss, stats = trainer.one_step(
                    batch,
                    key if self._devices.mesh is None else self._devices.replicate(np.asarray(key)),
                    step=loop.step,
                    learning_rate=task.learning_rate(loop.step),
                )
            named = {name: jnp.mean(self._devices.local(x)) for name, x in stats.items()}
            named["loss"] = jnp.mean(self._devices.local(loss))
            values = jnp.stack([jnp.asarray(x, jnp.float32) for x in named.values()])
            if before is not None and not np.isfinite(np.asarray(values)).all():
                self._stop(trainer, before, self._devices.local(batch), key)
        finally:
            self._holders.take_from(self._holders.train(train_mode(task)))
        return StepResult(tuple(named), jnp.append(values, 1.0))

    def slots(self, task_index: int) -> Tree:
        """The slots of the optimizers of all layers."""
        return self._loop._trainer_per_task[task_index].slots

    def _stop(
        self,
        trainer: optimizers.ReversibleSerialTrainer,
        before: Tree,
        batch: Tree,
        key: jax.Array,
    ) -> NoReturn:
        layers, slots = before
        for layer, (weights, state) in zip(trainer.all_layers, layers, strict=True):
            layer.weights, layer.state = weights, state
        trainer.slots = slots
        model = tl.Serial(*trainer.all_layers)
        cause = explain(model, batch, model.weights, model.state, key)
        self._loop._step -= 1
        raise not_finite(self._loop, self._loop.step + 1, cause)

    def _copied(self, trainer: optimizers.ReversibleSerialTrainer) -> Tree:
        """Weights, state and slots; copies, since the step donates them."""
        layers = [(layer.weights, layer.state) for layer in trainer.all_layers]
        return jax.tree.map(np.array, (layers, trainer.slots))

    def _on_mesh(self) -> contextlib.AbstractContextManager[None]:
        """Lets what the trainer puts on *the* accelerator be replicated over the mesh instead."""
        mesh = self._devices.mesh
        if mesh is None:
            return contextlib.nullcontext()

        def place(leaf: Any) -> Any:
            is_there = getattr(getattr(leaf, "sharding", None), "mesh", None) == mesh
            # The derivative by an integer is of a dtype that no device knows.
            is_nothing = getattr(leaf, "dtype", None) == jax.dtypes.float0
            return leaf if is_there or is_nothing else self._devices.replicate(leaf)

        return placed_by(place)


def _updating(optimizer: optimizers.base.Optimizer, marks: tuple[bool, ...]) -> Callable[..., Tree]:
    """``tree_update`` of an optimizer, which does not decay the weights so marked."""

    def tree_update(*args: Tree, **kwargs: Tree) -> Tree:
        return type(optimizer).tree_update(without_decay(optimizer, marks), *args, **kwargs)

    return tree_update
