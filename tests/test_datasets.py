"""The streams: real data, split, in an order that is a function of the seed and the position."""

import pathlib
import sys
import sysconfig

import gin
import numpy as np
import pytest

from trax_activations import datasets
from trax_activations.datasets import _tables, _text


def small_text(**kwargs):
    return datasets.python_source(batch_size=4, length=32, **kwargs)


DATA_SETS = {"digits": datasets.digits, "python_source": small_text}


def same(batch, other):
    return all((a == b).all() for a, b in zip(batch, other, strict=True))


@pytest.fixture(params=DATA_SETS)
def data(request):
    return DATA_SETS[request.param]


@pytest.mark.parametrize("part", ["train_stream", "eval_stream"])
def test_a_stream_continues_anywhere_as_if_it_had_come_there(data, part):
    stream = getattr(data(), part)(1)
    batches = [next(stream) for _ in range(5)]
    assert stream.position == 5
    other = getattr(data(), part)(1)
    other.seek(3)
    assert same(next(other), batches[3])
    assert other.position == 4
    other.seek(0)
    assert same(next(other), batches[0])


def test_a_seed_is_an_order(data):
    first, again, other = (next(data(seed=seed).train_stream(1)) for seed in (3, 3, 4))
    assert same(first, again)
    assert not same(first, other)


def test_batches_are_what_trax_expects(data):
    inputs = data()
    x, targets, weights = next(inputs.train_stream(1))
    assert (targets.dtype, weights.dtype) == (np.int32, np.float32)
    assert targets.shape == weights.shape
    assert (weights == 1).all()
    assert inputs.input_shape == x.shape[1:]


def test_every_epoch_holds_every_example_once_in_a_new_order():
    stream = datasets.Stream(np.arange(100), np.arange(100), batch_size=25)
    epochs = [np.concatenate([next(stream)[0] for _ in range(4)]) for _ in range(3)]
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)
    assert not same(epochs[0], epochs[1])


def test_an_incomplete_batch_is_left_out():
    stream = datasets.Stream(np.arange(10), np.arange(10), batch_size=4, seed=None)
    assert [next(stream)[0].tolist() for _ in range(3)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [0, 1, 2, 3],
    ]


def test_digits_are_scaled_and_split():
    train = datasets.digits(batch_size=1477).train_stream(1)
    held_out = datasets.digits().eval_stream(1)
    images, labels, _ = next(train)
    eval_images, eval_labels, _ = next(held_out)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert set(labels) == set(eval_labels) == set(range(10))
    assert len(images) + len(eval_images) == 1797
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in eval_images}
    assert same(next(held_out), (eval_images, eval_labels, np.ones(320)))


def test_digits_come_as_images_and_moved():
    inputs = datasets.digits(batch_size=9 * 1477, image=True, shift=1)
    assert inputs.input_shape == (8, 8, 1)
    images, labels, _ = next(inputs.train_stream(1))
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) > 8 * 1477
    assert np.bincount(labels).sum() == 9 * 1477
    # Moving images loses ink at the border, and adds none.
    still = next(datasets.digits(batch_size=1477).train_stream(1))[0]
    assert images.sum() < 9 * still.sum()


@pytest.mark.parametrize(
    ("part", "remainders"), [("train_stream", range(1, 10)), ("eval_stream", [0])]
)
def test_text_is_that_of_every_tenth_file_or_of_the_others(part, remainders):
    files = sorted(pathlib.Path(sysconfig.get_path("stdlib")).glob("*.py"), key=lambda f: f.name)
    text = b"".join(file.read_bytes() for i, file in enumerate(files) if i % 10 in remainders)
    windows, targets, _ = next(getattr(small_text(), part)(1))
    assert (windows == targets).all()
    assert windows.shape == (4, 32)
    assert all(window.astype(np.uint8).tobytes() in text for window in windows)


@pytest.mark.parametrize("n_devices", [1, 2, 4])
def test_a_batch_is_the_same_on_any_number_of_devices(data, n_devices):
    inputs = data(batch_size=8) if data is datasets.digits else data()
    assert same(next(inputs.train_stream(n_devices)), next(inputs.train_stream(1)))


def test_a_batch_that_does_not_divide_among_the_devices_is_refused(data):
    with pytest.raises(
        ValueError, match=r"does not divide among 3 devices. Choose a multiple of 3"
    ):
        data().train_stream(3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "digits takes a positive integer as batch_size"),
        ({"batch_size": 2000}, "A batch must hold 1 to 1477 examples"),
        ({"eval_batch_size": "all"}, "digits takes a positive integer as eval_batch_size"),
        ({"shift": 8}, "can move by 0 to 7; received shift=8"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        datasets.digits(**arguments).eval_stream(1)


def test_a_window_longer_than_the_text_is_refused():
    with pytest.raises(ValueError, match=r"A window must hold 1 to \d+ bytes; received length=0"):
        datasets.python_source(length=0)


def test_no_position_is_negative():
    with pytest.raises(ValueError, match="starts at position 0; received -1"):
        datasets.digits().train_stream(1).seek(-1)


@pytest.fixture
def nothing_loaded():
    loaders = (_tables._load_digits, _text._load_python_source)
    for loader in loaders:
        loader.cache_clear()
    yield
    for loader in loaders:
        loader.cache_clear()


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch, nothing_loaded):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install 'trax-activations\[examples\]'"):
        datasets.digits()


@pytest.mark.parametrize("name", ["digits", *_tables._TABLES])
def test_files_of_scikit_learn_hold_what_it_loads(name, monkeypatch):
    values, labels = _tables._load(name, "tables")
    monkeypatch.setattr(pathlib.Path, "glob", lambda self, pattern: iter(()))  # As if moved.
    expected = _tables._load(name, "tables")
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(labels, expected[1])
    assert (values.dtype, labels.dtype) == (np.float64, np.int32)


def test_without_sources_the_error_says_where_they_should_be(monkeypatch, tmp_path, nothing_loaded):
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"are not in {tmp_path}"):
        datasets.python_source()


def test_gin_configures_the_data_sets():
    gin.parse_config(
        "trax_activations.digits.batch_size = 3\ntrax_activations.python_source.length = 5"
    )
    assert len(next(datasets.digits().train_stream(1))[0]) == 3
    assert datasets.python_source().input_shape == (5,)


TABLES = {"breast_cancer": (569, 30, 2), "wine": (178, 13, 3), "iris": (150, 4, 3)}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_split_and_scaled_by_its_training_part(name):
    count, width, classes = TABLES[name]
    inputs = datasets.tabular(name, batch_size=count - count // 4)
    (train, labels, _), (held_out, own, _) = (
        next(stream(1)) for stream in (inputs.train_stream, inputs.eval_stream)
    )
    assert train.shape == (count - count // 4, width)
    assert held_out.shape == (count // 4, width)
    assert train.dtype == held_out.dtype == np.float32
    assert set(labels) == set(own) == set(range(classes))
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    assert abs(held_out.mean()) > 1e-4  # It had no part in that.


def test_an_unknown_table_is_told():
    with pytest.raises(
        ValueError, match=r"There is no table 'wines'. Choose one of breast_cancer,"
    ):
        datasets.tabular("wines")
