"""The numbers of which pictures of activations are made."""

import numpy as np
import pytest

from trax_activations import registry
from trax_activations._curves import drawings


@pytest.fixture(scope="module")
def drawn():
    """Drawings by name: one of each kind, compiled together."""
    names = ("gelu", "leaky_relu", "hard_shrink", "relu6", "sine", "log", "glu", "randomized_relu")
    return dict(zip(names, drawings([registry.get(name) for name in names]), strict=True))


def at(curve, x):
    return curve.y[np.nanargmin(np.abs(curve.x - x))]


def test_values_and_derivatives_are_those_of_the_function(drawn):
    (value,), (slope,) = drawn["gelu"].values, drawn["gelu"].slopes
    np.testing.assert_allclose(at(value, 1.0), 0.841345, rtol=1e-5)
    np.testing.assert_allclose(at(slope, 1.0), 1.083316, rtol=1e-5)
    assert np.isfinite(value.y).all()


def test_a_line_stops_where_it_jumps_and_only_there(drawn):
    def gaps(curve):
        return np.isnan(curve.x).sum()

    (value,), (slope,) = drawn["leaky_relu"].values, drawn["leaky_relu"].slopes
    assert (gaps(value), gaps(slope)) == (0, 1)
    assert set(np.round(slope.y[~np.isnan(slope.y)], 6)) == {0.01, 1.0}
    assert gaps(drawn["hard_shrink"].values[0]) == 2


def test_a_picture_reaches_as_far_as_the_kinks(drawn):
    assert drawn["relu6"].reach == 8.0
    assert np.nanmax(drawn["relu6"].values[0].y) == 6.0
    assert np.isnan(drawn["relu6"].slopes[0].x).sum() == 2  # At 0 and 6.


def test_what_oscillates_is_drawn_close_up(drawn):
    assert drawn["sine"].reach == 0.4
    assert np.nanmax(np.abs(drawn["sine"].values[0].x)) <= 0.4
    assert drawn["gelu"].reach == 4.0


def test_outside_of_the_domain_there_is_nothing(drawn):
    (value,) = drawn["log"].values
    assert np.isnan(value.y[value.x < 0]).all()


def test_of_a_vector_the_first_output_is_drawn_for_several_second_inputs(drawn):
    values = drawn["glu"].values
    assert [curve.label for curve in values] == ["b = -2", "b = -1", "b = 0", "b = 1", "b = 2"]
    np.testing.assert_allclose(at(values[3], 2.0), 2 / (1 + np.exp(-1)), rtol=1e-5)


def test_of_a_random_one_all_draws_and_what_evaluation_takes(drawn):
    band, settled = drawn["randomized_relu"].values
    assert (band.label, settled.label) == ("training", "evaluation")
    np.testing.assert_allclose(at(settled, -4.0), -4 * (1 / 8 + 1 / 3) / 2, rtol=1e-5)
    low, high = at(band, -4.0), band.until[0]
    assert -4 / 3 <= low < -1.2 and -0.6 < high <= -0.5
