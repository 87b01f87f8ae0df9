"""Every config trains as it is, but for the number of steps, and binds one of our layers."""

import pathlib
import re

import gin
import pytest

import trax_activations as ta
from trax_activations import modes
from trax_activations._model import walk
from trax_activations.cli import main
from trax_activations.cli.config import configure, parsed_flags
from trax_activations.cli.reporting import ReportingLoop
from trax_activations.experiments import candidate, plan, split

FOLDER = pathlib.Path(__file__).parents[1] / "configs"
FEW_STEPS = ("--config=train.steps = 2", "--config=train.eval_steps = 1")
ACTIVATION = {
    "copy_transformer": ta.RandomizedRelu,
    "digits_conv": ta.ThresholdedLinearUnit,
    "digits_mlp": ta.ParametricRelu,
    "mnist_mlp": ta.ParametricRelu,
    "text_transformer": ta.ParametricRelu,
}
NEEDS_NETWORK = {"mnist_mlp"}


@pytest.fixture
def loops(monkeypatch):
    """The loops that the command makes."""
    made = []
    run = ReportingLoop.run_and_report
    monkeypatch.setattr(
        ReportingLoop, "run_and_report", lambda loop, folder: (made.append(loop), run(loop, folder))
    )
    return made


def test_no_config_is_without_a_test():
    assert {file.stem for file in FOLDER.glob("*.gin")} == set(ACTIVATION)


@pytest.mark.parametrize("name", sorted(set(ACTIVATION) - NEEDS_NETWORK))
def test_config_trains(name, loops, tmp_path, capsys):
    arguments = [f"--config_file={name}", f"--output_dir={tmp_path}", *FEW_STEPS]
    assert main(["train", *arguments]) == 0, capsys.readouterr().err
    (loop,) = loops
    assert loop.step == 2
    assert any(type(layer) is ACTIVATION[name] for _, layer in walk(loop.model))
    assert set(modes.modes(loop.eval_model).values()) <= {"eval"}
    assert (tmp_path / "activations.png").exists()


@pytest.mark.parametrize("name", sorted(NEEDS_NETWORK))
def test_config_parses(name):
    with parsed_flags([f"--config_file={name}"]) as values:
        configure(values)
        model = gin.query_parameter("train.model").scoped_configurable_fn()
        assert gin.query_parameter("train.inputs").configurable.name == "batcher"
        assert gin.query_parameter("data_streams.dataset_name") == "mnist"
    assert any(type(layer) is ACTIVATION[name] for _, layer in walk(model))


@pytest.mark.parametrize("name", ACTIVATION)
def test_config_says_what_to_expect_and_fixes_its_seed(name):
    text = (FOLDER / f"{name}.gin").read_text()
    comment = re.match("(#.*\n)+", text)[0]
    assert f"--config_file=configs/{name}.gin" in comment
    assert re.search(r"\d+ (seconds|minutes?)", comment)
    assert "accuracy" in comment
    assert "train.random_seed = 0" in text


STUDY = ("digits", "breast_cancer", "cifar10", "cifar100")
RECTIFIERS = "Relu,LeakyRelu(0.01),LeakyRelu(0.1818),ParametricRelu,RandomizedRelu"


def test_no_config_of_the_study_is_without_a_test():
    assert {file.stem for file in (FOLDER / "rectifier_study").glob("*.gin")} == set(STUDY)


@pytest.mark.parametrize("name", STUDY)
def test_config_of_the_study_takes_every_rectifier(name, tmp_path):
    """Also what needs a network to train: it is read, and its model is built with each of them."""
    file = f"rectifier_study/{name}.gin"
    text = (FOLDER / file).read_text()
    assert f"--config_file=configs/{file} --seeds=5" in text
    assert f"--activations='{RECTIFIERS}'" in text
    with parsed_flags([f"--config_file={file}"]) as values:
        configure(values)
        chosen = [candidate(each) for each in split(RECTIFIERS)]
        made = plan(chosen, 2, tmp_path)
    assert len(made.runs) == 10
    for run in made.runs[:5]:
        gin.clear_config()
        gin.parse_config(run.config)
        model = gin.query_parameter("train.model").scoped_configurable_fn()
        layer = getattr(ta, run.label.partition("(")[0])
        assert any(type(each) is layer for _, each in walk(model))
        assert gin.query_parameter("train.random_seed") == 0
        if name.startswith("cifar"):
            assert gin.query_parameter("data_streams.dataset_name") == name
            assert model.sublayers[-1]._n_units == int(name.removeprefix("cifar"))
