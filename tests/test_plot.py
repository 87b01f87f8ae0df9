"""plot: functions, derivatives, effects of parameters, and what a run's parameters did."""

import re

import numpy as np
import pytest

from trax_activations import plotting, registry
from trax_activations.checkpoints import run_file as checkpoints
from trax_activations.cli import main
from trax_activations.plotting.variants import effects, variant


def panels(figure):
    return {panel.get_title(loc="left").replace("\n", " "): panel for panel in figure.axes}


def lines(panel):
    """What a reader sees: the lines by their labels."""
    return {line.get_label(): line for line in panel.lines if len(line.get_xdata()) > 2}


def at(line, x):
    found, values = line.get_data()
    return values[np.nanargmin(np.abs(found - x))]


def test_function_derivative_and_the_effect_of_a_learned_parameter():
    drawn = panels(plotting.plot_activation(registry.get("prelu")))
    assert list(drawn) == ["Function", "Derivative", "Effect of a"]
    (function,) = lines(drawn["Function"]).values()
    assert at(function, -4) == pytest.approx(-1)
    (derivative,) = lines(drawn["Derivative"]).values()
    assert (at(derivative, -2), at(derivative, 2)) == (0.25, 1)
    effect = lines(drawn["Effect of a"])
    assert list(effect) == ["0", "0.125", "0.25 (initial)", "0.375", "0.5"]
    for label, line in effect.items():
        assert at(line, -4) == pytest.approx(-4 * float(label.split()[0]))
    assert effect["0.25 (initial)"].get_linewidth() > effect["0"].get_linewidth()


def test_a_random_one_is_a_band_and_each_bound_has_its_effect():
    drawn = panels(plotting.plot_activation(registry.get("rrelu")))
    assert list(drawn) == [
        "Function",
        "Derivative",
        "Effect of lower, in evaluation",
        "Effect of upper, in evaluation",
    ]
    (band,) = drawn["Derivative"].collections
    slopes = [y for x, y in band.get_paths()[0].vertices if x < -1]
    assert 1 / 8 <= min(slopes) < 0.14
    assert 0.32 < max(slopes) <= 1 / 3
    effect = lines(drawn["Effect of upper, in evaluation"])
    assert at(effect["0.667"], -4) == pytest.approx(-4 * (1 / 8 + 2 / 3) / 2, rel=1e-4)
    assert "0" not in effect  # Below `lower`, so it is no RReLU.


def test_a_random_one_that_learns_shows_what_its_parameters_do():
    drawn = panels(plotting.plot_activation(registry.get("randomized_rational")))
    effect = lines(drawn["Effect of numerator, in evaluation"])
    assert at(effect["numerator[1] + 0.25"], 2) > at(effect["numerator (initial)"], 2)


def test_one_along_an_axis_is_its_first_output_for_several_second_inputs():
    drawn = panels(plotting.plot_activation(registry.get("softmax")))
    curves = lines(drawn["Function, first output of [x, b]"])
    assert len(curves) == 5
    assert at(curves["b = 0"], 0) == pytest.approx(0.5, abs=1e-3)
    crelu = panels(plotting.plot_activation(registry.get("crelu")))
    (function, _) = crelu
    assert function == "Function, first output of [x, b], for every b"
    assert len(lines(crelu[function])) == 1


def test_what_cannot_be_seen_is_refused():
    with pytest.raises(ValueError, match="Fta cannot be drawn as it is: the first of its outputs"):
        plotting.plot_activation(registry.get("fta"))


def test_variants_compute_what_they_say():
    x = np.linspace(-3, 3, 7)
    leaky = registry.get("leaky_relu")
    np.testing.assert_allclose(
        variant(leaky, {"negative_slope": 0.5}).function(x),
        leaky.function(x, negative_slope=0.5),
    )
    assert variant(registry.get("tlu"), {"threshold": 1.0}).kinks_at() == {1.0: 0.0}
    assert variant(registry.get("prelu"), {"num_parameters": 3}).parameters[0].initial == 0.25


@pytest.mark.parametrize("spec", registry.specs(), ids=lambda spec: spec.name)
def test_every_effect_has_the_usual_value_among_its_own(spec):
    for name, values in effects(spec).items():
        usual = [label for label in values if label.endswith((" (initial)", " (default)"))]
        assert len(usual) == 1, name
        unchanged = variant(spec, values[usual[0]])
        assert unchanged.parameters == spec.parameters
        assert len(values) >= 2


def test_several_in_one_picture():
    names = ("relu", "gelu", "rrelu")
    figure = plotting.plot_together({name: registry.get(name) for name in names})
    drawn = panels(figure)
    assert list(drawn) == ["Function", "Derivative"]
    assert set(lines(drawn["Function"])) == set(names)
    assert len(drawn["Function"].collections) == 1
    colours = [line.get_color() for line in lines(drawn["Function"]).values()]
    assert len(set(colours)) == 3
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == list(names)


def test_what_cannot_lie_beside_others_is_refused():
    relu, glu = registry.get("relu"), registry.get("glu")
    with pytest.raises(ValueError, match=r"glu works along an axis: .* Plot it alone"):
        plotting.plot_together({"relu": relu, "glu": glu})
    many = {f"{i}": relu for i in range(13)}
    with pytest.raises(ValueError, match=r"13 activations cannot be told apart .* at most 12"):
        plotting.plot_together(many)


MOVED = {
    "serial/parametric_relu/a": {
        "step": np.array([1.0, 10.0]),
        "min": np.array([0.25, 0.0]),
        "lower quarter": np.array([0.25, 0.1]),
        "median": np.array([0.25, 0.2]),
        "upper quarter": np.array([0.25, 0.3]),
        "max": np.array([0.25, 0.4]),
    }
}
SCALAR = {"serial/tlu/threshold": {**dict.fromkeys(MOVED["serial/parametric_relu/a"], np.ones(2))}}


def test_history_has_bands_for_channels_and_a_line_for_a_single_value(tmp_path):
    figure = plotting.plot_history({**MOVED, **SCALAR}, tmp_path / "moved.svg", "T")
    assert (tmp_path / "moved.svg").read_text().startswith("<?xml")
    drawn = panels(figure)
    assert list(drawn) == ["parametric_relu/a", "tlu/threshold"]
    assert len(drawn["parametric_relu/a"].collections) == 2
    (median,) = drawn["parametric_relu/a"].lines
    np.testing.assert_array_equal(median.get_ydata(), [0.25, 0.2])
    assert len(drawn["tlu/threshold"].collections) == 0
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["all channels", "half of them", "median", "value"]
    with pytest.raises(ValueError, match="learned anything"):
        plotting.plot_history({})


# --- the command


@pytest.fixture
def run(capsys):
    def command(*arguments):
        capsys.readouterr()
        status = main(["plot", *map(str, arguments)])
        return (status, *capsys.readouterr())

    return command


def checkpoint(folder, moved):
    values = {
        f"{path}/{name}": [[step, value] for step, value in zip(series["step"], row, strict=True)]
        for path, series in moved.items()
        for name, row in series.items()
        if name != "step"
    }
    record = {"step": 10, "history": {"_values": {"learned": values}}}
    checkpoints.write(str(folder / "model.safetensors"), {"w": np.zeros(1)}, record)


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_ending_decides_the_format(run, tmp_path, ending, start):
    file = tmp_path / "folder" / f"picture.{ending}"
    assert run("LeakyReLU(0.2)", "tanh", f"--output={file}") == (0, f"{file}\n", "")
    assert file.read_bytes().startswith(start)


def test_without_a_file_it_has_the_name_of_the_activation(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("SiLU") == (0, "silu.png\n", "")
    assert [file.name for file in tmp_path.iterdir()] == ["silu.png"]


def test_a_run_is_drawn_beside_its_checkpoint(run, tmp_path):
    checkpoint(tmp_path, MOVED)
    assert run(f"--run={tmp_path}") == (0, f"{tmp_path}/learned.png\n", "")
    assert (tmp_path / "learned.png").read_bytes().startswith(b"\x89PNG")


def test_mistakes_are_one_line(run, tmp_path):
    inner = tmp_path / "runs" / "Relu" / "seed_0"
    inner.mkdir(parents=True)
    checkpoint(inner, {})
    for arguments, message in {
        (): "give names of activations, or --run=FOLDER",
        ("relu", "--run=x"): "one of both",
        ("reul",): r"Unknown activation 'reul'. Did you mean 'relu'\?",
        ("relu", "--output=x.bmp"): r"--output=x.bmp must end in .png, .svg or .pdf",
        ("LeakyRelu(slope=1)",): "It takes negative_slope",
        ("relu", "softmax"): "Softmax works along an axis",
        (f"--run={tmp_path}",): rf"no checkpoint in .* one of its runs, such as {inner}",
        (f"--run={tmp_path / 'none'}",): r"no checkpoint in .*none. Give the folder of a run",
        (f"--run={inner}",): "has learned no parameter of an activation",
    }.items():
        status, output, errors = run(*arguments)
        assert (status, output) == (2, ""), arguments
        assert re.fullmatch(r"trax-activations: error: [^\n]*\n", errors)
        assert re.search(message, errors)
    assert not list(tmp_path.glob("*.png"))
