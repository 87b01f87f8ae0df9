"""A loss or gradient that is not finite stops the run, says where, and spoils nothing."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations.training import finite


def good(x=1.0):
    return np.full((8, 3), x, np.float32), np.zeros(8, np.int32)


def loop_over(batches, *inner, output_dir=None, **kwargs):
    model = tl.Serial(tl.Dense(4), *inner, tl.Dense(2))
    task = training.TrainTask(
        iter(batches),
        tl.CategoryCrossEntropy(),
        optimizers.Adam(0.01),
        sample_batch=good(),
        n_steps_per_checkpoint=3,
    )
    return training.Loop(model, task, random_seed=0, output_dir=output_dir, n_devices=1, **kwargs)


def bad_from(step):
    return (good(np.nan if i >= step else 1.0) for i in itertools.count(1))


def test_a_bad_batch_stops_the_run_with_the_weights_before_it(tmp_path):
    loop = loop_over(bad_from(5), output_dir=str(tmp_path))
    with pytest.raises(
        FloatingPointError, match=r"step 5 is not finite: the batch itself .*1\)"
    ) as caught:
        loop.run(40)
    assert "Look for NaN and infinity in the data" in str(caught.value)
    assert "learning rate" not in str(caught.value)
    assert loop.step == 4

    whole = loop_over(bad_from(5))
    whole.run(4)
    jax.tree.map(np.testing.assert_array_equal, loop.model.weights, whole.model.weights)
    with pytest.warns(UserWarning, match="begin anew"):
        assert loop_over(bad_from(5), output_dir=str(tmp_path)).step == 3


def test_the_first_layer_that_is_not_finite_is_named():
    loop = loop_over(
        itertools.repeat(good()),
        tl.Residual(tl.Fn("Fine", lambda x: x + 1), tl.Fn("Root", lambda x: jnp.log(-jnp.abs(x)))),
    )
    with pytest.raises(FloatingPointError, match=r"step 1 .* that of serial/residual/root\."):
        loop.run(1)


def test_a_gradient_alone_stops_the_run():
    loop = loop_over(itertools.repeat(good(0.0)), tl.Fn("Cusp", lambda x: jnp.sqrt(x * 0.0)))
    with pytest.raises(FloatingPointError, match="every output is finite, but a gradient is not"):
        loop.run(2)


@pytest.mark.parametrize("stop_at_nan", [True, False])
def test_no_more_steps_are_under_way_than_the_devices_can_bear(stop_at_nan, monkeypatch):
    """Whatever is made of the results: some 50 make XLA abort on many CPU devices."""
    monkeypatch.setattr(finite, "_is_ready", lambda array: False)
    loop = loop_over(itertools.repeat(good()), stop_at_nan=stop_at_nan)
    loop._checkpoint_at = lambda step: False  # Which would wait for all.
    waiting = []
    push = finite.Watch.push

    def counted(watch, step):
        found = push(watch, step)
        waiting.append(len(watch._under_way))
        return found

    monkeypatch.setattr(finite.Watch, "push", counted)
    loop.run(12)
    assert max(waiting) == finite._LAG == 8


def test_it_can_be_switched_off():
    loop = loop_over(bad_from(2), stop_at_nan=False)
    loop.run(4)
    assert loop.step == 4
    assert np.isnan(np.asarray(loop.model.weights[0][0])).all()
