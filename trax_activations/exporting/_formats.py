"""The formats: StableHLO by jax.export, SavedModel by jax2tf, ONNX by jax2onnx."""

import importlib
import os
import secrets
import shutil
from typing import Any

import jax
import jax.export
import jax.extend.core
import numpy as np
from jax.interpreters import partial_eval

from trax_activations._atomic import replacement, write_all
from trax_activations._trax import old_stablehlo
from trax_activations._trax._needs import needing
from trax_activations.exporting._program import Program

__all__ = ["write_onnx", "write_saved_model", "write_stablehlo"]

_PLATFORMS = ("cpu", "cuda", "tpu")
_NOTE = "Nothing was exported."
_TOLERANCE = 1e-3  # Of another library, with other algorithms for the same functions.


def write_stablehlo(program: Program, directory: str) -> str:
    """Writes ``model.jax_export``, and ``start.jax_export`` beside it, if the model remembers."""
    with needing("export"):
        importlib.import_module("flatbuffers")  # JAX needs it here, and does not require it.
    state, path = program.state, os.path.join(directory, "model.jax_export")
    if state is not None:
        start = jax.export.export(jax.jit(lambda: state), platforms=_PLATFORMS)()
        _write(os.path.join(directory, "start.jax_export"), start)
    before = () if state is None else (jax.tree.map(_struct, state),)
    function = jax.jit(program.with_weights)
    _write(path, jax.export.export(function, platforms=_PLATFORMS)(*before, *program.inputs))
    return path


def _write(path: str, exported: jax.export.Exported) -> None:
    with replacement(path, note=_NOTE) as file:
        write_all(file, bytes(exported.serialize()))


def _struct(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(np.shape(array), array.dtype)


def write_saved_model(program: Program, directory: str) -> str:
    """Writes the directory ``saved_model``, whose weights are variables; returns its path."""
    with needing("export to a SavedModel"):
        import tensorflow as tf
        from jax.experimental import jax2tf
    shapes = [f"({', '.join(map(str, struct.shape))})" for struct in program.inputs]
    converted = jax2tf.convert(
        program.function, polymorphic_shapes=[None, *shapes], with_gradient=False
    )
    module = tf.Module()
    module.weights = [tf.Variable(np.asarray(weight)) for weight in program.weights]
    sizes = [[n if isinstance(n, int) else None for n in s.shape] for s in program.inputs]
    module.f = tf.function(
        lambda *inputs: converted(module.weights, *inputs),
        input_signature=[
            tf.TensorSpec(size, struct.dtype, name=name)
            for size, struct, name in zip(sizes, program.inputs, _names(program), strict=True)
        ],
        autograph=False,
    )
    path = os.path.join(directory, "saved_model")
    new = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with old_stablehlo():
            tf.saved_model.save(module, new, signatures=module.f)
        shutil.rmtree(path, ignore_errors=True)
        os.replace(new, path)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return path


def write_onnx(program: Program, directory: str) -> str:
    """Writes ``model.onnx``; returns its path."""
    # Before jax2onnx takes functions of JAX for its own, which know fewer arguments.
    traced = _used(jax.make_jaxpr(program.with_weights)(*program.inputs))
    with needing("export to ONNX"):
        import jax2onnx
        import onnxruntime
    function = jax.extend.core.jaxpr_as_fun(traced)
    try:
        made = jax2onnx.to_onnx(
            lambda *inputs: function(*inputs),
            inputs=program.inputs,
            input_names=_names(program),
            model_name="model",
        ).SerializeToString()
        session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
        found = session.run(None, dict(zip(_names(program), program.examples, strict=True)))
    except Exception as error:  # Of all classes: what it cannot convert it finds out at any place.
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise ValueError(
            f"export: jax2onnx has no ONNX for this model: {reason}. Export it as 'savedmodel' or "
            "'stablehlo'."
        ) from error
    outputs = jax.tree.leaves(program.with_weights(*program.examples))
    for one, expected in zip(found, outputs, strict=True):
        _check_equal(one, np.asarray(expected))
    path = os.path.join(directory, "model.onnx")
    with replacement(path, note=_NOTE) as file:
        write_all(file, made)
    return path


def _used(traced: Any) -> Any:
    """A program without what its outputs do not need, as keys that are split and not drawn from."""
    jaxpr, _ = partial_eval.dce_jaxpr(traced.jaxpr, [True] * len(traced.out_avals), True)
    return jax.extend.core.ClosedJaxpr(jaxpr, traced.consts)


def _check_equal(found: Any, expected: np.ndarray) -> None:
    """Refuses a program that computes something else.

    Raises:
        ValueError: If it does.
    """
    if not np.allclose(found, expected, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True):
        raise ValueError(
            "export: what jax2onnx has made computes something else; the greatest difference is "
            f"{np.max(np.abs(found - expected)):.2g}. Export the model as 'savedmodel' or "
            "'stablehlo'."
        )


def _names(program: Program) -> list[str]:
    """What the inputs are called."""
    many = len(program.inputs) > 1
    return [f"x_{index + 1}" if many else "x" for index in range(len(program.inputs))]
