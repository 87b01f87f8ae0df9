"""suggest: names what the data name, says where they say nothing, and a command that runs."""

import csv
import shlex

import pytest

from trax_activations.cli import _parsers, config, main
from trax_activations.experiments import suggestions
from trax_activations.experiments.look import Look

DENSE = Look("dense", 3, 128, "", "float32", ("Relu",))
TEXT = Look("attention", 13, 512, "LayerNorm", "float32", ("Relu",))
# Of four seeds, in the order of goodness by task.
ORDER = {
    "digits": ("Gelu", "Tanh", "Relu", "Silu", "Elu"),
    "table": ("Gelu", "Tanh", "Silu", "Relu", "Elu"),
    "text": ("Silu", "Elu", "Gelu", "Relu", "Tanh"),
}
METRICS = {"digits": "accuracy", "table": "loss", "text": "accuracy"}
LOOKS = {"digits": DENSE, "table": DENSE, "text": TEXT}


@pytest.fixture
def file(tmp_path):
    """The data of a study."""
    folder = tmp_path / "zoo"
    folder.mkdir()
    with open(folder / "results.csv", "w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["task", "activation", "seed", "metric", "value", "seconds"])
        for task, labels in ORDER.items():
            for place, label in enumerate(labels):
                for seed in range(4):
                    sign = 1 if METRICS[task] == "loss" else -1
                    value = 0.5 + sign * 0.01 * place + 0.001 * seed
                    writer.writerow([task, label, seed, METRICS[task], value, 1.0])
        for task in ORDER:
            writer.writerow([task, "Log", 0, METRICS[task], "", 1.0])  # It failed.
        writer.writerow(["begun", "Relu", 0, "loss", 0.1, 1.0])
    return folder / "results.csv"


def test_what_is_best_in_such_models_and_in_all_tasks(file):
    study = suggestions.read(file)
    assert study.higher_is_better == {"digits": True, "table": False, "text": True}
    first, second, third = suggestions.suggest(study, LOOKS, DENSE, "Relu")
    assert (first.label, first.reason) == (
        "Gelu",
        "mean rank 1.0 of 6 in digits, table; better than Relu in 100% of all pairs of runs "
        "(100% to 100%)",
    )
    assert second.label == "Tanh"
    assert (third.label, third.reason) == (
        "Silu",
        "mean rank 2.7 of 6 in all 3 tasks; better than Relu in 67% of all pairs of runs "
        "(67% to 67%)",
    )
    assert suggestions.limits(study, LOOKS, DENSE) == [
        "Who comes first of many does so in part by luck, and what 2 tasks say need not hold "
        "here: the command below tells."
    ]
    text = suggestions.suggest(study, LOOKS, TEXT, "Relu")
    assert [each.label for each in text] == ["Silu", "Elu", "Gelu"]
    assert "in text; " in text[0].reason


def test_what_is_not_told_apart_and_what_is_worse(file):
    study = suggestions.read(file)
    assert suggestions.suggest(study.of(["digits"]), LOOKS, DENSE, "Gelu") == []
    study.scores["digits"]["Relu"] = study.scores["digits"]["Tanh"]
    first, *_ = suggestions.suggest(study.of(["digits"]), LOOKS, DENSE, "Relu")[1:]
    assert first.label == "Tanh"
    assert first.reason.endswith(
        "better than Relu in 50% of all pairs of runs (12% to 91%, so not told apart)"
    )


def test_the_bounds_of_the_data_are_told(file):
    study = suggestions.read(file)
    other = Look("convolution", 50, 2048, "BatchNorm", "bfloat16", ("Swish",))
    assert suggestions.limits(study, LOOKS, other) == [
        "The study has no model with convolution layers: these ranks are of others.",
        "The models of these tasks have at most 13 layers; this one has 50.",
        "The models of these tasks have at most 512 units; this one has 2048.",
        "None of the models of these tasks has BatchNorm.",
        "None of the models of these tasks has bfloat16.",
        "Who comes first of many does so in part by luck, and what 3 tasks say need not hold "
        "here: the command below tells.",
    ]
    reasons = [each.reason for each in suggestions.suggest(study, LOOKS, other, "Swish")]
    assert all("; better than Relu in " in reason for reason in reasons)
    for of_task in study.scores.values():
        del of_task["Relu"]
    reasons = [each.reason for each in suggestions.suggest(study, LOOKS, other, "Swish")]
    assert all(reason.endswith("the study has no Swish to compare with") for reason in reasons)


def test_without_data_nothing_is_claimed(tmp_path):
    assert suggestions.read(tmp_path / "nowhere.csv") is None
    (said,) = suggestions.limits(None, {}, DENSE)
    assert "nothing can be said of which is better" in said
    found = suggestions.suggest(None, {}, DENSE, "Relu")
    assert [each.label for each in found] == ["Gelu", "ParametricRelu", "Elu"]


@pytest.mark.parametrize(
    ("name", "tells", "compares"),
    [
        (
            "digits_mlp",
            "The model has 3 dense or convolutional layers of up to 128 units",
            "--activations=ParametricRelu,Gelu,Tanh,Silu",
        ),
        (
            "fixed",
            "The model has 11 dense or convolutional layers of up to 64 units, convolution, "
            "BatchNorm, float32; Relu.",
            "--replace=Relu=Gelu,Silu,Tanh",
        ),
    ],
)
def test_the_command_looks_at_the_model(file, capsys, monkeypatch, tmp_path, name, tells, compares):
    for task in ("digits", "table"):
        (tmp_path / "zoo" / f"{task}.gin").write_text("include 'digits_mlp.gin'\n")
    (tmp_path / "fixed.gin").write_text(  # A model that takes no activation.
        "import trax.models\nimport trax.supervised.trainer_lib\n"
        "train.model = @trax.models.WideResnet\nWideResnet.widen_factor = 1\n"
        "WideResnet.n_blocks = 1\n"
    )
    monkeypatch.setattr(config, "PACKAGED", tmp_path)
    given = name if name == "digits_mlp" else f"{tmp_path}/{name}.gin"
    assert main(["suggest", f"--config_file={given}", "--config=train.steps = 7"]) == 0
    output = capsys.readouterr().out
    assert tells in output
    assert "1. Gelu: mean rank " in output
    command = shlex.split(output.splitlines()[-1])
    assert command[:2] == ["trax-activations", "compare"]
    assert compares in command
    assert "--config=train.steps = 7" in command
    parser, _ = _parsers()
    assert parser.parse_args(command[1:]).seeds == 10


def test_mistakes_are_one_line(capsys):
    assert main(["suggest", "--config_file=nowhere"]) == 2
    assert "there is no config file 'nowhere'" in capsys.readouterr().err
    assert main(["suggest", "--config_file=digits_mlp", "--config=train.model = None"]) == 2
    assert "the config binds no model." in capsys.readouterr().err
