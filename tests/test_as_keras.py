"""``trax.AsKeras``: stock models and ours as layers of Keras, which train there."""

import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes
from trax_activations._trax import fastmath, models, shapes, trax
from trax_activations._trax import layers as tl

pytestmark = pytest.mark.tensorflow
pytest.importorskip("tensorflow")

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
TOKENS = np.arange(16, dtype=np.int32).reshape(2, 8)


@pytest.fixture(scope="module")
def tf():
    import tensorflow

    return tensorflow


def test_stock_layers_and_ours_train_in_keras(tf):
    model = tl.Serial(
        tl.Dense(8),
        tl.Gelu(),
        ta.ParametricRelu(8),
        tl.BatchNorm(axis=(0,)),
        ta.RandomizedRelu(),
        ta.Gelu(),
        tl.Dense(1),
    )
    layer = trax.AsKeras(model)
    inputs = tf.keras.Input((4,))
    keras = tf.keras.Model(inputs, layer(inputs))
    assert len(layer.trainable_variables) == 2 + 1 + 2 + 2
    slope = np.asarray(layer.trainable_variables[2])
    np.testing.assert_array_equal(slope, np.full(8, 0.25))
    keras.compile(tf.keras.optimizers.Adam(0.03), "mse")
    losses = keras.fit(X, X[:, :1], epochs=20, batch_size=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    assert np.all(np.asarray(layer.trainable_variables[2]) != 0.25)
    # The statistics and the key move on too.
    assert np.any(np.asarray(layer.non_trainable_variables[0]) != 0)


def test_outputs_and_gradients_are_those_of_trax(tf):
    model = tl.Serial(tl.Dense(8), ta.Gelu(), ta.ParametricRelu(8), tl.Dense(2))
    model.init(shapes.signature(X))
    layer = trax.AsKeras(model)
    with tf.GradientTape() as tape:
        outputs = layer(X)
        loss = tf.reduce_sum(outputs**2)
    np.testing.assert_allclose(outputs, model(X), rtol=1e-5, atol=1e-6)
    found = tape.gradient(loss, layer.trainable_variables)
    jnp = fastmath.numpy

    def trax_loss(weights):
        return jnp.sum(model.pure_fn(X, weights, model.state, model.rng)[0] ** 2)

    wanted = fastmath.tree_leaves(fastmath.grad(trax_loss)(model.weights))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(X[:5]), model(X[:5]), rtol=1e-5, atol=1e-6)


def test_a_language_model_with_whole_numbers_for_inputs(tf, tmp_path):
    model = models.TransformerLM(
        16, d_model=8, d_ff=16, n_layers=1, n_heads=2, max_len=16, ff_activation=ta.RandomizedRelu
    )
    model = modes.with_mode(model, "eval")
    layer = trax.AsKeras(model, dtype="int32")
    inputs = tf.keras.Input((8,), dtype="int32")
    keras = tf.keras.Model(inputs, layer(inputs))
    np.testing.assert_allclose(keras(TOKENS), model(TOKENS), atol=1e-5)
    keras.export(str(tmp_path), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.serve(TOKENS), model(TOKENS), atol=1e-5)


def test_several_inputs_and_a_fixed_batch(tf):
    model = tl.Serial(tl.Parallel(tl.Dense(2), tl.Dense(2)), tl.Add())
    layer = trax.AsKeras(model, batch_size=6, initializer_rng=np.uint32([0, 1]))
    np.testing.assert_allclose(layer((X, X)), model((X, X)), rtol=1e-5, atol=1e-6)


def test_after_an_error_the_backend_is_as_it_was(tf):
    with pytest.raises(Exception, match="division by zero"):
        trax.AsKeras(tl.Serial(tl.Fn("Wrong", lambda x: 1 / 0)))(X)
    assert fastmath.backend_name() == "jax"
    assert ta.functional.relu(X).shape == X.shape
