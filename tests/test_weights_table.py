"""The table of names says of each Trax layer what its weights are, and misses none."""

import importlib
import inspect
import pkgutil

import jax
import pytest
from weighted_models import numbers, tokens

from trax_activations import weights
from trax_activations._trax import base, models, trax
from trax_activations._trax import layers as tl
from trax_activations.weights._names import NAMES

# These hold the weights of their sublayers, and name none of their own.
COMBINATORS = {
    "trax.layers.combinators.BatchLeadingAxes",
    "trax.layers.combinators.Cond",
    "trax.layers.combinators.Parallel",
    "trax.layers.combinators.Scan",
    "trax.layers.reversible.ReversibleHalfResidual",
    "trax.models.research.bert.PretrainedBERT",
}
# Its subclasses decide which weights there are.
ABSTRACT = {"trax.layers.research.efficient_attention.EfficientAttentionBase"}

HEADS = {"n_heads": 2, "d_qk": 4, "d_v": 5}
KERNELS = {
    "query_kernel": (2, 6, 4),
    "key_kernel": (2, 6, 4),
    "value_kernel": (2, 6, 5),
    "output_kernel": (2, 5, 6),
}
SHARED = {name: shape for name, shape in KERNELS.items() if name != "key_kernel"}
BIASES = {"query_bias": (2, 4), "key_bias": (2, 4), "value_bias": (2, 5)}
SEQUENCE = numbers(2, 8, 6)

CASES = [
    (tl.Dense(4), numbers(2, 3), {"kernel": (3, 4), "bias": (4,)}),
    (tl.Dense(4, use_bias=False), numbers(2, 3), {"kernel": (3, 4)}),
    (tl.Embedding(9, 4), tokens(2, 3), {"embedding": (9, 4)}),
    (tl.Weights(tl.RandomNormalInitializer(), (2, 3)), (), {"value": (2, 3)}),
    (tl.LocallyConnected1d(5, 3), numbers(2, 4, 6), {"kernel": (4, 3, 6, 5), "bias": (2, 5)}),
    (tl.Conv(5, (2, 3)), numbers(1, 4, 4, 6), {"kernel": (2, 3, 6, 5), "bias": (5,)}),
    (tl.Conv(5, (2, 3), use_bias=False), numbers(1, 4, 4, 6), {"kernel": (2, 3, 6, 5)}),
    (tl.CausalDepthwiseConv(3), SEQUENCE, {"kernel": (3, 6)}),
    (tl.ConvTranspose(5, (2, 3)), numbers(1, 4, 4, 6), {"kernel": (2, 3, 6, 5), "bias": (5,)}),
    (tl.BatchNorm(axis=(0,)), numbers(2, 3), {"beta": (3,), "gamma": (3,)}),
    (tl.BatchNorm(axis=(0,), center=False), numbers(2, 3), {"gamma": (3,)}),
    (tl.BatchNorm(axis=(0,), scale=False), numbers(2, 3), {"beta": (3,)}),
    (tl.BatchNorm(axis=(0,), scale=False, center=False), numbers(2, 3), {}),
    (tl.LayerNorm(), numbers(2, 3), {"scale": (3,), "bias": (3,)}),
    (
        tl.FilterResponseNorm(learn_epsilon=True),
        numbers(1, 4, 4, 3),
        {"gamma": (3,), "beta": (3,), "epsilon": ()},
    ),
    (tl.FilterResponseNorm(), numbers(1, 4, 4, 3), {"gamma": (3,), "beta": (3,)}),
    (tl.ThresholdedLinearUnit(), numbers(2, 3), {"threshold": ()}),
    (tl.LSTMCell(4), (numbers(2, 3), numbers(2, 8)), {"kernel": (7, 16), "bias": (16,)}),
    (
        tl.GRUCell(4),
        (numbers(2, 3), numbers(2, 4)),
        {
            "gates_kernel": (7, 8),
            "gates_bias": (8,),
            "candidate_kernel": (7, 4),
            "candidate_bias": (4,),
        },
    ),
    (tl.PositionalEncoding(max_len=9), SEQUENCE, {"encoding": (9, 6)}),
    (
        tl.PositionalEncoding(max_len=9, d_feature=4),
        SEQUENCE,
        {"encoding": (9, 4), "projection": (4, 6)},
    ),
    (
        tl.AxialPositionalEncoding(shape=(2, 4), d_embs=(2, 4)),
        SEQUENCE,
        {"axis_0": (1, 2, 1, 2), "axis_1": (1, 1, 4, 4)},
    ),
    (
        tl.FixedBasePositionalEncoding(bases=[11, 13], n_digits=2),
        SEQUENCE,
        {
            **{f"base_{i}_{j}": (1, 3) for i in (0, 1) for j in (0, 1)},
            "start": (1, 1, 6),
        },
    ),
    (tl.InfinitePositionalEncoding(transform="any"), SEQUENCE, {"transform": (6, 6)}),
    (tl.InfinitePositionalEncoding(transform="diag"), SEQUENCE, {"transform": (6,)}),
    (tl.InfinitePositionalEncoding(transform="none"), SEQUENCE, {}),
    (tl.SelfAttention(**HEADS), SEQUENCE, KERNELS),
    (tl.SelfAttention(**HEADS, share_qk=True), SEQUENCE, SHARED),
    (tl.SelfAttention(**HEADS, bias=True), SEQUENCE, KERNELS | BIASES),
    (
        tl.SelfAttention(**HEADS, bias=True, share_qk=True),
        SEQUENCE,
        SHARED | {"query_bias": (2, 4), "value_bias": (2, 5)},
    ),
    (tl.LSHSelfAttention(**HEADS), SEQUENCE, SHARED),
    (tl.EncDecAttention(**HEADS), (SEQUENCE, SEQUENCE), KERNELS),
    (
        tl.LSHFF(d_ff=4, n_buckets=2),
        SEQUENCE,
        {"kernel_1": (4, 6), "kernel_2": (4, 6), "bias_2": (6,)},
    ),
    (
        tl.BlockSparseFF(4, n_experts=2),
        SEQUENCE,
        {"controller_kernel": (6, 2), "kernel_1": (6, 4), "kernel_2": (4, 6), "bias_2": (6,)},
    ),
    (
        tl.SwitchSparseFF(4, n_experts=2),
        SEQUENCE,
        {"controller_kernel": (6, 2), "kernel_1": (6, 4), "kernel_2": (4, 6), "bias_2": (6,)},
    ),
    (models.research.bert.AddBias(), SEQUENCE, {"bias": (6,)}),
    (models.research.rse._ClippedScaling(0.9), SEQUENCE, {"scale": (6,)}),
]


@pytest.mark.parametrize(
    ("layer", "signature", "expected"), CASES, ids=[type(layer).__name__ for layer, *_ in CASES]
)
def test_names_say_what_the_arrays_are(layer, signature, expected):
    layer.weights, _ = jax.eval_shape(lambda: layer.init(signature))
    arrays = weights.to_dict(layer)
    assert {path.split("/", 1)[1]: array.shape for path, array in arrays.items()} == expected


def test_names_of_sparse_feed_forward_say_what_the_arrays_are():
    model = tl.SparseFF(8, n_elements_in_block=2, d_lowrank=3)
    model.weights, _ = model.weights_and_state_signature(SEQUENCE)
    arrays = weights.to_dict(model)
    assert [("/".join(path.split("/")[-2:]), array.shape) for path, array in arrays.items()] == [
        ("sparse_ff_controller/kernel_1", (6, 3)),
        ("sparse_ff_controller/kernel_2", (3, 4, 2)),
        ("sparse_ff_controller/bias", (4, 2)),
        ("sparse_ff_main/kernel_1", (6, 4, 2)),
        ("sparse_ff_main/kernel_2", (2, 4, 6)),
        ("sparse_ff_main/bias_2", (6,)),
    ]


def _layers_of_trax():
    """Every class of layers that Trax has, by its full name."""
    for package in (trax.layers, trax.models, trax.rl, trax.supervised):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # predict_terraformer imports what JAX no longer has, and defines no layers.
            if "test" not in module.name and not module.name.endswith("predict_terraformer"):
                importlib.import_module(module.name)
    found, stack = {}, [base.Layer]
    while stack:
        for cls in stack.pop().__subclasses__():
            stack.append(cls)
            if cls.__module__.startswith("trax."):
                # gin makes a subclass of the same name.
                found.setdefault(f"{cls.__module__}.{cls.__qualname__}", cls)
    return found


@pytest.mark.tensorflow  # Its reinforcement learning needs Gym.
def test_the_table_has_every_layer_of_trax_that_makes_weights():
    found = _layers_of_trax()
    makers = set()
    for name, cls in found.items():
        method = inspect.unwrap(vars(cls).get("init_weights_and_state", base.Layer.init))
        if "weights" in method.__code__.co_names and method is not base.Layer.init:
            makers.add(name)
    assert makers - COMBINATORS - ABSTRACT <= set(NAMES)
    assert set(NAMES) <= set(found)
    assert len(makers) > 30


def test_a_subclass_has_the_names_of_its_parent_while_they_fit():
    class Wide(tl.Dense):
        pass

    class Gated(tl.Dense):
        def init_weights_and_state(self, input_signature):
            super().init_weights_and_state(input_signature)
            self.weights = (*self.weights, self.weights[1])

    for cls, names in (
        (Wide, ("kernel", "bias")),
        (Gated, ("weights_0", "weights_1", "weights_2")),
    ):
        layer = cls(3)
        layer.init(numbers(2, 3))
        assert [path.split("/")[1] for path in weights.names(layer)] == list(names)
