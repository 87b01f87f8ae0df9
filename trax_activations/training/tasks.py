"""Trax's tasks, each with the mode in which it wants the model."""

import inspect
from collections.abc import Callable
from typing import Any

from trax_activations._checks import check_flag, check_mode
from trax_activations._trax import training as trax_training
from trax_activations.training.checks import check_eval_task, check_train_task
from trax_activations.training.protocols import TrainingLoop, Tree


class _Task:
    """A task with a mode, in front of a class of Trax's."""

    _stock: inspect.Signature
    _check: Callable[[str, dict[str, Any]], None]

    def __init__(self, *args: Any, mode: str, **kwargs: Any) -> None:
        owner = type(self).__name__
        check_mode(owner, mode)
        type(self)._check(owner, self._stock.bind_partial(None, *args, **kwargs).arguments)
        try:
            super().__init__(*args, **kwargs)
        except StopIteration:
            raise ValueError(f"{owner}: labeled_data ended before its first batch.") from None
        self._mode = mode

    @property
    def mode(self) -> str:
        """The mode of the model while it serves this task."""
        return self._mode


class TrainTask(_Task, trax_training.TrainTask):
    """Trax's ``TrainTask`` with a mode: what a model does while it learns.

    Args:
        *args: As Trax's ``TrainTask``.
        mode: The mode of every layer of the model while this task trains it.
        **kwargs: As Trax's ``TrainTask``.

    Raises:
        TypeError: If an argument is another thing than it should be, as a class for a layer.
        ValueError: If the mode is unknown, a number of steps is not positive, or there is no batch.
    """

    _stock = inspect.signature(trax_training.TrainTask.__init__)
    _check = staticmethod(check_train_task)

    def __init__(self, *args: Any, mode: str = "train", **kwargs: Any) -> None:
        super().__init__(*args, mode=mode, **kwargs)


class EvalTask(_Task, trax_training.EvalTask):
    """Trax's ``EvalTask`` with a mode: what a model does while it is measured.

    Args:
        *args: As Trax's ``EvalTask``.
        mode: The mode of every layer of the model while this task measures it. Several tasks of
            one loop may have different modes, such as 'eval' and, to see what noise costs, 'train'.
        weigh_batches: Whether a batch counts by its weights, or else by its targets, so that the
            result is the mean over examples. In Trax each batch counts the same, whatever its size;
            so it is here if this is False, and for Trax's own ``EvalTask``.
        **kwargs: As Trax's ``EvalTask``.

    Raises:
        TypeError: If an argument is another thing than it should be, as a class for a layer.
        ValueError: If the mode is unknown, two metrics have one name, or there is no batch.
    """

    _stock = inspect.signature(trax_training.EvalTask.__init__)
    _check = staticmethod(check_eval_task)

    def __init__(
        self, *args: Any, mode: str = "eval", weigh_batches: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, mode=mode, **kwargs)
        self._weigh_batches = check_flag("EvalTask", "weigh_batches", weigh_batches)

    @property
    def weigh_batches(self) -> bool:
        """Whether a batch counts by its weights."""
        return self._weigh_batches


class DataEnded(ValueError, StopIteration):
    """The data of a training task have ended before the run has; stock Trax: a StopIteration."""


def next_batch(loop: TrainingLoop, task_index: int) -> Tree:
    """The next batch of a training task.

    Raises:
        DataEnded: If there is none.
    """
    try:
        return loop.tasks[task_index].next_batch()
    except StopIteration as end:
        which = f" of task {task_index}" if len(loop.tasks) > 1 else ""
        raise DataEnded(
            f"The training data{which} ended after step {loop.step - 1}: there is no batch for "
            f"step {loop.step}. Give a stream without an end, such as "
            "training.Stream(make_generator), which begins anew, or run fewer steps."
        ) from end


def train_mode(task: trax_training.TrainTask) -> str:
    """The mode a training task asks for; a stock Trax task means 'train'."""
    mode: str = getattr(task, "mode", "train")
    return mode


def eval_mode(task: trax_training.EvalTask) -> str:
    """The mode an eval task asks for; a stock Trax task means 'eval'."""
    mode: str = getattr(task, "mode", "eval")
    return mode


def show_arguments(cls: Any, stock: inspect.Signature, *own: str) -> None:
    """Shows Trax's own arguments, which ``*args, **kwargs`` leaves open to gin, and our own."""
    parameters = inspect.signature(cls.__init__).parameters
    shown = [*stock.parameters.values(), *(parameters[name] for name in own)]
    cls.__init__.__signature__ = stock.replace(parameters=shown)


show_arguments(TrainTask, TrainTask._stock, "mode")
show_arguments(EvalTask, EvalTask._stock, "mode", "weigh_batches")
