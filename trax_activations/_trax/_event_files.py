"""TensorBoard's files, written with TensorBoard's own formats and without TensorFlow."""

import io
import itertools
import os
import socket
import struct
import time
from types import ModuleType, SimpleNamespace
from typing import Any

from trax_activations._atomic import write_all
from trax_activations._trax._tensorflow import files, is_remote

__all__ = ["EventFileWriter", "install"]

_NUMBERS = itertools.count()


class EventFileWriter:
    """Writes events to a file at once: nothing is queued, and nothing waits for a thread.

    Args:
        log_dir: The folder.
        max_queue: Of no use here; TensorFlow's writer has it.
        flush_secs: As `max_queue`.
        filename_suffix: The end of the file's name.
    """

    def __init__(
        self,
        log_dir: str,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str | None = None,
    ) -> None:
        name = (
            f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}"
            f".{os.getpid()}.{next(_NUMBERS)}{filename_suffix or ''}"
        )
        files.makedirs(log_dir)
        self._path = os.path.join(log_dir, name)
        # Without a buffer: what cannot be written must not be tried again when the file is closed.
        self._file = files.GFile(self._path, "wb") if is_remote(log_dir) else _Raw(self._path)
        try:
            self.add_event(_protos().Event(wall_time=time.time(), file_version="brain.Event:2"))
        except OSError:
            self.close()
            raise

    def add_event(self, event: Any) -> None:
        """Writes an event; the format is that of TensorFlow's records.

        Raises:
            OSError: If the file cannot be written, with its name.
        """
        from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        checks = [struct.pack("<I", masked_crc32c(part)) for part in (length, data)]
        self._file.write(length + checks[0] + data + checks[1])

    def flush(self) -> None:
        """Hands everything to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class _Raw(io.FileIO):
    """A file that takes all or raises, and says what it is called."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "wb")

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Writes all of it; the system may take less at a time."""
        try:
            write_all(self.fileno(), data)
        except OSError as error:
            error.filename = self.name
            raise
        return len(data)


def install(jaxboard: ModuleType) -> None:
    """Lets Trax's `SummaryWriter` write with what is here."""
    jaxboard.EventFileWriter = EventFileWriter  # type: ignore[attr-defined]
    jaxboard.event_pb2 = _Events()  # type: ignore[attr-defined]
    jaxboard.tf = _TensorFlow("tensorflow")  # type: ignore[attr-defined]


class _Events:
    """The part of `event_pb2` that Trax uses; it takes TensorFlow's summaries as well."""

    def Event(self, summary: Any) -> Any:
        protos = _protos()
        if not isinstance(summary, protos.Summary):
            summary = protos.Summary.FromString(summary.SerializeToString())
        return protos.Event(summary=summary)


class _TensorFlow(ModuleType):
    """As much of TensorFlow as Trax's `SummaryWriter` uses."""

    io = SimpleNamespace(gfile=files)

    @property
    def compat(self) -> SimpleNamespace:
        return SimpleNamespace(v1=_protos())

    def make_tensor_proto(self, values: list[bytes], shape: tuple[int, ...]) -> Any:
        """A tensor of texts."""
        protos = _protos()
        sizes = [protos.TensorShapeProto.Dim(size=size) for size in shape]
        return protos.TensorProto(
            dtype=protos.DT_STRING,
            tensor_shape=protos.TensorShapeProto(dim=sizes),
            string_val=values,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from trax_activations._trax import _stand_ins

        return getattr(_stand_ins.stand_in("tensorflow"), name)


def _protos() -> SimpleNamespace:
    """TensorBoard's messages; they are loaded when something is written."""
    from tensorboard.compat.proto import (
        event_pb2,
        summary_pb2,
        tensor_pb2,
        tensor_shape_pb2,
        types_pb2,
    )

    return SimpleNamespace(
        DT_STRING=types_pb2.DT_STRING,
        Event=event_pb2.Event,
        HistogramProto=summary_pb2.HistogramProto,
        Summary=summary_pb2.Summary,
        SummaryMetadata=summary_pb2.SummaryMetadata,
        TensorProto=tensor_pb2.TensorProto,
        TensorShapeProto=tensor_shape_pb2.TensorShapeProto,
    )
