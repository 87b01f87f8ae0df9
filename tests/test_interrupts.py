"""An interrupt lands between two steps: model, loop and checkpoint are whole after it."""

import contextlib
import os
import random
import re
import signal
import threading
import time

import jax
import numpy as np
import pytest
import reversible_worker
from resume_worker import make_loop

from trax_activations import checkpoints, training
from trax_activations.cli import config, main
from trax_activations.cli.reporting import ReportingLoop
from trax_activations.training.interrupts import deferred
from trax_activations.training.tasks import DataEnded

MOMENTS = 100
RUN = ("--config_file=digits_mlp", "--config=width = 16", "--config=train.steps = 1000")
OFTEN = {"checkpoint_at": lambda step: step % 7 == 0, "eval_at": lambda step: step % 5 == 0}


@pytest.fixture(autouse=True)
def interrupts_are_heard():
    """Also where tests run in the background of a shell or under nohup, which ignore them there."""
    heard = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Interrupter(training.Callback):
    """Sends this process signals, some time after a loop has begun to run."""

    needs_model = False

    def __init__(self, loop):
        super().__init__(loop)
        self.armed, self.begun = False, threading.Event()

    def on_step_begin(self, step):
        self.begun.set()

    def handle(self, *_):
        """Raises once: a signal that comes late must not end the tests."""
        armed, self.armed = self.armed, False
        if armed:
            raise KeyboardInterrupt

    def interrupt(self, seconds, times=1):
        """Runs the loop until it is interrupted."""

        def send():
            self.begun.wait()
            time.sleep(seconds)
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

        self.begun.clear()
        self.armed, thread = True, threading.Thread(target=send)
        before = signal.signal(signal.SIGINT, self.handle)
        try:
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                self._loop.run(10**7)
        finally:
            thread.join()
            signal.signal(signal.SIGINT, before)


def leaves(loop):
    trees = loop.model.weights, loop.model.state, loop._trainer_per_task[0].slots
    return [np.asarray(leaf) for leaf in jax.tree.leaves(trees)]


def test_100_interrupts_lose_nothing(tmp_path, capsys):
    chance = random.Random(0)
    loop = make_loop(tmp_path, callbacks=[Interrupter], **OFTEN)
    loop.run(7)  # Compiles.
    steps = [loop.step]
    for i in range(MOMENTS):
        loop._callbacks[0].interrupt(chance.uniform(0, 0.02), 1 + i % 3)
        assert all(np.isfinite(leaf).all() for leaf in leaves(loop))
        found = checkpoints.read(str(tmp_path / "model.safetensors"))
        assert found.record["step"] == loop.step and found.warning is None
        steps.append(loop.step)
    assert steps == sorted(steps) and steps[-1] > steps[0]
    resumed, whole = make_loop(tmp_path, **OFTEN), make_loop(**OFTEN)
    whole.run(loop.step)
    for other in (loop, resumed):
        jax.tree.map(np.testing.assert_array_equal, leaves(other), leaves(whole))
        assert other.tasks[0].labeled_data.position == whole.tasks[0].labeled_data.position


def reversible_loop(**kwargs):
    return reversible_worker.make_loop(n_devices=1, **kwargs)


def loop_on_a_mesh(**kwargs):
    return make_loop(mesh=jax.make_mesh((1,), ("batch",)), **kwargs)


@pytest.mark.parametrize("make", [reversible_loop, loop_on_a_mesh])
def test_the_reversible_trainer_and_a_mesh_lose_nothing_either(make):
    chance = random.Random(0)
    loop, whole = make(callbacks=[Interrupter], **OFTEN), make(**OFTEN)
    loop.run(7)
    for i in range(6):
        loop._callbacks[0].interrupt(chance.uniform(0, 0.02), 1 + i % 3)
    whole.run(loop.step)
    jax.tree.map(np.testing.assert_array_equal, leaves(loop), leaves(whole))


def interrupt(number=signal.SIGINT):
    os.kill(os.getpid(), number)
    time.sleep(0)  # Python handles a signal between two of its own instructions.


def test_only_a_second_interrupt_breaks_into_a_wait_and_none_into_a_shield():
    reached = []
    with pytest.raises(KeyboardInterrupt), deferred():
        interrupt()
        reached.append("the first waits")
        interrupt()
        reached.append("the second does not")
    with pytest.raises(KeyboardInterrupt), deferred() as interrupts:
        with interrupts.shielded():
            interrupt()
            interrupt()
            reached.append("shielded")
        reached.append("as in the next step")
        interrupts.check()
        reached.append("after the check")
    assert reached == ["the first waits", "shielded", "as in the next step"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_ends_a_run_within_a_run_too():
    class Inner(training.Callback):
        def on_step_end(self, step):
            interrupt()
            make_loop().run(10**7)

    loop = make_loop(callbacks=[Inner])
    with pytest.raises(KeyboardInterrupt):
        loop.run(10**7)
    assert loop.step == 1


def test_an_exception_of_a_callback_or_the_data_loses_nothing(tmp_path):
    class Failing(training.Callback):
        def on_step_end(self, step):
            if step == 4:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_loop(tmp_path / "callback", callbacks=[Failing]).run(10)
    assert make_loop(tmp_path / "callback").step == 4

    loop = make_loop(tmp_path / "data")
    stream = loop.tasks[0].labeled_data
    loop.tasks[0]._labeled_data = iter([next(stream) for _ in range(3)])
    with pytest.raises(DataEnded, match=r"ended after step 3: .* step 4\. Give a stream without"):
        loop.run(10)
    assert loop.step == 3
    assert make_loop(tmp_path / "data").step == 3
    assert isinstance(DataEnded(), StopIteration)  # As stock Trax has it.


def test_the_command_saves_before_it_ends(tmp_path, capsys, monkeypatch):
    due = {}
    take_step = ReportingLoop._run_one_step

    def interrupted_step(self, *arguments):
        if self.step in due:
            interrupt(due[self.step])
        return take_step(self, *arguments)

    monkeypatch.setattr(ReportingLoop, "_run_one_step", interrupted_step)
    for step, number, status, told in [
        (5, signal.SIGTERM, 143, "terminated"),
        (7, signal.SIGHUP, 143, "terminated"),
        (9, signal.SIGINT, 130, "interrupted"),
    ]:
        due[step] = number
        assert main(["train", *RUN, f"--output_dir={tmp_path}"]) == status
        assert capsys.readouterr().err == (
            f"trax-activations: {told} after step {step}. To go on from there, give "
            f"--output_dir={tmp_path} again.\n"
        )
        path = str(tmp_path / "model.safetensors")
        assert checkpoints.read(path).record["step"] == step
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_interrupt_that_is_lost_while_the_command_loads_is_not(tmp_path, capsys, monkeypatch):
    """As in a destructor, whose exceptions Python prints and forgets."""

    sent = []

    def lose(values):
        with contextlib.suppress(KeyboardInterrupt):
            interrupt(sent[-1])
        return str(tmp_path)

    monkeypatch.setattr(config, "output_dir", lose)
    for number, status, told in [(signal.SIGINT, 130, "interr"), (signal.SIGTERM, 143, "termin")]:
        sent.append(number)
        assert main(["train", *RUN]) == status
        assert re.fullmatch(rf"trax-activations: {told}\w+\.\n", capsys.readouterr().err)
