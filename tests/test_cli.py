"""The command: what it prints, what it leaves behind, and how it tells a mistake."""

import pathlib
import re
import subprocess
import sys

import gin
import pytest

import trax_activations
from trax_activations import modes, registry
from trax_activations._trax import trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations.cli import main, text
from trax_activations.cli import train as train_command
from trax_activations.cli.reporting import ReportingLoop

# A small run of the digits: seconds, most of them to compile.
SMALL = (
    "--config_file=digits_mlp",
    "--config=width = 16",
    "--config=train.eval_frequency = 20",
    "--config=train.steps = 30",
)


@pytest.fixture
def run(capsys):
    """Runs the command; returns its exit status and the text on stdout and stderr."""

    def command(*arguments):
        capsys.readouterr()
        status = main(list(arguments))
        return (status, *capsys.readouterr())

    return command


@pytest.fixture
def loops(monkeypatch):
    """The loops that the command runs."""
    made = []
    run = ReportingLoop.run_and_report
    monkeypatch.setattr(
        ReportingLoop, "run_and_report", lambda loop, folder: (made.append(loop), run(loop, folder))
    )
    return made


def rows(output):
    """The table of a run: lists of numbers."""
    table = re.findall(r"^ +\d[\d,]* .*", output, flags=re.MULTILINE)
    return [[float(cell.replace(",", "")) for cell in row.split()] for row in table]


def accuracy(output):
    return float(re.search(r"^  eval accuracy +([\d.]+)$", output, flags=re.MULTILINE)[1])


# --- list, show


def test_list_has_a_line_for_every_activation(run):
    status, output, _ = run("list")
    assert status == 0
    assert tuple(line.split()[0] for line in output.splitlines()[1:]) == registry.names()


@pytest.mark.parametrize("name", ["parametric_relu", "prelu", "ParametricRelu"])
def test_show_finds_by_any_name(run, name):
    status, output, _ = run("show", name)
    assert status == 0
    assert "gin          @trax_activations.ParametricRelu\n" in output
    assert "function     trax_activations.functional.parametric_relu(x, a)\n" in output
    assert "learns       a, initially 0.25" in output
    assert registry.get(name).paper in " ".join(output.split())


@pytest.mark.parametrize("name", registry.names())
def test_show_knows_every_activation(run, name):
    status, output, _ = run("show", name)
    assert status == 0
    assert text.inline(registry.get(name).summary) in " ".join(output.split())


def test_help_imports_neither_trax_nor_jax():
    code = (
        "import sys; from trax_activations.cli import main; "
        "asked = [['--help'], ['--version'], *([name, '--help'] for name in "
        "('train', 'compare', 'suggest', 'convert', 'export', 'list', 'show', 'plot'))]; "
        "statuses = [main(each) for each in asked]; "
        "heavy = {'trax', 'jax', 'numpy', 'matplotlib', 'tensorflow', 'gin'} & set(sys.modules); "
        "sys.exit(str((statuses, heavy)) if any(statuses) or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_looking_up_does_not_import_trax():
    code = (
        "import sys; from trax_activations.cli import main; "
        "statuses = [main(['list']), main(['show', 'tlu']), main([]), main(['train', '--help'])]; "
        "sys.exit(str(statuses) if any(statuses) or 'trax' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_works_where_python_keeps_no_docstrings():
    code = (
        "import sys, jax.numpy as jnp, trax_activations as ta; "
        "from trax_activations.cli import main; "
        "[getattr(ta, spec.layer_name)() for spec in ta.registry.specs()]; "
        "halved = ta.activation(lambda x: x / 2, name='halved'); "
        "ok = float(halved.function(jnp.ones(()))) == 0.5; "
        "sys.exit(main(['list']) or main(['show', 'prelu']) or not ok)"
    )
    command = [sys.executable, "-OO", "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_and_version(run):
    assert run("--version")[:2] == (0, f"{trax_activations.__version__}\n")
    for arguments in ((), ("--help",)):
        status, output, _ = run(*arguments)
        assert status == 0
        assert all(
            command in output for command in ("train", "compare", "convert", "list", "show", "plot")
        )
    status, output, _ = run("train", "--help")
    assert status == 0
    assert all(flag in output for flag in ("--config_file", "--config", "--output_dir"))


# --- train


def test_the_digits_are_learned(run, loops, tmp_path):
    status, output, errors = run("train", "--config_file=digits_mlp", f"--output_dir={tmp_path}")
    assert (status, errors) == (0, "")
    assert accuracy(output) > 0.95
    # Not all that Trax measures is of use to a reader; the log has it.
    assert "sequence_accuracy" not in output
    assert {"sequence_accuracy", "neg_log_perplexity"} < set(loops[0].evals[0])
    assert [row[0] for row in rows(output)] == [1, 500, 1000, 1500, 2000, 2500, 3000]
    for name, file in {
        "checkpoint": "model.safetensors",
        "config": "config.gin",
        "picture": "activations.png",
        "TensorBoard log": "",
    }.items():
        (path,) = re.findall(rf"^  {name} +(.*)$", output, flags=re.MULTILINE)
        assert pathlib.Path(path) == tmp_path / file
        assert pathlib.Path(path).exists()
    assert list(tmp_path.glob("train/events*"))
    assert list(tmp_path.glob("eval/events*"))


def test_a_run_goes_on_where_it_was(run, tmp_path):
    folder = f"--output_dir={tmp_path}"
    assert run("train", *SMALL, folder)[0] == 0

    status, output, errors = run("train", *SMALL, "--config=train.steps = 50", folder)
    assert (status, errors) == (0, "")
    assert f"Going on from step 30 of {tmp_path}/model.safetensors\n" in output
    assert [row[0] for row in rows(output)] == [40, 50]
    assert "Done: 20 steps" in output
    assert "train.steps = 50" in (tmp_path / "config.gin").read_text()

    status, again, errors = run("train", *SMALL, "--config=train.steps = 50", folder)
    assert (status, errors) == (0, "")
    assert "Nothing to do: this run is at step 50 already." in again
    assert accuracy(again) == accuracy(output)


def test_the_saved_config_repeats_the_run(run, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    _, output, _ = run("train", *SMALL, f"--output_dir={first}")
    gin.clear_config()
    status, again, errors = run(
        "train", f"--config_file={first}/config.gin", f"--output_dir={second}"
    )
    assert (status, errors) == (0, "")
    without_speed = [[row[:-1] for row in rows(text)] for text in (output, again)]
    assert without_speed[0] == without_speed[1]
    assert [row[0] for row in rows(output)] == [1, 20, 30]  # The last step counts as well.
    saved = [re.sub("import .*", "", (at / "config.gin").read_text()) for at in (first, second)]
    assert saved[0] == saved[1]


def test_each_task_sees_the_model_in_its_mode(run, loops, tmp_path):
    bindings = ("--config=MLP.activation_fn = @trax_activations.RandomizedRelu",)
    arguments = (*SMALL[:2], *bindings, "--config=train.steps = 2", f"--output_dir={tmp_path}")
    # The macro still has its user in the file: ParametricRelu.num_parameters.
    assert run("train", *arguments)[0] == 0
    (loop,) = loops
    assert set(modes.modes(loop.eval_model).values()) == {"eval"}
    assert loop.tasks[0].mode == "train"
    # The whole set is evaluated, exactly: noise would show.
    values = []
    for _ in range(2):
        loop.run_evals()
        values.append(loop.evals[0]["loss"])
    assert values[0] == values[1]


def test_a_run_gets_a_folder_of_its_own_and_leaves_trax_as_it_was(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    before = trainer_lib.training, trainer_lib.log
    status, output, _ = run("train", *SMALL[:2], "--config=train.steps = 1")
    assert status == 0
    (folder,) = (tmp_path / "trax").iterdir()
    assert re.fullmatch(r"digits_mlp_\d{8}_\d{6}", folder.name)
    assert str(folder) in output
    assert (trainer_lib.training, trainer_lib.log) == before
    assert trainer_lib.training is trax_training


def test_a_config_imports_what_lies_beside_it_and_names_activations(
    run, loops, tmp_path, monkeypatch
):
    """A console script, unlike ``python -m``, looks for modules neither there nor in the folder."""
    folder = tmp_path / "my run"
    folder.mkdir()
    (folder / "beside_the_config.py").write_text("")
    (folder / "mine.gin").write_text("import beside_the_config\ninclude 'digits_mlp.gin'\n")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    status, output, errors = run(
        "train",
        f"--config_file={folder}/mine.gin",
        "--config=MLP.activation_fn = 'gelu'",
        "--config=width = 8",
        "--config=train.steps = 1",
        "--config=train.eval_frequency = 0",  # As None: never.
        f"--output_dir={folder}",
    )
    assert (status, errors, rows(output)) == (0, "", [])
    assert f"tensorboard --logdir='{folder}'" in output
    assert "Gelu(approximate=False)" in repr(loops[0].model)
    assert "MLP.activation_fn = @trax_activations.Gelu" in (folder / "config.gin").read_text()


def test_an_interrupted_run_says_how_to_go_on(run, tmp_path, monkeypatch):
    def interrupt(self, *args):
        raise KeyboardInterrupt

    monkeypatch.setattr(ReportingLoop, "_run_one_step", interrupt)
    status, _, errors = run("train", *SMALL, f"--output_dir={tmp_path}")
    assert status == 130
    assert errors == (
        "trax-activations: interrupted after step 0. To go on from there, give "
        f"--output_dir={tmp_path} again.\n"
    )


@pytest.mark.parametrize("message", ["", "interrupted at step 3. Go on."])
def test_an_interruption_is_never_told_by_an_empty_line(message, monkeypatch, capsys):
    """Whoever presses CTRL-C while the command is loading gives Python no words for it."""

    def interrupt(options):
        raise KeyboardInterrupt(*filter(None, [message]))

    monkeypatch.setattr(train_command, "run", interrupt)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == f"trax-activations: {message or 'interrupted.'}\n"


def test_a_run_that_diverges_says_so(run, tmp_path):
    wild = "--config=multifactor.constant = 1e35"
    status, _, errors = run("train", *SMALL, wild, f"--output_dir={tmp_path}")
    assert status == 1
    assert re.fullmatch(r"trax-activations: error: .*step \d+ is not finite.*\n", errors)


# --- mistakes

MISTAKES = {
    # A file.
    ("--config_file=nowhere",): r"there is no config file 'nowhere'. In configs/ are .*digits_mlp",
    ("--config_file={tmp}/syntax.gin",): r"syntax.gin, line 2: cannot read 'three'",
    ("--config_file={tmp}/open.gin",): r"open.gin: not a gin config",
    ("--config_file={tmp}/bytes.gin",): r"bytes.gin: not a gin config",
    ("--config_file={tmp}/include.gin",): r"include.gin, line 1: there is no file 'nowhere.gin'",
    ("--config_file={tmp}/import.gin",): r"import.gin, line 1: No module named 'nowhere'",
    ("--config_file={tmp}/name.gin",): (
        r"name.gin, line 2: unknown name 'trax_activations.ParametricRlu'. "
        r"Did you mean 'ParametricRelu'\?"
    ),
    ("--config_file=digits_mlp", "--config=train.steps = 'abc'"): (
        r"train.steps = 'abc' is no number of steps. Give a whole number, for example"
    ),
    ("--config_file=digits_mlp", "--config=train.eval_steps = -1"): r"= -1 is no number of steps",
    ("--config_file={tmp}/mark.gin",): r"mark.gin, line 1: the file begins with a byte-order mark",
    ("--config_file=digits_mlp", "--config=train.eval_steps = 0"): (
        r"train.eval_steps = 0, so nothing is evaluated. Give 1 or more; .* train.eval_freq"
    ),
    # A flag.
    ("--confg_file=digits_mlp",): r"unknown flag --confg_file. Did you mean '--config_file'\?",
    ("--config_file",): r"--config_file needs a value.",
    ("--log_level=loud",): r"--log_level cannot be 'loud'.",
    ("digits_mlp",): r"unexpected argument 'digits_mlp'",
    (): r"nothing to train. Give --config_file=FILE",
    ("--model=MLPP",): r"unknown name 'trax.models.MLPP'. Did you mean 'MLP'\?",
    # A binding.
    (*SMALL, "--config=train.stepz = 3"): (
        r"--config 'train.stepz = 3': train has no parameter 'stepz'. Did you mean 'steps'\?"
    ),
    (*SMALL, "--config=trian.steps = 3"): r"unknown name 'trian'. Did you mean 'train'\?",
    (*SMALL, "--config=train.steps 3"): r"--config 'train.steps 3': cannot read",
    (*SMALL, "--config=train.steps = three"): r"cannot read 'three'",
    (*SMALL, "--config=steps = 3"): r"nothing refers to %steps. Write train.steps = 3",
    (*SMALL, "--config=train.steps = %many"): r"%many is used but not defined",
    (*SMALL, "--config=MLP.activation_fn = @Nothing"): r"unknown name 'Nothing'",
    (*SMALL, "--config=ThresholdedLinearUnit.num_parameters = 3"): (
        r"Did you mean 'trax_activations.ThresholdedLinearUnit.num_parameters'\?"
    ),
    (*SMALL, "--config=trax_activations.RandomizedRelu.mode = 'eval'"): (
        r"'mode' of trax_activations.RandomizedRelu cannot be bound. Each task sets the mode"
    ),
    (*SMALL, "--config=train.output_dir = 'x'"): r"Give --output_dir=FOLDER",
    ("--config=train.steps = 3",): r"the config binds no train.model. Give --config_file",
    ("--model=MLP", "--output_dir={tmp}"): r"the config binds no batcher.data_streams",
    # A value.
    (*SMALL, "--config=trax_activations.ParametricRelu.a = 'x'"): (
        r"ParametricRelu takes a finite number as a, for example a=0.25, but received a='x'."
    ),
    (*SMALL, "--config=trax_activations.ParametricRelu.num_parameters = 7"): (
        r"Use num_parameters=16 for that axis"
    ),
    (*SMALL, "--config=digits.batch_size = 5000000"): r"in digits: A batch must hold 1 to 13293",
    (*SMALL, "--config=MLP.activation_fn = @trax_activations.Gelu()"): (
        r"in MLP: Gelu\(.*\) is a layer already.*: write Gelu without the brackets"
    ),
    (*SMALL, "--config=MLP.activation_fn = 'geluu'"): (
        r"Unknown activation 'geluu'. Did you mean 'gelu'\?"
    ),
    (*SMALL, "--config=train.random_seed = 'a'"): r"integer from 0 .* received random_seed='a'",
    (*SMALL, "--config=MLP.activation_fn = 3"): r"in MLP: 'int' object is not callable. To see",
    (
        *SMALL,
        "--output_dir=/dev/null/x",
    ): r"('/dev/null/x': Not|/dev/null is not) a directory. Give another --output_dir",
}


@pytest.fixture
def files(tmp_path):
    texts = {
        "syntax": "import trax.models\ntrain.steps = three\n",
        "open": "train.steps = (1,\n",
        "include": "include 'nowhere.gin'\n",
        "import": "import nowhere\n",
        "name": "include 'digits_mlp.gin'\nMLP.activation_fn = @trax_activations.ParametricRlu\n",
    }
    for name, content in texts.items():
        (tmp_path / f"{name}.gin").write_text(content)
    (tmp_path / "mark.gin").write_text("include 'digits_mlp.gin'\n", "utf-8-sig")
    (tmp_path / "bytes.gin").write_bytes(bytes(range(128, 256)))
    return tmp_path


@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda arguments: " ".join(arguments[-1:]))
def test_a_mistake_is_one_line_and_status_2(run, files, arguments):
    given = [argument.replace("{tmp}", str(files)) for argument in arguments]
    if not any("--output_dir" in argument for argument in given):
        given.insert(0, f"--output_dir={files}/run")
    status, _, errors = run("train", *given)
    assert status == 2
    assert re.fullmatch(r"trax-activations: error: [^\n]*\n", errors)
    assert re.search(MISTAKES[arguments], errors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["trian"],
            r"unknown command 'trian'. Did you mean 'train'\? There are: train, compare, convert",
        ),
        (
            ["show"],
            r"the following arguments are required: NAME. See trax-activations show --help.",
        ),
        (["show", "reul"], r"Unknown activation 'reul'. Did you mean 'relu'\?"),
        (["list", "--all"], r"unrecognized arguments: --all"),
    ],
)
def test_a_mistake_in_a_command_is_told_in_the_same_way(run, arguments, message):
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert re.fullmatch(rf"trax-activations: error: {message}[^\n]*\n", errors)


def test_a_checkpoint_of_another_model_is_told(run, tmp_path):
    folder = f"--output_dir={tmp_path}"
    assert run("train", *SMALL[:2], "--config=train.steps = 1", folder)[0] == 0
    status, _, errors = run("train", *SMALL, "--config=MLP.layer_widths = (3, 5, 10)", folder)
    assert status == 2
    assert "num_parameters=3" in errors  # Found first.
    other = ("--config=width = 24", "--config=train.steps = 2")
    status, _, errors = run("train", *SMALL, *other, folder)
    assert status == 2
    assert re.fullmatch(
        rf".*The arrays of {tmp_path}/model.safetensors do not fit.*another --output_dir; .*\n",
        errors,
    )
    assert "dense_1/kernel" in errors
    other = ("--config=multifactor.constant = 0.01", "--config=train.steps = 2")
    status, _, errors = run("train", *SMALL[:2], *other, folder)
    assert status == 2
    assert re.fullmatch(
        r".*error: .* of another run: the learning rate was .*--accept_chan.*\n", errors
    )
    assert run("train", *SMALL[:2], *other, folder, "--accept_changes")[0] == 0
    assert (tmp_path / "config_until_step_1.gin").exists()
    (tmp_path / "model.previous.safetensors").unlink()
    (tmp_path / "model.safetensors").write_bytes(b"")
    status, _, errors = run("train", *SMALL, folder)
    assert status == 2
    assert "model.safetensors' is unusable" in errors
    assert errors.count("\n") == 1


def test_with_log_level_1_the_traceback_is_seen(run, tmp_path):
    with pytest.raises(TypeError, match="takes a finite number as a"):
        run(
            "train",
            *SMALL,
            "--config=trax_activations.ParametricRelu.a = 'x'",
            "--log_level=1",
            f"--output_dir={tmp_path}",
        )
