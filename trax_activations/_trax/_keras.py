"""Repair of `trax.AsKeras`: its layer runs as the program that JAX makes of it.

Trax's own runs the model on its TensorFlow backend, which knows neither functions of JAX, which
ours and many of Trax's layers call, nor the variables of Keras 3.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np

from trax_activations._trax._repair import Patch, repair

_BATCH = "batch"


@repair(
    "trax/trax2keras.py:143, 157, 178",
    gone="a TensorFlow backend for functions of JAX, and variables of Keras 2",
    since="trax 1.4.1",
    needed=lambda: True,
)
def _as_keras(trax2keras: Any) -> Iterator[Patch]:
    """`AsKeras` calls what jax2tf makes of the model, with gradients; no backend is switched."""
    tf, ShapeDtype = trax2keras.tf, trax2keras.shapes_lib.ShapeDtype
    owner = trax2keras.AsKeras

    def __init__(
        self: Any,
        trax_layer: Any,
        batch_size: int | None = None,
        initializer_rng: Any = None,
        rng: Any = None,
        rng_updater: Callable[[Any], Any] | None = None,
        dtype: Any = None,
    ) -> None:
        if (backend := tf.keras.backend.backend()) != "tensorflow":
            raise RuntimeError(
                f"trax.AsKeras makes a layer of Keras on TensorFlow, and Keras runs on {backend!r} "
                "here. Set KERAS_BACKEND=tensorflow before Keras is imported."
            )
        super(owner, self).__init__(dtype=dtype)
        self._trax_layer, self._batch_size = trax_layer, batch_size
        self._initializer_rng = _key(initializer_rng)
        self._forward_rng_init = _key(rng)
        self._rng_updater = rng_updater or (lambda key: jax.random.split(key, 1)[0])
        _ = trax_layer.rng  # Else Trax would make one while JAX traces (layers/base.py:524).
        self._run = tf.function(lambda *flat: _run(self, tf, *flat), autograph=False)

    def build(self: Any, input_shape: Any) -> None:
        layer = self._trax_layer
        if not jax.tree.leaves((layer.weights, layer.state)):  # Made, or none are needed.
            signature = _signature(input_shape, self._batch_size, self.dtype, ShapeDtype)
            layer.init(signature, rng=self._initializer_rng)
        for name, value in (("weights", layer.weights), ("state", layer.state)):
            arrays = [np.asarray(leaf) for leaf in jax.tree.leaves(value)]
            variables = [_variable(self, f"{name}_{i}", array) for i, array in enumerate(arrays)]
            setattr(self, f"_{name}", variables)
        self._rng = _variable(self, "rng", self._forward_rng_init)
        super(owner, self).build(input_shape)

    def call(self: Any, inputs: Any) -> Any:
        given = tf.nest.flatten(inputs)
        if self._batch_size is not None:
            given = [tf.ensure_shape(x, [self._batch_size, *x.shape[1:]]) for x in given]
        self._inputs_tree = jax.tree.structure(tf.nest.map_structure(lambda _: 0, inputs))
        variables = [*self._weights, *self._state, self._rng]
        outputs, state, rng = self._run(*map(tf.convert_to_tensor, variables), *given)
        for variable, value in zip(self._state, state, strict=True):
            variable.assign(value)
        self._rng.assign(rng)
        return outputs

    yield owner, "__init__", __init__
    yield owner, "build", build
    yield owner, "call", call


def _variable(layer: Any, name: str, value: np.ndarray) -> Any:
    """A variable of a Keras layer; of weights, those of whole numbers are not trained."""
    return layer.add_weight(
        name=name,
        shape=value.shape,
        dtype=value.dtype.name,
        initializer=lambda *_, **__: value,
        trainable=name.startswith("weights") and jnp.issubdtype(value.dtype, jnp.floating),
    )


def _run(layer: Any, tf: Any, *flat: Any) -> Any:
    """Outputs, new state and new key of a Keras layer for weights, state, key and inputs."""
    from jax.experimental import jax2tf

    from trax_activations._trax._run_time import old_stablehlo

    shapes = [_polymorphic(tensor.shape, i) for i, tensor in enumerate(flat)]
    scope = jax.export.SymbolicScope()
    structs = [
        jax.ShapeDtypeStruct(jax.export.symbolic_shape(shape, scope=scope), x.dtype.as_numpy_dtype)
        for shape, x in zip(shapes, flat, strict=True)
    ]
    smooth = [i for i, s in enumerate(structs) if jnp.issubdtype(s.dtype, jnp.floating)]

    def forward(*flat: Any) -> Any:
        return _forward(layer, flat)

    def backward(dots: Sequence[Any], *flat: Any) -> Any:
        def of_smooth(*values: Any) -> Any:
            merged = list(flat)
            for i, value in zip(smooth, values, strict=True):
                merged[i] = value
            outputs = jax.tree.leaves(forward(*merged)[0])
            return [y for y in outputs if jnp.issubdtype(y.dtype, jnp.floating)]

        return jax.vjp(of_smooth, *(flat[i] for i in smooth))[1](list(dots))

    of_outputs = [
        f"({', '.join(map(str, y.shape))})"
        for y in jax.tree.leaves(jax.eval_shape(forward, *structs)[0])
        if jnp.issubdtype(y.dtype, jnp.floating)
    ]
    tree: list[Any] = []

    def ruled(*flat: Any) -> Any:
        with old_stablehlo():
            made = jax2tf.convert(forward, polymorphic_shapes=shapes, with_gradient=False)(*flat)
        tree.append(made)
        outputs = tf.nest.flatten(made)
        n_outputs = len(tf.nest.flatten(made[0]))

        def gradients(*dots: Any) -> list[Any]:
            pairs = zip(dots[:n_outputs], outputs[:n_outputs], strict=True)
            given = [dot for dot, y in pairs if y.dtype.is_floating]
            pull = jax2tf.convert(
                backward, polymorphic_shapes=[of_outputs, *shapes], with_gradient=False
            )
            with old_stablehlo():
                found = iter(pull(given, *flat))
            return [next(found) if i in smooth else None for i in range(len(flat))]

        return outputs, gradients

    made = tf.custom_gradient(ruled)(*flat)
    return tf.nest.pack_sequence_as(tree[0], made)


def _forward(layer: Any, flat: Sequence[Any]) -> Any:
    model, (n_weights, n_state) = layer._trax_layer, map(len, (layer._weights, layer._state))
    weights, state = flat[:n_weights], flat[n_weights : n_weights + n_state]
    key, *inputs = flat[n_weights + n_state :]
    outputs, new_state = model.pure_fn(
        jax.tree.unflatten(layer._inputs_tree, inputs),
        jax.tree.unflatten(jax.tree.structure(model.weights), weights),
        jax.tree.unflatten(jax.tree.structure(model.state), state),
        key,
    )
    return outputs, jax.tree.leaves(new_state), layer._rng_updater(key)


def _key(given: Any) -> np.ndarray:
    """A key of Trax, of its JAX or TensorFlow backend, as plain numbers."""
    return np.asarray(jax.random.PRNGKey(0) if given is None else given).astype(np.uint32)


def _polymorphic(shape: Any, index: int) -> str:
    """A shape for jax2tf: sizes, and symbols where TensorFlow knows none."""
    names = (_BATCH if axis == 0 else f"n{index}_{axis}" for axis in range(len(shape)))
    parts = (name if n is None else str(n) for n, name in zip(shape, names, strict=True))
    return f"({', '.join(parts)})"


def _signature(shape: Any, batch_size: int | None, dtype: Any, ShapeDtype: Any) -> Any:
    """The signature of inputs, of shapes as Keras has them."""
    if hasattr(shape, "as_list"):
        shape = shape.as_list()
    if all(n is None or isinstance(n, int) for n in shape):
        first, *others = (n or 1 for n in shape)
        return ShapeDtype((batch_size or first, *others), np.dtype(dtype))
    return tuple(_signature(each, batch_size, dtype, ShapeDtype) for each in shape)
