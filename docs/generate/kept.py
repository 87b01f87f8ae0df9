"""What the backward pass of an activation keeps, read off its derivative as JAX traces it."""

import jax
import jax.numpy as jnp

from trax_activations import registry

_SHAPE = (64, 128)


def tensors(spec: registry.ActivationSpec) -> tuple[float, bool]:
    """Tensors of the output's size that are kept, and whether the input is among them.

    The output is always counted: the layer after the activation keeps it. Nothing is computed:
    the figure is that of a program as JAX hands it to the compiler.
    """
    x = jax.ShapeDtypeStruct(_SHAPE, jnp.float32)
    parameters = [jnp.asarray(parameter.initial, jnp.float32) for parameter in spec.parameters]
    key = (jax.random.key(0),) if spec.random else ()

    def forward(x: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        y, pull = jax.vjp(lambda x, *p: spec.function(x, *key, *p), x, *parameters)
        return y, jax.tree.leaves(pull)

    program = jax.make_jaxpr(forward)(x).jaxpr
    y, *saved = program.outvars
    arrays = {id(each): each.aval for each in (y, *saved) if each.aval.size > _SHAPE[-1]}
    n_bytes = sum(array.size * array.dtype.itemsize for array in arrays.values())
    return n_bytes / (y.aval.size * y.aval.dtype.itemsize), id(program.invars[0]) in arrays
