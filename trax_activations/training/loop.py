"""Trax's training loop: each task in its mode, one program a step, on any number of devices."""

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import jax
from jax.sharding import Mesh

from trax_activations._trax import base, no_pickled_counters, one_device, patched
from trax_activations._trax import training as trax_training
from trax_activations.training.callbacks import StopTraining
from trax_activations.training.callbacks._base import makers
from trax_activations.training.checks import check_fits, check_loop
from trax_activations.training.compiled import CompiledStepper
from trax_activations.training.devices import choose_devices, same_seed
from trax_activations.training.evaluation import evaluate, on_devices, with_batch_weights
from trax_activations.training.folder import RunFolder, absolute
from trax_activations.training.holders import Holders
from trax_activations.training.interrupts import Interrupts, deferred, shielded
from trax_activations.training.learned_history import append_learned
from trax_activations.training.metrics import Metrics
from trax_activations.training.protocols import StepResult, Trainer, Tree
from trax_activations.training.reversible import ReversibleStepper, check_options
from trax_activations.training.saving import SavingLoop, Writers
from trax_activations.training.stepper import Stepper
from trax_activations.training.tasks import eval_mode, next_batch, show_arguments, train_mode

_STOCK = inspect.signature(trax_training.Loop.__init__)


class Loop(SavingLoop):
    """Trax's ``Loop``, which shows each task the model in the task's mode.

    Everything else - arguments, output, history, random numbers - is Trax's; for a model without
    modes and learned activations so are the results, but for rounding. Stock Trax tasks count as
    'train' and 'eval'. The modes are served by copies of the model that share its weights; each is
    compiled once. Beyond Trax's:

    - It trains on all local devices, or on all devices of all processes after
      ``jax.distributed.initialize``, with the same results as on one.
    - Weights of activations are exempt from weight decay.
    - A loss or gradient that is not finite stops the run, before it has touched a weight.

    Args:
        model: The model; it need not be built in any particular mode.
        tasks: A training task or several.
        eval_model: A model of its own for evaluation, as in Trax; by default ``model``. Its layers
            too get each eval task's mode.
        eval_tasks: An eval task or several, or ``None``.
        *args: As Trax's ``Loop``, from ``output_dir`` on.
        mesh: The devices to train on; the batch is split over the axis called 'batch' or 'data',
            else over the first.
        stop_at_nan: Whether to stop at a loss or gradient that is not finite.
        accept_changes: Whether to go on from a checkpoint of a run with other layers, losses,
            optimizers, learning rate or seed, if its arrays fit.
        stock_checkpoints: Whether to write checkpoints of stock Trax as well, ``model.pkl.gz`` and
            the files beside it, for its ``Loop`` and ``init_from_file``.
        **kwargs: As Trax's ``Loop``.

    Raises:
        FloatingPointError: By ``run``, at a loss or gradient that is not finite.
        TypeError: If ``mesh`` is none, or ``use_memory_efficient_trainer`` finds an optimizer
            where it needs the class.
        BlockingIOError: If another process trains in ``output_dir``.
        ValueError: If ``output_dir`` has a checkpoint of another run; if a layer cannot be switched
            to the mode that a task asks for; if an option of Trax's has no effect on a mesh or does
            not go with another; or, by ``run``, if a batch does not divide among the devices.
    """

    def __init__(
        self,
        model: base.Layer,
        tasks: trax_training.TrainTask | Sequence[trax_training.TrainTask],
        eval_model: base.Layer | None = None,
        eval_tasks: trax_training.EvalTask | Sequence[trax_training.EvalTask] | None = None,
        *args: Any,
        mesh: Mesh | None = None,
        stop_at_nan: bool = True,
        accept_changes: bool = False,
        stock_checkpoints: bool = False,
        **kwargs: Any,
    ) -> None:
        bound = _STOCK.bind(None, model, tasks, eval_model, eval_tasks, *args, **kwargs)
        check_loop(model, eval_model, bound.arguments)
        self._devices = choose_devices(mesh, bound.arguments.get("n_devices"))
        bound.arguments["n_devices"] = 1
        self._devices.check_options(bound.arguments)
        bound.arguments["output_dir"] = absolute(bound.arguments.get("output_dir"))
        self._folder = RunFolder(bound.arguments["output_dir"] if self._devices.is_chief else None)
        self._folder.check_free()
        bound.arguments["callbacks"] = makers(bound.arguments.get("callbacks"))
        self._stock_checkpoints = stock_checkpoints
        self._seed, self._accept_changes = bound.arguments.get("random_seed"), accept_changes
        bound.arguments["random_seed"] = same_seed(bound.arguments.get("random_seed"))
        self._holders = Holders(self, model, eval_model or model)
        stepper: type[Stepper] = CompiledStepper
        if bound.arguments.get("use_memory_efficient_trainer"):
            check_options(bound.arguments, self._devices)
            stepper = ReversibleStepper
        self._stepper = stepper(self, self._holders, self._devices, stop_at_nan)
        self._since = Metrics()
        self._last_step = self._n_heads = 0
        self._is_taken = True
        with one_device(), no_pickled_counters():
            super().__init__(*bound.args[1:], **bound.kwargs)
        self._is_built = True
        self.load_checkpoint()

    @property
    def eval_model(self) -> base.Layer:
        """The model as the first eval task sees it; in 'eval' mode if there is none."""
        tasks = [task for task in getattr(self, "_eval_tasks", ()) if task is not None]
        copy = self._holders.eval(eval_mode(tasks[0]) if tasks else "eval")
        self._holders.refresh()
        return copy

    @property
    def mesh(self) -> Mesh | None:
        """The mesh that the loop trains on; ``None`` on a single device."""
        return self._devices.given or self._devices.mesh

    @property
    def last_step(self) -> int:
        """The step with which the present run ends, or the last one ended."""
        return self._last_step

    def run(self, n_steps: int = 1) -> None:
        """Trains for ``n_steps`` steps, with evals and checkpoints where they are due."""
        with self._running(n_steps) as (interrupts, writers):
            for _ in range(n_steps):
                interrupts.check()
                self._next_step(*writers)

    @contextlib.contextmanager
    def _running(self, n_steps: int) -> Iterator[tuple[Interrupts, tuple[Writers, Writers]]]:
        """What surrounds the steps of a run: it saves what an exception would lose."""
        self._last_step = self.step + n_steps
        with (
            deferred() as interrupts,
            self._folder.in_use(),
            self._open_summary_writers() as writers,
        ):
            self._since.start()
            try:
                yield interrupts, writers
            except StopTraining as reason:
                print(f"Stopped after step {self.step}: {reason}")
            except (FloatingPointError, OSError):  # Not finite, or not to be written.
                raise
            except BaseException:
                if self.step != self._saved_step:
                    self.save_checkpoint("model")
                raise
            finally:
                with interrupts.shielded():
                    self._end_run(self._callbacks)

    def run_evals(self, summary_writers: Writers | None = None) -> None:
        """Runs every eval task, each in its mode; records results and learned parameters."""
        self._stepper.show()
        with one_device():
            evaluate(self, summary_writers)
        self._holders.refresh()
        append_learned(self)

    def new_rng(self) -> jax.Array:
        """Returns a new single-use random key."""
        key = self._stepper.new_key()
        return super().new_rng() if key is None else key

    def update_weights_and_state(self, weights: Tree = None, state: Tree = None) -> None:
        """Sets weights and state of the model, from outside of training."""
        self._stepper.show(last=True)
        if weights is not None:
            self._model.weights = weights
        if state is not None:
            self._model.state = state
        self._stepper.adopt()

    def _init_trainer(self, task: trax_training.TrainTask) -> Trainer:
        self._seed_heads([task.loss_layer])
        trained = self._holders.train(train_mode(task))
        if not self._use_memory_efficient_trainer:  # Which makes the weights itself, and later.
            check_fits("TrainTask", trained, [task.loss_layer], task.sample_batch)
        with patched(self, "_model", trained):
            trainer = super()._init_trainer(task)
        self._stepper.prepare(trainer)
        self._holders.take_from(trained)
        return trainer

    def _init_evaluator(self, eval_task: trax_training.EvalTask) -> trax_training._Evaluator:
        losses = [task.loss_layer for task in self._tasks]
        self._seed_heads([metric for metric in eval_task.metrics if metric not in losses])
        evaluated = self._holders.eval(eval_mode(eval_task))
        check_fits("EvalTask", evaluated, eval_task.metrics, eval_task.sample_batch)
        with patched(self, "_eval_model", evaluated):
            evaluator = super()._init_evaluator(with_batch_weights(eval_task))
        return on_devices(self._devices, evaluator)

    def _end_run(self, callbacks: Sequence[Any]) -> None:
        """Closes callbacks and shows what was trained, whatever exceptions come in between."""
        if not callbacks:
            self._stepper.show(last=True)
            return
        try:
            getattr(callbacks[0], "close", lambda: None)()
        finally:
            self._end_run(callbacks[1:])

    def _seed_heads(self, layers: Sequence[base.Layer]) -> None:
        """Seeds losses and metrics: Trax by Python's random numbers, when each layer is made.

        See layers/base.py:118. The loop's own key stays as it is.
        """
        for layer in layers:
            self._n_heads += 1
            layer.rng = jax.random.fold_in(self._rng, self._n_heads)

    def _next_step(self, train_writers: Writers, eval_writers: Writers) -> None:
        """Takes the next step, and does what is due after it."""
        with self._counted_step() as (task_index, task_changed):
            result = StepResult.of(self._run_one_step(task_index, task_changed))
            self._report(result, task_index, train_writers, eval_writers)

    @contextlib.contextmanager
    def _counted_step(self) -> Iterator[tuple[int, bool]]:
        """Counts a step, unless it is not taken: gives its task, and whether it was another."""
        previous = self._which_task(self._step)
        self._step += 1
        self._is_taken, number = False, self._step
        try:
            task_index = self._which_task(number)
            if task_index != previous:
                self._since.clear()
            yield task_index, task_index != previous
        except BaseException:
            if self._step == number and not self._is_taken:
                self._step -= 1
            raise
        finally:
            self._is_taken = True

    def _report(
        self, result: StepResult, task_index: int, train_writers: Writers, eval_writers: Writers
    ) -> None:
        """Evaluates and saves what is due after a step: so a checkpoint has its step's evals."""
        self._since.add(result.names, result.values)
        try:
            if self._eval_at(self.step):
                self._stepper.show()
                self._log_training_progress(
                    task=self._tasks[task_index],
                    summary_writer=train_writers[task_index],
                    **self._since.take(),
                )
                self.run_evals(eval_writers)
        finally:  # What was trained is kept even if an eval fails.
            self._save_due()
        self._save_best()

    def _run_one_step(self, task_index: int, task_changed: bool) -> StepResult:
        """Takes one training step, and calls who wants to see it.

        Returns Trax's pair (loss, stats). A subclass that calls it in a ``run`` of its own finds
        what was trained in the model after each step, as in Trax.
        """
        due, seen = self._begin_step()
        batch = next_batch(self, task_index)
        with shielded():
            result = self._stepper.step(task_index, batch)
            self._is_taken = True
        self._end_step(due, seen)
        return result

    def _begin_step(self) -> tuple[list[Any], bool]:
        """Calls who wants to see the beginning of a step; gives them, and if they see the model."""
        due = [callback for callback in self._callbacks if callback.call_at(self.step)]
        seen = self._is_taken or any(getattr(each, "needs_model", True) for each in due)
        if seen:
            self._stepper.show()
        for callback in due:
            callback.on_step_begin(self.step)
        return due, seen

    def _end_step(self, due: list[Any], seen: bool) -> None:
        if seen:
            self._stepper.show()
        for callback in due:
            callback.on_step_end(self.step)


show_arguments(Loop, _STOCK, "mesh", "stop_at_nan", "accept_changes", "stock_checkpoints")
