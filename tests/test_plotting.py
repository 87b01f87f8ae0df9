"""The picture shows each activation as it began and as it is now."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import plotting
from trax_activations._trax import ShapeDtype
from trax_activations._trax import layers as tl


def initialized(*layers, width=4):
    model = tl.Serial(tl.Dense(width), *layers)
    model.init(ShapeDtype((2, 3)))
    return model


def lines(panel):
    """Its lines that have a label, by label, and the number of those that have none."""
    labelled = {line.get_label(): line for line in panel.get_lines()}
    thin = [line for line in panel.get_lines() if len(line.get_xdata()) > 2 and _bare(line)]
    return {label: line for label, line in labelled.items() if label[0] != "_"}, len(thin)


def _bare(line):
    return line.get_label().startswith("_")


def test_a_panel_for_each_activation_that_learns_or_is_random():
    model = initialized(
        ta.ParametricRelu(), tl.Residual(ta.RandomizedRelu()), ta.LeakyRelu(), ta.ParametricRelu(4)
    )
    figure = plotting.plot_learned(model, title="After a while")
    assert [panel.get_title(loc="left").strip() for panel in figure.axes] == [
        "ParametricRelu",
        "RandomizedRelu",
        "ParametricRelu",
    ]
    assert figure.get_suptitle() == "After a while"


def test_initial_and_learned_function_are_drawn():
    model = initialized(ta.ParametricRelu(a=0.5))
    model.sublayers[1].weights = jnp.array([-1.0])
    drawn, _ = lines(plotting.plot_learned(model).axes[0])
    assert set(drawn) == {"initial: a = 0.5", "learned: a = −1"}  # noqa: RUF001
    x, initial = drawn["initial: a = 0.5"].get_data()
    np.testing.assert_allclose(initial, np.where(x > 0, x, 0.5 * x), rtol=1e-6)
    learned = drawn["learned: a = −1"].get_ydata()  # noqa: RUF001
    np.testing.assert_allclose(learned, np.abs(x), rtol=1e-6)


def test_each_channel_has_a_line_and_all_have_a_median():
    model = initialized(ta.ThresholdedLinearUnit(3), width=3)
    model.sublayers[1].weights = jnp.array([0.0, 1.0, 2.5])
    drawn, n_thin = lines(plotting.plot_learned(model).axes[0])
    assert n_thin == 3
    assert "learned, 3 channels:\nthreshold from 0 to 2.5" in drawn
    x, median = drawn["their median"].get_data()
    np.testing.assert_allclose(median, np.maximum(x, 1), rtol=1e-6)


def test_two_parameters_are_both_told():
    model = initialized(ta.ThresholdedLinearUnit(affine=True, threshold=1.0, a=0.5))
    drawn, _ = lines(plotting.plot_learned(model).axes[0])
    assert "initial: threshold = 1, a = 0.5" in drawn
    x, y = drawn["initial: threshold = 1, a = 0.5"].get_data()
    np.testing.assert_allclose(y, np.maximum(x, 0.5 * x + 1), rtol=1e-6)


@pytest.mark.parametrize("shared_axes", [None, (1,)])
def test_a_random_activation_is_a_band_around_what_evaluation_takes(shared_axes):
    model = initialized(ta.RandomizedRelu(0.0, 1.0, shared_axes))
    panel = plotting.plot_learned(model).axes[0]
    drawn, _ = lines(panel)
    x, y = drawn["in evaluation"].get_data()
    np.testing.assert_allclose(y, np.where(x > 0, x, 0.5 * x), rtol=1e-6)
    (band,) = panel.collections
    at_left = [y for x, y in band.get_paths()[0].vertices if x == -3]
    assert -3 <= min(at_left) < -2.8
    assert -0.2 < max(at_left) <= 0


def test_the_model_is_left_as_it_was():
    model = initialized(ta.RandomizedRelu(), ta.ParametricRelu())
    before = repr(model), jax.tree_util.tree_leaves(model.weights)
    plotting.plot_learned(model)
    assert repr(model) == before[0]
    assert jax.tree_util.tree_leaves(model.weights) == before[1]


def test_a_file_is_written(tmp_path):
    file = tmp_path / "learned.png"
    plotting.plot_learned(initialized(ta.ParametricRelu()), file)
    assert file.read_bytes().startswith(b"\x89PNG")


def test_without_such_activations_there_is_no_picture(tmp_path):
    assert plotting.plot_learned(initialized(tl.Relu()), tmp_path / "none.png") is None
    assert not list(tmp_path.iterdir())


def test_several_values_per_element_and_draws_are_drawn():
    model = initialized(ta.Apl(pieces=2), ta.Rational(1, "B"), ta.PolyNorm(), ta.Dyt())
    panels = plotting.plot_learned(model).axes  # PolyNorm, of vectors, has no curve.
    assert [panel.get_title(loc="left").strip() for panel in panels] == ["Apl", "Rational", "Dyt"]
    drawn, n_thin = lines(panels[0])
    assert n_thin == 4
    assert any(label.startswith("typical at first: a = (") for label in drawn)
    drawn, n_thin = lines(panels[1])
    assert (n_thin, len(drawn)) == (0, 2)
    x, initial = next(iter(drawn.values())).get_data()
    np.testing.assert_allclose(initial, np.where(x > 0, x, 0.01 * x), atol=0.1)
