"""Reproducible, seekable streams of batches, and Trax's ``Inputs`` of two of them."""

import functools
from collections.abc import Iterator
from typing import TypeAlias

import jax
import numpy as np
from numpy.typing import NDArray

from trax_activations._checks import check_count
from trax_activations._trax import trainer_lib

Inputs: TypeAlias = trainer_lib.trax_inputs.Inputs
Batch = tuple[NDArray[np.generic], NDArray[np.generic], NDArray[np.generic]]
Examples = tuple[NDArray[np.generic], ...]  # Inputs, targets and, if not all are 1, weights.


class Stream(Iterator[Batch]):
    """An endless, reproducible stream of batches ``(inputs, targets, weights)``.

    A batch is a function of the seed and its position alone, so a stream can continue anywhere.
    Every epoch has an order of its own and leaves out what does not fill its last batch. The
    weights, which Trax's losses and metrics ask for, are ones unless they are given.

    Args:
        inputs: Examples along the first axis.
        targets: Their targets; whole numbers become int32, others float32.
        batch_size: Number of examples in a batch.
        seed: Seed of the order; ``None`` to keep the order of ``inputs``.
        share: Which part of each batch to give, and of how many: of several processes that train
            together, each feeds its own.
        weights: What each target counts.

    Raises:
        ValueError: If ``batch_size`` is not positive, exceeds the number of examples, or does not
            divide into the shares.

    Example:
        >>> stream = Stream(np.arange(10), np.arange(10), batch_size=2)
        >>> batches = [next(stream)[0] for _ in range(8)]
        >>> stream.seek(7)
        >>> bool((next(stream)[0] == batches[7]).all())
        True
    """

    def __init__(
        self,
        inputs: NDArray[np.generic],
        targets: NDArray[np.generic],
        batch_size: int,
        seed: int | None = 0,
        share: tuple[int, int] = (0, 1),
        weights: NDArray[np.generic] | None = None,
    ) -> None:
        if not 0 < batch_size <= len(inputs):
            raise ValueError(
                f"A batch must hold 1 to {len(inputs)} examples, as many as there are; "
                f"received batch_size={batch_size}."
            )
        part, parts = share
        if batch_size % parts or not 0 <= part < parts:
            raise ValueError(
                f"A batch of {batch_size} has no share {part} of {parts}. Choose a batch_size that "
                f"is a multiple of {parts}, and a share of (0, {parts}) to ({parts - 1}, {parts})."
            )
        self._share = slice(batch_size // parts * part, batch_size // parts * (part + 1))
        whole = np.issubdtype(targets.dtype, np.integer)
        self._inputs, self._weights = inputs, weights
        self._targets = targets.astype(np.int32 if whole else np.float32, copy=False)
        self._batch_size, self._seed = batch_size, seed
        self._position = 0
        self._order_of_epoch = functools.lru_cache(maxsize=1)(self._make_order)

    @property
    def position(self) -> int:
        """Number of batches before the next one."""
        return self._position

    def seek(self, position: int) -> None:
        """Seeks: what follows is as if ``position`` batches had been taken.

        Args:
            position: Number of batches before the next one.

        Raises:
            ValueError: If it is negative.
        """
        if position < 0:
            raise ValueError(f"A stream starts at position 0; received {position}.")
        self._position = position

    def __next__(self) -> Batch:
        epoch, batch = divmod(self._position, len(self._inputs) // self._batch_size)
        chosen = self._order_of_epoch(epoch)[batch * self._batch_size :][self._share]
        inputs, targets = self._inputs.take(chosen, 0), self._targets.take(chosen, 0)
        self._position += 1
        if self._weights is None:
            return inputs, targets, np.ones(targets.shape, np.float32)
        return inputs, targets, self._weights[chosen]

    def _make_order(self, epoch: int) -> NDArray[np.int64]:
        if self._seed is None:
            return np.arange(len(self._inputs))
        return np.random.default_rng((self._seed, epoch)).permutation(len(self._inputs))


def as_inputs(
    name: str,
    train: Examples,
    held_out: Examples,
    batch_sizes: tuple[int, int],
    seeds: tuple[int, int | None],
) -> Inputs:
    """Trax's ``Inputs`` of a training and an evaluation set."""
    for argument, size in zip(("batch_size", "eval_batch_size"), batch_sizes, strict=True):
        check_count(name, argument, size)

    def stream(part: int, n_devices: int) -> Stream:
        share = jax.process_index(), jax.process_count()
        everywhere = n_devices * share[1]
        if batch_sizes[part] % everywhere:
            raise ValueError(
                f"A batch of {batch_sizes[part]} does not divide among {everywhere} devices. "
                f"Choose a multiple of {everywhere} for batch_size and eval_batch_size."
            )
        inputs, targets, *weights = (train, held_out)[part]
        return Stream(inputs, targets, batch_sizes[part], seeds[part], share, *weights)

    return Inputs(functools.partial(stream, 0), functools.partial(stream, 1))
