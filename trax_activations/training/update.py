"""One training step as one compiled program that reuses its buffers."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.stages import Lowered

from trax_activations._trax import optimizers
from trax_activations.training.decay import exempt_from_decay, without_decay
from trax_activations.training.protocols import TrainState, Tree


class Updater:
    """The update of one training task: loss, gradients, optimizer, next key.

    It computes what ``trax.optimizers.Trainer.one_step`` computes, except that weights of
    activations are not decayed; as one program, in which XLA may add up in another order. The key
    is split inside, and the buffers of the state are donated. If it is to ``freeze``, then from the
    first step on whose loss or gradient is not finite, the train state stays as it was, so that the
    cause can be looked for.
    """

    def __init__(self, trainer: optimizers.Trainer, freeze: bool) -> None:
        self._optimizer = trainer.optimizer
        self._loss_and_gradients = trainer._forward_and_backward_fn
        self._exempt = exempt_from_decay(trainer.model_with_loss)
        self._freeze = freeze
        self.metric_names: tuple[str, ...] = ()
        self._program = jax.jit(self._update, donate_argnums=0)
        self._sparing_program = jax.jit(self._update)

    def __call__(
        self,
        old: TrainState,
        step: int,
        opt_params: dict[str, Tree],
        batch: Tree,
        lent: bool = False,
    ) -> tuple[TrainState, Array]:
        """Takes one step; after the ``metric_names`` comes 1 as long as all was finite.

        The buffers of a state that is only ``lent`` are not donated.
        """
        program = self._sparing_program if lent else self._program
        return program(old, step, opt_params, batch)

    def lower(self, *arguments: Tree) -> Lowered:
        """The program for given arguments, not yet compiled: for measuring."""
        return self._program.lower(*arguments)

    def _update(
        self, old: TrainState, step: Array, opt_params: dict[str, Tree], batch: Tree
    ) -> tuple[TrainState, Array]:
        rng, key = jax.random.split(old.rng)
        (loss, state), gradients = self._loss_and_gradients(batch, old.weights, old.state, key)
        optimizer = without_decay(self._optimizer, self._exempt)
        # Those of `tree_update`, which are not seen outside of a branch.
        metrics = {
            "gradients_l2": optimizer._l2_norm(jax.tree.leaves(gradients)),
            "weights_l2": optimizer._l2_norm(jax.tree.leaves(old.weights)),
            "loss": loss,
        }
        self.metric_names = tuple(metrics)

        def update(old: TrainState) -> TrainState:
            number = jnp.asarray(step, jnp.int32)
            weights, slots, _ = optimizer.tree_update(
                number, gradients, old.weights, old.slots, opt_params, store_slots=False
            )
            return TrainState(weights, state, slots, rng, old.alive)

        if self._freeze:
            # One branch for all arrays: a select for each costs a fifth of the step of a large
            # model with a small batch, and memory for the gradients.
            alive = old.alive & jnp.isfinite(loss) & jnp.isfinite(metrics["gradients_l2"])
            new = jax.lax.cond(alive, update, lambda old: old, old)._replace(alive=alive)
        else:
            new = update(old)
        values = [*metrics.values(), new.alive]
        return new, jnp.stack([jnp.asarray(value, jnp.float32) for value in values])
