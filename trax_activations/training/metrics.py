"""Sums the metrics of training steps, without waiting for them before they are asked for."""

import time
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

# Results are fetched in heaps of this size, so that a long run does not pile them up.
_HEAP = 256


class Metrics:
    """The metrics since the last report."""

    def __init__(self) -> None:
        self.start()
        self.clear()

    def start(self) -> None:
        """Starts the clock."""
        self._start = time.time()

    def clear(self) -> None:
        """Forgets the metrics, as when another task begins; the clock goes on."""
        self._names: tuple[str, ...] = ()
        self._heap: list[jax.Array] = []
        self._sums: np.ndarray | None = None
        self._count = 0

    def add(self, names: tuple[str, ...], values: jax.Array) -> None:
        """Adds one step: values for the names; what follows them in the vector is not summed."""
        self._names = names
        self._heap.append(values)
        self._count += 1
        if len(self._heap) >= _HEAP:
            self._fold()

    def take(self) -> dict[str, Any]:
        """Returns the sums, as arguments of Trax's ``_log_training_progress``; starts anew."""
        self._fold()
        sums = np.zeros(0, np.float32) if self._sums is None else self._sums
        by_name = dict(zip(self._names, sums, strict=False))
        taken = {
            "total_loss": by_name.get("loss", np.float32(0)),
            "n_steps": self._count,
            "elapsed_time": time.time() - self._start,
            "optimizer_metrics": by_name,
        }
        self.clear()
        self.start()
        return taken

    def to_record(self) -> dict[str, Any]:
        """What has been added, in plain Python."""
        self._fold()
        sums = [] if self._sums is None else self._sums.tolist()
        return {"names": list(self._names), "sums": sums, "count": self._count}

    def restore(self, record: Mapping[str, Any]) -> None:
        """Goes on from a record."""
        self.clear()
        self._names, self._count = tuple(record["names"]), record["count"]
        self._sums = np.asarray(record["sums"], np.float32) if record["sums"] else None

    def _fold(self) -> None:
        """Adds up the heap one by one in float32, as Trax does: the same to the bit."""
        if not self._heap:
            return
        rows = [np.asarray(values) for values in self._heap]
        if self._sums is not None:
            rows.insert(0, self._sums)
        self._sums = np.add.accumulate(np.stack(rows), axis=0)[-1]
        self._heap = []
