"""Writes a model as a program for another place."""

import os
from typing import Any, Literal, get_args

from trax_activations._checks import check_mode
from trax_activations._suggestions import did_you_mean
from trax_activations._trax import base
from trax_activations.exporting import _formats
from trax_activations.exporting._program import program

__all__ = ["FORMATS", "Format", "export"]

Format = Literal["stablehlo", "savedmodel", "onnx"]
FORMATS: tuple[str, ...] = get_args(Format)
_WRITERS = {
    "stablehlo": _formats.write_stablehlo,
    "savedmodel": _formats.write_saved_model,
    "onnx": _formats.write_onnx,
}


def export(
    model: base.Layer,
    signature: Any,
    directory: str | os.PathLike[str],
    *,
    format: Format = "stablehlo",
    mode: str = "eval",
    batch_size: int | None = None,
) -> str:
    """Writes a model, with its weights, as a program that runs without Trax and this package.

    'stablehlo' is a file of `jax.export`, which JAX alone can run, on CPU, GPU and TPU; to read and
    write it, JAX needs flatbuffers::

        with open("DIR/model.jax_export", "rb") as file:
            program = jax.export.deserialize(bytearray(file.read()))
        program.call(x)

    'savedmodel' is a SavedModel of TensorFlow, for TensorFlow Serving, or in Python::

        loaded = tf.saved_model.load("DIR/saved_model")
        loaded.f(x)

    'onnx' is a file for onnxruntime and others, made by jax2onnx, and compared with the model
    before it is written. All that is needed brings ``pip install 'trax-activations[export]'``.

    The first axis of every input is the batch, of any size; all other sizes are those of the
    signature. Several inputs are arguments of the program, one each.

    Args:
        model: An initialised model. It stays as it is.
        signature: Of its inputs: ``trax.shapes.signature(batch)``, or such a batch.
        directory: Where to write; what was exported there before is replaced.
        format: 'stablehlo', 'savedmodel' or 'onnx'.
        mode: In which mode the model is: 'eval', or 'predict' for one that decodes step by step,
            which only 'stablehlo' has. That program is called with the state, which it also
            returns: ``y, state = program.call(state, x)``; ``start.jax_export`` makes the first.
            Its batches have one size.
        batch_size: The only size of batches that the program takes; for models that need to know.

    Returns:
        The path of what was written.

    Raises:
        TypeError: If ``model`` is not a layer, or ``signature`` has no shapes.
        ValueError: If the model is not initialised, does not fit the signature, calls Python code
            (:class:`trax_activations.NumpyActivation`), or has no such form.
        ModuleNotFoundError: If the format needs a package that is not installed.
        OSError: If the file cannot be written.
    """
    if format not in FORMATS:
        raise ValueError(
            f"export takes as format one of {', '.join(map(repr, FORMATS))}, but received "
            f"{format!r}.{did_you_mean(str(format), FORMATS)}"
        )
    check_mode("export", mode)
    if mode in ("train", "collect"):
        raise ValueError(
            f"export: in mode {mode!r} a model draws at random, and is no program for others. Give "
            "mode='eval', or mode='predict'."
        )
    if mode == "predict" and format != "stablehlo":
        raise ValueError(
            f"export: in mode 'predict' a model remembers earlier steps, which {format!r} has no "
            "place for. Give format='stablehlo', or mode='eval'."
        )
    return _WRITERS[format](program(model, signature, mode, batch_size), os.fspath(directory))
