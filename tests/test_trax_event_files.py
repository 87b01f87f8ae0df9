"""What Trax's summary writer writes is read by TensorBoard's own reader; no thread is left."""

import threading

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from trax_activations._trax import trainer_lib
from trax_activations.training.callbacks.activation_weights import _histogram

jaxboard = trainer_lib.jaxboard


def read(folder):
    """The one value of each event, by step."""
    (file,) = folder.iterdir()
    events = list(EventFileLoader(str(file)).Load())
    assert events[0].file_version == "brain.Event:2"
    return {event.step: event.summary.value[0] for event in events[1:]}


def test_scalars_histograms_texts_and_images_are_read_back(tmp_path):
    before = threading.active_count()
    writer = jaxboard.SummaryWriter(str(tmp_path))
    writer.scalar("loss", np.float32(1.5), 1)
    writer.add_summary(_histogram("weights", np.arange(10.0)), 2)
    writer.text("config", "width = 16", 3)
    writer.text("table", [["a", "b"], ["c", "d"]], 4)
    writer.image("picture", np.zeros((2, 3)), 5)
    assert threading.active_count() == before
    values = read(tmp_path)  # Before it is closed: nothing is held back.
    writer.close()
    assert [value.tag for value in values.values()] == [
        "loss",
        "weights",
        "config",
        "table",
        "picture",
    ]
    assert values[1].tensor.float_val[0] == pytest.approx(1.5)
    assert len(values[2].tensor.tensor_content) or values[2].tensor.double_val
    assert values[3].tensor.string_val[0] == b"width = 16"
    assert values[4].tensor.string_val == [b"a", b"b", b"c", b"d"]
    assert values[4].tensor.tensor_shape.dim[1].size == 2
    assert values[5].tensor.string_val[2].startswith(b"\x89PNG")


@pytest.mark.tensorflow
def test_summaries_of_tensorflow_are_taken_too(tmp_path):
    import tensorflow as tf

    value = tf.compat.v1.Summary.Value(tag="theirs", simple_value=2.0)
    writer = jaxboard.SummaryWriter(str(tmp_path))
    writer.add_summary(tf.compat.v1.Summary(value=[value]), 7)
    writer.close()
    assert read(tmp_path)[7].tag == "theirs"
