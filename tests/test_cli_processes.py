"""The command on two processes of 4 devices each, and how it tells what is wrong with its flags."""

import os
import re
import socket
import subprocess
import sys

import numpy as np
import pytest

from trax_activations import cli, datasets
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.cli import main, processes
from trax_activations.cli.errors import UsageError

RUN = (
    "--config_file=digits_mlp",
    "--config=width = 16",
    "--config=train.steps = 4",
    "--config=train.eval_frequency = 4",
)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def evals(folder):
    """The loss after each evaluation, from the checkpoint."""
    history = checkpoints.read(str(folder / "model.safetensors")).record["history"]
    return [value for _, value in history["_values"]["eval"]["metrics/loss"]]


def test_two_processes_learn_what_one_learns_and_the_first_speaks(tmp_path):
    address = f"--coordinator_address=127.0.0.1:{free_port()}"
    # As a shell has it: JAX, imported here, has set how loud TensorFlow is, and conftest.py where
    # programs are kept, of which one process could read what the other has half written.
    ours = ("TF_CPP_MIN_LOG_LEVEL", "JAX_COMPILATION_CACHE_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
    both = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "trax_activations", "train", *RUN),
                *(f"--output_dir={tmp_path}/two", address),
                *("--num_processes", "2", f"--process_id={i}"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for i in (1, 0)
    ]
    try:
        second, first = [process.communicate(timeout=300) for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], (first, second)
    assert "Done: 4 steps" in first[0]
    assert second == ("", "")
    assert main(["train", *RUN, f"--output_dir={tmp_path}/one"]) == 0
    assert len(evals(tmp_path / "one")) == 2
    np.testing.assert_allclose(evals(tmp_path / "two"), evals(tmp_path / "one"), rtol=1e-5)
    files = [{path.name for path in (tmp_path / run).iterdir()} for run in ("one", "two")]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num_processes=2"], r"--coordinator_address and --process_id missing\. A run on sev"),
        (
            ["--coordinator_address=h:1", "--num_processes=0", "--process_id=0"],
            r"--num_processes cannot be 0: it is 1 or more\.",
        ),
        (["--process_id=first"], r"argument --process_id: invalid int value: 'first'\. See"),
        (
            ["--coordinator_address=here", "--num_processes=2", "--process_id=0"],
            r"--coordinator_address cannot be 'here'\. It is HOST:PORT",
        ),
        (
            ["--coordinator_address", "h:1", "--num_processes", "2", "--process_id", "2"],
            r"--process_id cannot be 2 of --num_processes=2: it is 0 to 1\.",
        ),
        (["--num_proceses=2"], r"unknown flag --num_proceses\. Did you mean '--num_processes'\?"),
    ],
)
def test_a_wrong_flag_is_one_line(arguments, message, capsys):
    assert main(["train", *RUN, *arguments]) == 2
    errors = capsys.readouterr().err
    assert re.fullmatch(rf"trax-activations: error: {message}[^\n]*\n", errors)


def test_a_first_process_that_is_not_there_is_told():
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(UsageError, match=f"no process answers at {address} .* --process_id=0"):
        processes._await(address, seconds=0)


def test_other_arguments_are_left_alone():
    given = ["--config_file", "digits_mlp", "--config=a = 1", "-x", "--num", "3"]
    parser, _ = cli._parsers()
    options, rest = parser.parse_known_args(["train", *given])
    assert rest == given
    with processes.joined(options):
        assert not processes.are_joined()


def test_each_process_feeds_its_share_of_a_batch():
    x = np.arange(12)
    whole, *shares = (datasets.Stream(x, x, 6, share=share) for share in [(0, 1), (0, 2), (1, 2)])
    for _ in range(3):
        parts = [next(stream)[0] for stream in shares]
        np.testing.assert_array_equal(next(whole)[0], np.concatenate(parts))
    with pytest.raises(
        ValueError, match=r"batch of 6 has no share 0 of 4\. Choose .* multiple of 4"
    ):
        datasets.Stream(x, x, 6, share=(0, 4))
