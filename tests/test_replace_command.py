"""``--replace``: other activations in models whose configs have no parameter for them."""

import re

import gin
import pytest

from trax_activations import modes, replacement
from trax_activations.cli import compare, main
from trax_activations.cli.reporting import ReportingLoop

# A model that names tl.Relu in its code, as far as the config is concerned; tiny runs.
TINY = (
    "--config_file=digits_mlp",
    "--config=MLP.activation_fn = @trax.layers.Relu",
    "--config=width = 8",
    "--config=train.steps = 1",
    "--config=train.eval_frequency = 1",
)


@pytest.fixture
def run(capsys, tmp_path):
    """Runs a command in this process; returns its exit status and the text on stdout and stderr."""

    def command(name, *arguments):
        capsys.readouterr()
        status = main([name, *TINY, *arguments, f"--output_dir={tmp_path / 'run'}"])
        return (status, *capsys.readouterr())

    return command


def test_train_replaces_one_after_the_other_and_tells_where(run, tmp_path, monkeypatch):
    loops = []
    original = ReportingLoop.run_and_report
    monkeypatch.setattr(
        ReportingLoop, "run_and_report", lambda loop, to: (loops.append(loop), original(loop, to))
    )
    status, output, errors = run(
        "train",
        "--replace=Relu=RandomizedRelu",
        "--replace=serial/randomized_relu_2=PReLU('channels')",
    )
    assert (status, errors) == (0, "")
    assert re.search(r"serial/relu_1 +Relu +RandomizedRelu\(", output)
    assert re.search(r"serial/randomized_relu_2 +RandomizedRelu.* ParametricRelu\(", output)
    (loop,) = loops
    names = [place.layer.name for place in replacement.places(loop.model)]
    assert names == ["RandomizedRelu", "ParametricRelu"]
    assert set(modes.modes(loop.eval_model).values()) == {"eval"}

    # What is written in the folder makes the same model.
    gin.clear_config()
    gin.parse_config((tmp_path / "run" / "config.gin").read_text())
    again = gin.query_parameter("train.model").scoped_configurable_fn(mode="train")
    assert replacement.summary(again).rows == replacement.summary(loop.model).rows


def test_compare_puts_each_activation_in_their_place(run, tmp_path, monkeypatch):
    plans = []

    def planned_only(plan, *_):
        plans.append(plan)
        raise KeyboardInterrupt

    monkeypatch.setattr(compare.comparing, "outcomes", planned_only)
    run("compare", "--replace=Relu=PReLU('channels'),LeakyRelu(0.2)", "--seeds=1")
    ((slot,), runs) = plans[0].slots, plans[0].runs
    assert slot == "trax_activations.ReplacedModel.by"
    made = {}
    for each in runs:
        gin.clear_config()
        gin.parse_config(each.config)
        model = gin.query_parameter("train.model").scoped_configurable_fn(mode="train")
        made[each.label] = [row.new for row in replacement.summary(model).rows]
    slope = "ParametricRelu(num_parameters='channels', a=0.25, axis=-1)"
    assert made == {
        "Relu": ["Relu()"] * 2,
        "ParametricRelu(num_parameters='channels')": [slope] * 2,
        "LeakyRelu(negative_slope=0.2)": ["LeakyRelu(negative_slope=0.2)"] * 2,
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--replace=Relu"], "Write what to replace, and by what"),
        (["train", "--replace=Relu=Reloo"], "Did you mean 'Relu'"),
        (["train", "--replace=Sigmoid=Relu"], r"meant by 'Sigmoid'. It has 2 Relu \(serial/relu_1"),
        (["train", "--replace=Relu=Relu", "--config=train.model = None"], "names no model"),
        (["compare", "--replace=Relu"], "no activations"),
        (["compare", "--replace=Relu=Gelu", "--activations=Gelu"], "both name activations"),
        (["compare", "--replace=Relu=Gelu", "--parameter=MLP.activation_fn"], "Give one"),
    ],
)
def test_a_mistake_is_one_line(run, arguments, words):
    status, _, errors = run(*arguments)
    assert status == 2
    assert re.search(words, errors)
    assert errors.count("\n") == 1
