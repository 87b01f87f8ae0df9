"""What a training run needs to go on, and where each part of it stands in a checkpoint."""

import collections
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trax_activations.checkpoints.run_file import Checkpoint
from trax_activations.checkpoints.tensor_file import CheckpointError

__all__ = ["RunState", "history_of"]

# How deep the arrays of a field lie in it, and so how many numbers follow its name in the file.
_NESTING = "nesting"
_BY_NAME = -1


def _arrays(nesting: int, default: Any = list) -> Any:
    return dataclasses.field(default_factory=default, metadata={_NESTING: nesting})


@dataclasses.dataclass(frozen=True)
class RunState:
    """A training run between two steps.

    The fields of arrays are the places in the file: 'rng', 'state/0', 'slots/1/3',
    'weights/serial/dense/kernel'. All others are its record; those that are ``None`` are left out.

    Attributes:
        step: How many steps were taken.
        history: What ``History.to_dict`` of Trax gives.
        weights: The model's weights by name.
        flat_weights: The same without names, in the order of the model: of a run of stock Trax.
        state: The arrays of the model's state.
        slots: The optimizer's arrays for each task.
        loss_weights: The weights of each task's loss.
        loss_state: The state of each task's loss.
        rng: The loop's random key.
        metrics: The metrics since the last evaluation.
        counters: How many examples Trax's own streams of data have given (``CountAndSkip``).
        positions: Where the data of each task were.
        input_signature: Shape and dtype of each of the model's inputs.
        description: What the run is: its layers, losses, optimizers, seed and packages.
    """

    step: int
    history: Mapping[str, Any]
    weights: Mapping[str, Any] = _arrays(_BY_NAME, dict)
    flat_weights: Sequence[Any] = _arrays(1)
    rng: Any = dataclasses.field(default=None, metadata={_NESTING: 0})
    state: Sequence[Any] = _arrays(1)
    slots: Sequence[Sequence[Any]] = _arrays(2)
    loss_weights: Sequence[Sequence[Any]] = _arrays(2)
    loss_state: Sequence[Sequence[Any]] = _arrays(2)
    metrics: Mapping[str, Any] | None = None
    counters: Mapping[str, int] | None = None
    positions: Sequence[int | None] | None = None
    input_signature: Sequence[tuple[Sequence[int], str]] | None = None
    description: Mapping[str, Any] | None = None

    @property
    def arrays(self) -> dict[str, Any]:
        """All arrays by their places in the file."""
        return dict(
            pair
            for field in _fields(of_arrays=True)
            for pair in _flattened(field.name, getattr(self, field.name))
        )

    @property
    def record(self) -> dict[str, Any]:
        """Everything else."""
        values = {field.name: getattr(self, field.name) for field in _fields(of_arrays=False)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "RunState":
        """The run that a checkpoint holds.

        Args:
            checkpoint: What was read.

        Returns:
            Its state; fields of which the checkpoint has nothing are empty or ``None``.

        Raises:
            CheckpointError: If it is not that of a training loop.

        Example:
            >>> run = RunState(3, {"_values": {}}, state=["a", "b"], slots=[["c"], [], ["d", "e"]])
            >>> list(run.arrays)
            ['state/0', 'state/1', 'slots/0/0', 'slots/2/0', 'slots/2/1']
            >>> RunState.of(Checkpoint(run.arrays, run.record, "model.safetensors")) == run
            True
        """
        inner: dict[str, dict[str, Any]] = collections.defaultdict(dict)
        for name, array in checkpoint.arrays.items():
            place, _, rest = name.partition("/")
            inner[place][rest] = array
        record = checkpoint.record
        try:
            given = {f.name: record[f.name] for f in _fields(of_arrays=False) if f.name in record}
            given |= {
                field.name: _nested(inner.pop(field.name), field.metadata[_NESTING])
                for field in _fields(of_arrays=True)
                if field.name in inner
            }
            if inner:
                raise KeyError(*inner)
            return cls(
                **{**given, "step": int(record["step"]), "history": history_of(record["history"])}
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{checkpoint.path!r} is no checkpoint of a training loop."
            ) from error


def history_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A history as Trax's ``History`` keeps it, of Python numbers; files make lists of pairs."""
    values = {
        mode: collections.defaultdict(
            list,
            {
                metric: [(int(step), _number(value)) for step, value in series]
                for metric, series in metrics.items()
            },
        )
        for mode, metrics in stored["_values"].items()
    }
    return {**stored, "_values": values}


def _fields(of_arrays: bool) -> Iterable["dataclasses.Field[Any]"]:
    return (f for f in dataclasses.fields(RunState) if (_NESTING in f.metadata) == of_arrays)


def _flattened(place: str, value: Any) -> Iterable[tuple[str, Any]]:
    """The arrays of a field, each with its place."""
    if isinstance(value, (Mapping, list, tuple)):
        inner = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, part in inner:
            yield from _flattened(f"{place}/{key}", part)
    elif value is not None:
        yield place, value


def _nested(arrays: Mapping[str, Any], nesting: int) -> Any:
    """The field that has these arrays, each with what follows the field's name in its place."""
    if nesting == _BY_NAME:
        return dict(arrays)
    if nesting == 0:
        return arrays[""]
    groups: dict[int, dict[str, Any]] = collections.defaultdict(dict)
    for name, array in arrays.items():
        number, _, rest = name.partition("/")
        groups[int(number)][rest] = array
    # A task without arrays stands nowhere in the file, but between others it has its place.
    return [_nested(groups[i], nesting - 1) for i in range(max(groups, default=-1) + 1)]


def _number(value: Any) -> Any:
    return value.item() if getattr(value, "shape", None) == () else value
