"""The operation behind ``numpy_activation``: on many devices, each calls NumPy for its own part.

``jax.pure_callback`` would serve on one device. On a mesh it gathers the whole array to one device,
and it puts what the callback receives on a device again, which waits for a thread of XLA's pool:
where there are no more threads than devices, and these wait for each other in a collective, there
is none, and the program hangs. This operation hands the callback plain NumPy arrays, and tells the
partitioner that it works on each element by itself.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax._src import dispatch  # Has no public name; the same from jax 0.6 to 0.12.
from jax.experimental.custom_partitioning import custom_partitioning
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import NamedSharding, PartitionSpec

Arrays = tuple[np.ndarray[Any, Any], ...]

# What jaxlib calls its way back into Python; without it (TPU), `jax.pure_callback` must do.
_TARGETS = {
    "cpu": "xla_ffi_python_cpu_callback",
    "cuda": "xla_ffi_python_gpu_callback",
    "rocm": "xla_ffi_python_gpu_callback",
}


class Call(Protocol):
    """What is called, on arrays that broadcast to the shape of the first."""

    n_results: int
    no_derivative: str

    def __call__(self, *operands: Array) -> list[Array]:
        """Runs it as a program of its own."""

    def raising(self, *operands: Any) -> Arrays:
        """The callback of a program on a single device."""

    def poisoning(self, *operands: Any) -> Arrays:
        """The callback of a program on several devices, which may wait for each other."""


numpy_call = Primitive("numpy_call")
numpy_call.multiple_results = True
# So that lowering is told the devices, as it is for JAX's own callbacks.
dispatch.prim_requires_devices_during_lowering.add(numpy_call)


def _evaluate(*operands: Array, call: Call, index: int | None) -> list[Array]:
    """Where nothing is compiled: `jax.disable_jit()`, or a NaN that `jax.debug_nans` looks for."""
    del index
    return [jnp.asarray(result) for result in call.raising(*map(np.asarray, operands))]


numpy_call.def_impl(_evaluate)


def _result_types(x: Any, *_: Any, call: Call, index: int | None) -> list[Any]:
    del index
    return [x.update(weak_type=False)] * call.n_results


numpy_call.def_abstract_eval(_result_types)


def _batch(
    operands: Sequence[Array], axes: Sequence[int | None], *, call: Call, index: int | None
) -> tuple[list[Array], list[int]]:
    """One call for all rows: the mapped axis becomes the first of ``x``."""
    size = next(o.shape[a] for o, a in zip(operands, axes, strict=True) if a is not None)
    (x, *parameters), (x_axis, *parameter_axes) = operands, axes
    x = jnp.broadcast_to(x, (size, *x.shape)) if x_axis is None else jnp.moveaxis(x, x_axis, 0)
    for i, axis in enumerate(parameter_axes):
        if axis is not None:
            rows = jnp.moveaxis(parameters[i], axis, 0)
            ones = (1,) * (x.ndim - rows.ndim)
            parameters[i] = rows.reshape(size, *ones, *rows.shape[1:])
    results = numpy_call.bind(x, *parameters, call=call, index=index)
    return results, [0] * call.n_results


batching.primitive_batchers[numpy_call] = _batch


def _differentiate(*_: Any, call: Call, index: int | None) -> Any:
    raise NotImplementedError(call.no_derivative)


ad.primitive_jvps[numpy_call] = _differentiate


def _lower(ctx: Any, *operands: Any, call: Call, index: int | None) -> Any:
    """Emits the call of a registered callback; registers it first, in the whole program."""
    (platform,) = ctx.module_context.platforms
    if index is not None:
        emit = jax.ffi.ffi_lowering(_TARGETS[platform], has_side_effect=False)
        return emit(ctx, *operands, index=np.uint64(index))
    alone = getattr(ctx.module_context.axis_context, "num_devices", None) == 1
    callback = call.raising if alone else call.poisoning
    if platform not in _TARGETS:
        function = _through_pure_callback(callback, call.n_results)
    else:
        ctx.module_context.add_host_callback(callback)
        registered = len(ctx.module_context.host_callbacks) - 1
        shapes = [aval.shape for aval in ctx.avals_in]
        function = _partitioned(shapes, call, registered)
    return mlir.lower_fun(function, multiple_results=True)(ctx, *operands)


mlir.register_lowering(numpy_call, _lower)


def _through_pure_callback(
    callback: Callable[..., Arrays], n_results: int
) -> Callable[..., Sequence[Array]]:
    def function(*operands: Array) -> Sequence[Array]:
        result = jax.ShapeDtypeStruct(operands[0].shape, operands[0].dtype)
        return jax.pure_callback(
            lambda *arrays: callback(*map(np.asarray, arrays)), (result,) * n_results, *operands
        )

    return function


def _partitioned(
    shapes: Sequence[tuple[int, ...]], call: Call, index: int
) -> Callable[..., tuple[Array, ...]]:
    """The call as an operation whose parts are computed where they lie."""
    x_shape = shapes[0]

    def local(*operands: Array) -> tuple[Array, ...]:
        return tuple(numpy_call.bind(*operands, call=call, index=index))

    def partition(mesh: Any, operands: Any, results: Any) -> Any:
        del operands
        spread = results[0].sharding
        alike = tuple(_along(spread, shape, x_shape) for shape in shapes)
        return mesh, local, (spread,) * call.n_results, alike

    def infer(mesh: Any, operands: Any, results: Any) -> Any:
        del mesh, results
        return (operands[0].sharding,) * call.n_results

    function = custom_partitioning(local)
    function.def_partition(
        partition,
        infer_sharding_from_operands=infer,
        sharding_rule=_sharding_rule(shapes, call.n_results),
    )
    return function


def _along(spread: Any, shape: tuple[int, ...], x_shape: tuple[int, ...]) -> Any:
    """How an operand lies on the devices, if ``x`` lies ``spread``: alike where it is as large."""
    if shape == x_shape or not isinstance(spread, NamedSharding):
        return spread
    spec = (*spread.spec, *(None,) * (len(x_shape) - len(spread.spec)))
    offset = len(x_shape) - len(shape)
    own = (spec[offset + i] if size > 1 else None for i, size in enumerate(shape))
    return NamedSharding(spread.mesh, PartitionSpec(*own))


def _sharding_rule(shapes: Sequence[tuple[int, ...]], n_results: int) -> str:
    """The same for the compiler, as 'd0 d1, p1_0 d1 -> d0 d1': one name per size."""
    ndim = len(shapes[0])

    def names(operand: int, shape: tuple[int, ...]) -> str:
        offset = ndim - len(shape)
        return " ".join(
            f"d{offset + i}" if size > 1 or operand == 0 else f"p{operand}_{i}"
            for i, size in enumerate(shape)
        )

    operands = map(names, range(len(shapes)), shapes)
    results = [names(0, shapes[0])] * n_results
    return f"{', '.join(operands)} -> {', '.join(results)}"
