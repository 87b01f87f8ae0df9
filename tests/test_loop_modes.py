"""Each task's mode reaches every layer of the model that serves it, and nothing else changes."""

import functools
import inspect
import itertools

import gin
import jax
import numpy as np
import pytest

import trax_activations as ta
from trax_activations import training
from trax_activations._trax import base, models, optimizers
from trax_activations._trax import layers as tl
from trax_activations._trax import training as trax_training

CLASSES = 4


def batches(seed=0, size=8):
    rng = np.random.default_rng(seed)
    while True:
        x = rng.normal(size=(size, 6)).astype(np.float32)
        yield x, rng.integers(CLASSES, size=size)


def same_batch(size=8):
    return itertools.repeat(next(batches(1, size)))


def train_task(module=training, data=None, **kwargs):
    optimizer = optimizers.Adam(0.01)
    return module.TrainTask(
        data or training.Stream(batches), tl.CategoryCrossEntropy(), optimizer, **kwargs
    )


def eval_task(module=training, **kwargs):
    return module.EvalTask(same_batch(), [tl.CategoryCrossEntropy()], **kwargs)


def noisy_model():
    return tl.Serial(
        tl.Dense(16),
        tl.BatchNorm(axis=(0,)),
        ta.RandomizedRelu(0.0, 1.0),
        tl.Dropout(0.5),
        ta.ParametricRelu(16),
        tl.Dense(CLASSES),
    )


def quiet_model():
    return tl.Serial(tl.Dense(16), tl.Relu(), tl.Dense(CLASSES))


def evaluate(loop, series=0):
    """The newest value of an eval task, after one more evaluation."""
    loop.run_evals()
    return [value for _, value in loop.history.get("eval", _metric(loop))][series :: _tasks(loop)][
        -1
    ]


def _metric(loop):
    return f"metrics/{loop.eval_tasks[0].metric_names[0]}"


def _tasks(loop):
    return len(loop.eval_tasks)


def test_numbers_are_those_of_trax_for_a_model_without_modes(tmp_path):
    results = []
    for module in (trax_training, training):
        loop = module.Loop(
            quiet_model(),
            [train_task(module, n_steps_per_checkpoint=5)],
            eval_tasks=[eval_task(module)],
            output_dir=str(tmp_path / module.__name__),
            random_seed=3,
            n_devices=1,
        )
        loop.run(12)
        results.append((loop.model.weights, loop.history.to_dict()))
    (stock, stock_history), (ours, our_history) = results
    assert jax.tree.structure(stock) == jax.tree.structure(ours)
    # Two programs, which may sum in another order.
    jax.tree.map(functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6), stock, ours)
    for kind in ("train", "eval"):
        for name, series in stock_history["_values"][kind].items():
            if "per second" not in name:
                found = our_history["_values"][kind][name]
                np.testing.assert_allclose(found, series, rtol=1e-5, err_msg=name)


def test_the_eval_mode_reaches_random_activations_dropout_and_batch_norm():
    loop = training.Loop(noisy_model(), train_task(), eval_tasks=eval_task(), random_seed=0)
    loop.run(2)
    assert evaluate(loop) == evaluate(loop)
    state = [np.asarray(leaf) for leaf in jax.tree.leaves(loop.model.state)]
    evaluate(loop)
    jax.tree.map(np.testing.assert_array_equal, jax.tree.leaves(loop.model.state), state)


def test_stock_loop_on_the_same_model_is_random_in_eval():
    """Without the shim the noise is there: the tests of this file can fail."""
    loop = trax_training.Loop(
        noisy_model(), train_task(trax_training), eval_tasks=eval_task(trax_training), random_seed=0
    )
    assert evaluate(loop) != evaluate(loop)


def test_stock_tasks_are_taken_as_train_and_eval():
    loop = training.Loop(
        noisy_model(), train_task(trax_training), eval_tasks=eval_task(trax_training), random_seed=0
    )
    loop.run(1)
    assert evaluate(loop) == evaluate(loop)


def test_eval_tasks_of_different_modes_in_one_loop():
    tasks = [eval_task(mode="eval"), eval_task(mode="train"), eval_task(mode="viz")]
    loop = training.Loop(noisy_model(), train_task(), eval_tasks=tasks, random_seed=0)
    loop.run(1)
    first = [evaluate(loop, i) for i in range(3)]
    second = [evaluate(loop, i) for i in range(3)]
    assert first[0] == second[0] == first[2]
    assert first[1] != second[1]


def test_a_random_activation_inside_a_trax_model_is_still_in_eval():
    model = models.TransformerLM(
        16, d_model=8, d_ff=16, n_layers=1, n_heads=2, max_len=16, ff_activation=ta.RandomizedRelu
    )
    tokens = np.random.default_rng(0).integers(1, 16, size=(2, 8))
    data = itertools.repeat((tokens, tokens, np.ones_like(tokens, np.float32)))
    loop = training.Loop(
        model,
        training.TrainTask(data, tl.WeightedCategoryCrossEntropy(), optimizers.Adam(0.01)),
        eval_tasks=training.EvalTask(data, [tl.WeightedCategoryCrossEntropy()]),
        random_seed=0,
    )
    loop.run(1)
    assert evaluate(loop) == evaluate(loop)


def test_an_explicit_eval_model_is_used_and_gets_the_mode():
    doubled = tl.Serial(*noisy_model().sublayers, tl.Fn("Scale", lambda x: x * 1000.0))
    eval_model = tl.Serial(*doubled.sublayers)
    loop = training.Loop(
        tl.Serial(*noisy_model().sublayers, tl.Fn("Same", lambda x: x)),
        train_task(),
        eval_model=eval_model,
        eval_tasks=eval_task(),
        random_seed=0,
    )
    loop.run(1)
    assert evaluate(loop) == evaluate(loop) > 20


def test_a_model_in_eval_mode_is_trained_in_train_mode_and_shared():
    from trax_activations import modes

    model = modes.with_mode(noisy_model(), "eval")
    loop = training.Loop(model, train_task(), eval_tasks=eval_task(), random_seed=0)
    loop.run(1)
    before = [np.asarray(leaf) for leaf in jax.tree.leaves(model.weights)]
    statistics = np.asarray(model.state[1][0])
    loop.run(3)
    assert loop.model is model
    assert any((a != b).any() for a, b in zip(before, jax.tree.leaves(model.weights), strict=True))
    assert (statistics != np.asarray(model.state[1][0])).any()


def test_train_tasks_of_different_modes_train_the_same_weights():
    tasks = [train_task(mode="train"), train_task(mode="eval")]
    loop = training.Loop(noisy_model(), tasks, eval_tasks=eval_task(), random_seed=0)
    seen = []
    for _ in range(4):
        loop.run(1)
        seen.append(np.asarray(loop.model.weights[0][0]))
    assert all((a != b).any() for a, b in itertools.pairwise(seen))
    statistics = np.asarray(loop.model.state[1][2])  # Batches that batch norm has counted.
    assert statistics == 2


def test_several_train_tasks_with_several_eval_tasks(tmp_path):
    def loop(output_dir=None):
        return training.Loop(
            noisy_model(),
            [
                train_task(data=same_batch(), n_steps_per_checkpoint=5),
                train_task(data=same_batch(), mode="eval"),
            ],
            eval_tasks=[
                eval_task(export_prefix="quiet"),
                eval_task(export_prefix="noisy", mode="train"),
            ],
            which_task=lambda step: step // 3 % 2,
            output_dir=output_dir,
            random_seed=0,
        )

    first = loop(str(tmp_path))
    first.run(5)  # Steps 3 to 5 in eval mode: batch norm has counted 1 and 2.
    assert np.asarray(first.model.state[1][2]) == 2
    quiet, noisy = (np.array([evaluate(first, i) for _ in range(2)]) for i in range(2))
    assert quiet[0] == quiet[1]
    assert noisy[0] != noisy[1]
    assert {path.name for path in tmp_path.iterdir()} >= {"quiet", "noisy", "0", "1"}
    resumed, whole = loop(str(tmp_path)), loop()
    resumed.run(3)
    whole.run(8)
    for one, other in zip(
        jax.tree.leaves((resumed.model.weights, resumed.model.state)),
        jax.tree.leaves((whole.model.weights, whole.model.state)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_weights_are_shared_not_copied():
    loop = training.Loop(noisy_model(), train_task(), eval_tasks=eval_task(), random_seed=0)
    loop.run(2)
    assert loop.eval_model is not loop.model
    pairs = zip(
        jax.tree.leaves(loop.model.weights), jax.tree.leaves(loop.eval_model.weights), strict=True
    )
    assert all(a is b for a, b in pairs)


class CountingNoise(base.Layer):
    """Counts in which mode it was traced."""

    traced: list = []  # noqa: RUF012

    def __init__(self, mode="train"):
        super().__init__()
        self._mode = mode

    def forward(self, x):
        self.traced.append(self._mode)
        return x


def test_no_step_compiles_again_because_of_a_mode():
    model = tl.Serial(tl.Dense(CLASSES), CountingNoise())
    loop = training.Loop(
        model,
        train_task(n_steps_per_checkpoint=1),
        eval_tasks=[eval_task(), eval_task(mode="train")],
        random_seed=0,
    )
    loop.run(2)
    assert "eval" in CountingNoise.traced
    CountingNoise.traced.clear()
    loop.run(4)
    assert CountingNoise.traced == []


def test_a_stopped_run_goes_on(tmp_path):
    def loop():
        return training.Loop(
            noisy_model(),
            train_task(n_steps_per_checkpoint=2),
            eval_tasks=eval_task(),
            output_dir=str(tmp_path),
            random_seed=0,
        )

    first = loop()
    first.run(4)
    second = loop()
    assert second.step == 4
    jax.tree.map(np.testing.assert_array_equal, first.model.weights, second.model.weights)
    assert evaluate(first) == evaluate(second)
    second.run(2)
    assert second.step == 6


@pytest.mark.parametrize(
    ("name", "own"), [("TrainTask", ["mode"]), ("EvalTask", ["mode", "weigh_batches"])]
)
def test_task_signatures_are_those_of_trax_and_a_mode(name, own):
    ours = inspect.signature(getattr(training, name)).parameters
    stock = inspect.signature(getattr(trax_training, name)).parameters
    assert list(ours) == [*stock, *own]


def test_loop_signature_is_that_of_trax_with_keywords_of_ours():
    ours = inspect.signature(training.Loop).parameters
    stock = inspect.signature(trax_training.Loop).parameters
    assert [*ours.values()][: len(stock)] == [*stock.values()]
    assert all(ours[name].kind is inspect.Parameter.KEYWORD_ONLY for name in [*ours][len(stock) :])


@pytest.mark.parametrize("task", [train_task, eval_task])
def test_an_unknown_mode_is_refused_by_the_task(task):
    with pytest.raises(ValueError, match="unknown mode 'evaluation'"):
        task(mode="evaluation")


def test_gin_bindings_for_trax_tasks_reach_ours():
    gin.parse_config("trax.supervised.training.EvalTask.n_eval_batches = 3")
    try:
        assert eval_task().n_eval_batches == 3
    finally:
        gin.clear_config()


def _frozen(mode):
    return tl.Fn("Frozen", lambda x: x if mode == "eval" else x + 1)


def _flagged(mode):
    is_train = mode == "train"
    return tl.Fn("Flagged", lambda x: x + 1 if is_train else x)


@pytest.mark.parametrize("make", [_frozen, _flagged])
def test_a_layer_that_cannot_be_switched_stops_the_loop_with_its_name_and_ways_out(make):
    def built(mode):
        return tl.Serial(tl.Dense(CLASSES), make(mode))

    with pytest.raises(ValueError, match=make.__name__[1:]) as caught:
        training.Loop(built("train"), train_task(), eval_tasks=eval_task())
    assert "give Loop an eval_model that was built so, or EvalTask(..., mode='train')" in (
        str(caught.value)
    )
    training.Loop(built("train"), train_task(), eval_tasks=eval_task(mode="train"))
    training.Loop(built("train"), train_task(), built("eval"), eval_task()).run_evals()
