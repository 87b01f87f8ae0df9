"""compare: equal terms for all, nothing trained twice, every failure told, honest sentences."""

import csv
import dataclasses
import json
import pathlib
import re
import sys
import time

import numpy as np
import pytest

from trax_activations import experiments, registry
from trax_activations.cli import main
from trax_activations.cli.steps_bar import StepsBar
from trax_activations.experiments import Outcome, Plan, Run, execution, noted_step, race, session
from trax_activations.experiments.worker import note_step
from trax_activations.training import vectorized

# The data are real and the runs tiny: seconds, most of them to compile.
TINY = (
    "--config_file=digits_mlp",
    "--config=width = 8",
    "--config=train.steps = 4",
    "--config=train.eval_frequency = 2",
)


@pytest.fixture
def run(capsys):
    """Runs compare in this process; returns its exit status and the text on stdout and stderr."""

    def command(*arguments, n_jobs=1):
        capsys.readouterr()
        status = main(["compare", *arguments, f"--n_jobs={n_jobs}"])
        return (status, *capsys.readouterr())

    return command


def records(folder):
    with open(folder / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def trained(monkeypatch):
    """The labels and seeds that are trained from now on."""
    seen = []
    original = session._loop
    monkeypatch.setattr(
        session,
        "_loop",
        lambda run, *given: (seen.append((run.label, run.seed)), original(run, *given))[1],
    )
    return seen


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of two activations and two seeds."""
    folder = tmp_path_factory.mktemp("compared")
    arguments = (*TINY, "--activations=relu,prelu", "--seeds=2", f"--output_dir={folder}")
    assert main(["compare", *arguments, "--n_jobs=1"]) == 0
    return folder, arguments


def test_the_bar_counts_steps_of_runs_that_run_and_have_ended(
    compared, tmp_path, capsys, monkeypatch
):
    runs = [Run(label, 0, str(tmp_path / label), "") for label in ("Relu", "Gelu", "nowhere")]
    for run, step in zip(runs[:2], (4, 3), strict=True):
        pathlib.Path(run.folder).mkdir(parents=True)
        note_step(run.folder, step)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    bar = StepsBar(Plan(tuple(runs), (), 10, "loss", "", tmp_path))
    with bar.watching():
        bar.look()
        assert (bar.bar.n, bar.bar.total) == (7, 30)
        bar.end(Outcome("Relu", 0), "1/3")
        assert bar.bar.n == 13
        note_step(runs[1].folder, 9)
        deadline = time.monotonic() + 30
        while bar.bar.n < 19 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert bar.bar.n == 19
    assert "/30" in capsys.readouterr().out
    assert noted_step(runs[2].folder) == 0
    told = [noted_step(str(path.parent)) for path in compared[0].rglob("step")]
    assert told == [4] * 4  # Those that were really run.


def test_every_run_is_recorded(compared):
    folder, _ = compared
    rows = records(folder)
    assert [(row["activation"], row["seed"]) for row in rows] == [
        ("Relu", "0"),
        ("ParametricRelu", "0"),
        ("Relu", "1"),
        ("ParametricRelu", "1"),
    ]
    for row in rows:
        assert row["status"] == "finished"
        assert row["steps"] == "4"
        assert 0 <= float(row["eval_accuracy"]) <= 1
        assert 0 <= float(row["train_accuracy"]) <= 1
        assert float(row["seconds"]) > 0
        assert int(row["peak_bytes"]) > int(row["step_bytes"]) > 10_000
    relu, prelu = rows[:2]
    assert int(prelu["n_weights"]) - int(relu["n_weights"]) == int(prelu["n_learned"]) == 16


def test_a_seed_has_the_same_start_and_the_same_data(compared):
    folder, _ = compared
    outcomes = {
        path.parts[-3:-1]: json.loads(path.read_text()) for path in folder.glob("runs/*/*/*.json")
    }
    starts = {key: outcome["start"] for key, outcome in outcomes.items()}
    for seed in ("seed_0", "seed_1"):
        assert starts["Relu", seed] == starts["ParametricRelu", seed]
        config = outcomes["Relu", seed]["config"]
        assert f"trax_activations.digits.seed = {seed[-1]}" in config
        assert f"train.random_seed = {seed[-1]}" in config
    assert starts["Relu", "seed_0"] != starts["Relu", "seed_1"]
    learned = outcomes["ParametricRelu", "seed_0"]["learned"]
    assert set(learned) == {"serial/parametric_relu_1/a", "serial/parametric_relu_2/a"}


def test_the_reports_say_the_same_and_need_no_other_file(compared):
    folder, _ = compared
    markdown, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    for text in (markdown, page):
        assert "Relu" in text
        assert "ParametricRelu(num_parameters=8, a=0.25, axis=-1)" in text.replace("<wbr>", "")
        assert "serial/parametric_relu_1/a" in text
        assert "the same initial weights outside of their activations." in text
        assert "trax.models.MLP.activation_fn" in text
    for picture in re.findall(r"\]\((.*?)\)", markdown):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    outside = set(re.findall(r'(?:src|href)="(?!#)(.{0,20})', page))
    assert outside == {"data:image/svg+xml;b"}
    assert (page.count("<img"), page.count("<svg role=")) == (1, 1)


def test_what_is_finished_is_not_repeated_and_more_can_be_added(compared, run, monkeypatch):
    folder, arguments = compared
    seen = trained(monkeypatch)
    before = records(folder)
    assert run(*arguments)[0] == 0
    assert seen == []
    assert records(folder) == before

    more = [each.replace("relu,prelu", "relu,prelu,LeakyRelu(0.2)") for each in arguments]
    status, output, errors = run(*more)
    assert status == 0, errors
    assert errors == ""
    label = "LeakyRelu(negative_slope=0.2)"
    assert seen == [(label, 0), (label, 1)]
    assert re.search(r"^LeakyRelu\(negative_slope=0.2\) +0\.\d{4} ± ", output, flags=re.MULTILINE)
    assert [row for row in records(folder) if row["activation"] != label] == before
    assert run(*arguments)[0] == 0  # As it was, for the tests that follow.


def test_another_experiment_does_not_mix(compared, run):
    _, arguments = compared
    status, _, errors = run(*arguments, "--config=train.steps = 6")
    assert status == 2
    assert "holds runs of another experiment: " in errors
    assert "- train.steps = 4; + train.steps = 6" in errors


def test_an_unfinished_run_goes_on_from_its_checkpoint(compared, run, tmp_path, monkeypatch):
    whole = records(compared[0])[:2]  # Of seed 0, never interrupted.
    arguments = (*TINY, "--activations=relu,prelu", "--seeds=1", f"--output_dir={tmp_path}")
    steps = []
    step = session.ExperimentLoop._run_one_step

    def interrupt(self, *given):
        if len(steps) == 3:  # Step 3 is not due, but saved.
            steps.append(None)
            raise KeyboardInterrupt
        steps.append(self.step)
        return step(self, *given)

    monkeypatch.setattr(session.ExperimentLoop, "_run_one_step", interrupt)
    status, _, errors = run(*arguments)
    assert status == 130
    assert "interrupted after 0 of 2 runs. The same command goes on where they are." in errors
    assert run(*arguments)[0] == 0
    assert steps[4:] == [4, 1, 2, 3, 4]
    for name in ("eval_accuracy", "eval_loss", "train_loss"):
        assert [row[name] for row in records(tmp_path)] == [row[name] for row in whole]


def test_a_race_trains_what_stays_as_without_it(compared, run, tmp_path, monkeypatch):
    monkeypatch.setattr(race, "FEWEST_SEEDS", 1)
    seen = trained(monkeypatch)
    arguments = (*TINY, "--activations=relu,prelu", "--seeds=1", f"--output_dir={tmp_path}")
    status, output, errors = run(*arguments, "--race")
    assert (status, errors) == (0, "")
    assert "Look 1 of 1: 2 runs of 2 steps" in output
    assert seen == [("Relu", 0), ("ParametricRelu", 0)] * 2
    for name in ("eval_accuracy", "eval_loss", "train_loss"):
        whole = [row[name] for row in records(compared[0])[:2]]
        assert [row[name] for row in records(tmp_path)] == whole


@pytest.mark.parametrize("how", ["never", "auto"])
def test_seeds_one_by_one_give_the_same_and_say_why(compared, run, tmp_path, monkeypatch, how):
    monkeypatch.setattr(vectorized, "_MOST_OPERATIONS", 1)  # So `auto` finds no step small enough.
    arguments = (*TINY, "--activations=relu", "--seeds=2", f"--output_dir={tmp_path}")
    status, output, errors = run(*arguments, f"--vectorize={how}")
    assert (status, errors) == (0, "")
    told = "one by one: a step of "
    assert (told in output) == (told in (tmp_path / "report.md").read_text()) == (how == "auto")
    assert "| together " in (compared[0] / "report.md").read_text()
    for name in ("eval_loss", "train_loss"):
        here, there = ([float(r[name]) for r in records(at)] for at in (compared[0], tmp_path))
        np.testing.assert_allclose(there, here[::2], rtol=1e-5)


def test_a_run_that_fails_does_not_stop_the_others(run, tmp_path):
    status, output, errors = run(
        *TINY, "--activations=relu,log", "--seeds=1", f"--output_dir={tmp_path}"
    )
    assert status == 1
    assert errors.startswith("trax-activations: error: 1 of 2 runs failed; Log, seed 0: ")
    assert errors.count("\n") == 1
    assert "is not finite" in errors
    assert "Log, seed 0: failed: " in output
    assert [row["status"] for row in records(tmp_path)] == ["finished", "failed"]
    assert "is not finite" in (tmp_path / "report.html").read_text()
    assert "Traceback" in (tmp_path / "runs" / "Log" / "seed_0" / "error.txt").read_text()


def test_all_leaves_out_what_cannot_be_used(run, tmp_path, monkeypatch):
    few = [registry.get(name) for name in ("glu", "log", "relu", "tanh")]
    monkeypatch.setattr(registry, "specs", lambda: few)
    arguments = ("--activations=all", "--seeds=1", f"--output_dir={tmp_path}")
    status, output, errors = run(*TINY, "--config=train.steps = 2", *arguments)
    assert (status, errors) == (0, "")  # Of all, those that cannot be used are no mistake.
    assert {row["activation"]: row["status"] for row in records(tmp_path)} == {
        "Relu": "finished",
        "Log": "failed",
        "Tanh": "finished",
    }
    page = (tmp_path / "report.html").read_text()
    assert "works along an axis, not on each element by itself" in page
    assert "A single seed cannot tell a difference from noise." in output


def test_processes_that_die_are_told(run, tmp_path, monkeypatch):
    deaths = []

    def parallel(groups, jobs, threads):
        for (each,) in groups:
            if each.label == "Relu":
                deaths.append(len(groups))
                raise execution.TerminatedWorkerError("killed")
            yield from [session.outcome_of(each)]

    monkeypatch.setattr(execution, "_parallel", parallel)
    arguments = (*TINY[:2], "--config=train.steps = 1", "--activations=tanh,relu", "--seeds=1")
    status, _, errors = run(*arguments, f"--output_dir={tmp_path}", n_jobs=2)
    assert status == 1
    assert deaths == [2, 1]
    assert "Relu, seed 0: its process was killed" in errors
    assert [row["status"] for row in records(tmp_path)] == ["finished", "failed"]


def test_processes_of_this_machine(compared, run, tmp_path):
    """With real workers; what they compute is what this process computed."""
    arguments = (*TINY, "--activations=relu,prelu", "--seeds=1", f"--output_dir={tmp_path}")
    status, output, errors = run(*arguments, n_jobs=2)
    assert status == 0, errors
    assert errors == ""
    assert "2 runs of 4 steps, 2 at a time" in output
    for name in ("eval_loss", "train_loss"):
        here, there = ([float(r[name]) for r in records(at)] for at in (compared[0], tmp_path))
        np.testing.assert_allclose(there, here[:2], rtol=1e-5)


def test_a_dask_cluster(run, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        status, output, _ = run(
            *TINY,
            "--activations=relu,prelu",
            "--seeds=1",
            f"--output_dir={tmp_path}",
            f"--dask={cluster.scheduler_address}",
        )
    assert status == 0
    assert cluster.scheduler_address in output
    assert [row["status"] for row in records(tmp_path)] == ["finished", "finished"]


def test_several_tasks_have_one_report(run, tmp_path, monkeypatch):
    pytest.importorskip("scikit_posthocs", reason="ranks over tasks need scikit-posthocs")
    shifted, broken = tmp_path / "shifted.gin", tmp_path / "broken.gin"
    shifted.write_text("include 'digits_mlp.gin'\ntrax_activations.digits.shift = 1\n")
    broken.write_text("train.steps = 4\n")
    curve = {"accuracy": [(4, 0.5)]}
    monkeypatch.setattr(
        experiments,
        "execute",
        lambda runs, *_, **__: [Outcome(x.label, x.seed, held_out=curve) for x in runs],
        raising=False,
    )
    arguments = ("--activations=relu,tanh", "--seeds=1", f"--output_dir={tmp_path}/out")
    status, output, errors = run(*TINY, f"--config_file={shifted}", *arguments)
    assert (status, errors) == (0, "")
    for task in ("digits_mlp", "shifted"):
        assert f"\n{task}: 2 runs of 4 steps" in output
        assert f"\n{task}:\nThe highest mean accuracy is that of" in output
    assert [(row["task"], row["activation"]) for row in records(tmp_path / "out")] == [
        (task, label) for task in ("digits_mlp", "shifted") for label in ("Relu", "Tanh")
    ]
    status, _, errors = run(*TINY, f"--config_file={broken}", *arguments)
    assert status == 2
    assert re.search(r"error: [^\n]*broken.gin: .* is a task by itself", errors)
    status, _, errors = run(*TINY, TINY[0], *arguments)
    assert "two have one name" in errors


MISTAKES = {
    ("--activations=reul",): r"Unknown activation 'reul'. Did you mean 'relu'\?",
    ("--activations=relu,LeakyRelu(slope=1)",): r"LeakyRelu: .*It takes negative_slope",
    ("--activations=LeakyRelu(negative_slope='x')",): r"takes a finite number as negative_slope",
    ("--activations=LeakyRelu(x)",): r"cannot read the activation 'LeakyRelu\(x\)'. Write a name",
    ("--activations=RandomizedRelu(mode='eval')",): r"each task sets the mode",
    ("--activations=,",): r"no activations. Give --activations=",
    ("--activations=relu", "--baseline=reul"): r"Unknown activation 'reul'",
    ("--activations=relu", "--metric=acuracy"): r"no metric 'acuracy'. The config has loss, accur",
    (
        "--activations=relu",
        "--seeds=0",
    ): r"--seeds: must be a whole number, .* received '0'",
    ("--activations=relu", "--seeds=abc"): r"--seeds: must be a whole number, .* received 'abc'",
    ("--activations=relu", "--config=train.stepz = 3"): r"train has no parameter 'stepz'",
    ("--activations=relu", "--config=train.eval_steps = 0"): r"so nothing is evaluated",
    ("--activations=relu", "--config=MLP.activation_fn = @trax.models.MLP"): (
        r"the config binds no parameter to an activation"
    ),
    ("--activations=relu", "--dask=tcp://127.0.0.1:1"): r"cannot reach a Dask scheduler at 'tcp:",
    (): r"no activations. Give --activations=",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda arguments: " ".join(arguments[-1:]))
def test_a_mistake_is_one_line_before_anything_starts(run, tmp_path, arguments, monkeypatch):
    seen = trained(monkeypatch)
    monkeypatch.setattr(execution, "_PATIENCE", "1s")
    status, _, errors = run(*TINY, *arguments, f"--output_dir={tmp_path}")
    assert status == 2
    assert re.fullmatch(r"trax-activations: error: [^\n]*\n", errors)
    assert re.search(MISTAKES[arguments], errors)
    assert seen == []
    assert not pathlib.Path(tmp_path / "runs").exists()


def test_outcomes_survive_their_file(tmp_path):
    from trax_activations.experiments import outcome

    made = outcome.Outcome("Relu", 1, layers=("Relu()",), train={"loss": [(1, 0.5)]})
    outcome.write(tmp_path, made, "config")
    read = outcome.read(tmp_path, "config")
    assert read.last("train", "loss") == 0.5
    assert np.isnan(read.last("held_out", "loss"))
    assert dataclasses.replace(read, train={}) == dataclasses.replace(made, train={})
    assert outcome.read(tmp_path, "another config") is None
    (tmp_path / "outcome.json").write_text("{")
    assert outcome.read(tmp_path, "config") is None
