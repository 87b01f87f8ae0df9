"""TensorFlow and what comes with it are loaded when they are used, and never for show."""

import pytest
from fresh_process import run


def test_whole_run_needs_none_of_them(tmp_path):
    train = f"""
        import json
        from trax_activations import cli
        flags = ["--config_file=digits_mlp.gin", "--config=train.steps=3", "--config=width=16"]
        status = cli.main(["train", *flags, "--output_dir={tmp_path}"])
        others = [name for name in ("matplotlib", "sklearn") if name in sys.modules]
        print(json.dumps([status, loaded(), others]))
    """
    seen, _ = run(train)
    assert seen == [0, [], ["matplotlib"]]  # Which draws the picture; of sklearn only data is read.
    assert {"activations.png", "config.gin", "model.safetensors", "train", "eval"} <= {
        path.name for path in tmp_path.iterdir()
    }


@pytest.fixture(scope="module")
def with_tensorflow():
    """What is seen of a process that sets a seed, imports ``trax.rl``, and uses TensorFlow."""
    seen, _ = run("""
        import json, warnings
        import trax_activations
        import trax
        from trax import fastmath
        from trax.supervised import callbacks, training
        training._init_random_number_generators(7)
        seen = {"loaded by a seed": loaded()}

        warnings.simplefilter("error")
        before = list(warnings.filters)
        from trax import rl
        added = [each for each in warnings.filters if each not in before]
        seen["filters"] = [
            [each[3].pattern for each in added if each[0] == "once" and each[3]],
            [each[2].__name__ for each in added if each[0] == "ignore" and not any(each[1::2])],
            all(each in warnings.filters for each in before),
        ]
        warnings.resetwarnings()
        seen["loaded by rl"] = "tensorflow" in sys.modules and "gym" in sys.modules

        import tensorflow as tf
        drawn = [float(tf.random.uniform(())) for _ in range(2)]
        tf.random.set_seed(7)
        again = [float(tf.random.uniform(())) for _ in range(2)]
        training._init_random_number_generators(7)
        seen["drawn"] = [drawn, again, [float(tf.random.uniform(())) for _ in range(2)]]
        with fastmath.use_backend("tensorflow-numpy"):
            seen["backend"] = [
                float(fastmath.numpy.sum(fastmath.numpy.ones(3))), float(fastmath.erf(0.0))
            ]
        seen["real"] = [
            issubclass(trax.AsKeras, tf.keras.layers.Layer),
            trax.layers.base.tf is tf,
            trax.layers.initializers.tf.__file__ == tf.compat.v2.__file__,
            callbacks.serialization_utils is rl.serialization_utils,
        ]
        print(json.dumps(seen))
    """)
    return seen


@pytest.mark.tensorflow
def test_what_needs_them_loads_them_and_works_as_in_stock_trax(with_tensorflow):
    assert with_tensorflow["loaded by rl"]
    assert with_tensorflow["backend"] == [3.0, 0.0]
    assert with_tensorflow["real"] == [True] * 4


@pytest.mark.tensorflow
def test_seed_set_before_tensorflow_is_there_holds_for_it_and_one_set_after(with_tensorflow):
    assert with_tensorflow["loaded by a seed"] == []
    before, plain, after = with_tensorflow["drawn"]
    assert before == plain == after


@pytest.mark.tensorflow
def test_gym_keeps_its_own_filter_of_warnings(with_tensorflow):
    once, ignored, kept = with_tensorflow["filters"]
    assert (once, kept) == ([r"^gym\."], True)
    assert "DeprecationWarning" not in ignored  # As while it is imported.


@pytest.mark.tensorflow
@pytest.mark.parametrize("order", ["first", "last", "meanwhile"])
def test_users_import_gets_the_real_module(order):
    """Whichever comes first; and in another thread while Trax is being imported."""
    seen, _ = run(f"""
        import json, threading
        import trax_activations
        def user():
            import tensorflow, tensorflow_datasets
            got.extend([tensorflow, tensorflow_datasets])
        def trax():
            from trax import layers
        got = []
        if {order!r} == "meanwhile":
            threads = [threading.Thread(target=each) for each in (trax, user)]
            [each.start() for each in threads]
            [each.join() for each in threads]
        else:
            for each in (user, trax) if {order!r} == "first" else (trax, user):
                each()
        from trax_activations._trax._stand_ins import StandIn
        print(json.dumps([
            [isinstance(each, StandIn) for each in got],
            [sys.modules[each.__name__] is each for each in got],
            got[0].constant(1).numpy().item(),
            [name for name, each in sys.modules.items() if isinstance(each, StandIn)],
        ]))
    """)
    assert seen == [[False, False], [True, True], 1, []]


def test_inspection_loads_nothing():
    seen, _ = run("""
        import copy, doctest, importlib, inspect, json, pkgutil, pydoc
        import trax_activations
        import trax
        from trax import jaxboard, shapes
        from trax.supervised import callbacks, training
        modules = [trax, jaxboard, shapes, callbacks, training]
        for module in modules:
            for value in list(vars(module).values()):
                inspect.ismodule(value), inspect.isclass(value), inspect.unwrap(value)
                hasattr(value, "pytest_plugins") if value is trax else repr(value)
            inspect.getsource(module)
            doctest.DocTestFinder().find(module)
        inspect.getmodule(training.Loop.run)
        inspect.stack()
        names = [each.name for each in pkgutil.iter_modules(trax.__path__)]
        print(json.dumps([
            loaded(), {"rl", "tf_numpy", "trax2keras"} <= set(names), "AsKeras" in dir(trax),
        ]))
    """)
    assert seen == [[], True, True]


def test_slow_parts_of_trax_are_loaded_when_they_are_used():
    seen, _ = run("""
        import json
        import trax_activations
        import trax
        import numpy as np
        slow = [each in sys.modules for each in ("trax.data.tokenizer", "scipy.special")]
        words = trax.data.text_encoder.tokenizer.encode("It learns, too.")
        from trax.fastmath.numpy import NUMPY_BACKEND
        total = NUMPY_BACKEND["logsumexp"](np.zeros(1))
        real = sys.modules["trax.data.tokenizer"]
        same = trax.data.tokenizer is real and trax.data.text_encoder.tokenizer is real
        print(json.dumps([slow, words, float(total), same, loaded()]))
    """)
    assert seen == [[False, False], ["It", "learns", ", ", "too", "."], 0, True, []]


def test_import_times_are_told_as_ever():
    _, stderr = run("import trax_activations, trax; print(0)", flags=("-X", "importtime"))
    assert "trax.supervised.training" in stderr
    assert "| tensorflow" not in stderr.replace(" " * 2, "")


def test_order_of_imports_does_not_matter():
    code = """
        import json
        {}
        from trax_activations._trax import repairs
        print(json.dumps([[each.name for each in repairs() if each.applied], loaded()]))
    """
    door, _ = run(code.format(""))
    package_first, _ = run(code.format("import trax_activations; from trax import layers"))
    assert package_first == door
    assert door[1] == []


@pytest.mark.tensorflow
def test_trax_that_was_imported_before_is_mended_at_first_use():
    seen, _ = run("""
        import warnings
        warnings.simplefilter("ignore")  # What stock Trax warns of.
        import inspect, itertools, json
        # Stock Trax's import reads all sources of the process, which takes most of its time.
        read = inspect.getframeinfo
        inspect.getframeinfo = lambda frame, *_: read(frame, context=0)
        inspect.stack = lambda *_: [(sys._getframe(1),), (sys._getframe(2),)]
        from trax import jaxboard, layers as tl, optimizers
        import numpy as np
        import trax_activations as ta
        from trax_activations._trax import _event_files, _repair

        def mended():
            return jaxboard.EventFileWriter is _event_files.EventFileWriter

        def missing():
            return [
                each.name
                for each in _repair.repairs()
                if each.needed() and each.module in sys.modules and not each.applied
            ]

        before = mended()
        ta.training
        after = mended(), missing(), len(_repair.repairs())
        batch = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32), np.ones((4, 2))
        task = ta.training.TrainTask(itertools.repeat(batch), tl.L2Loss(), optimizers.Adam(0.1))
        loop = ta.training.Loop(tl.Serial(tl.Dense(2), ta.ParametricRelu()), [task])
        loop.run(2)
        import trax.trainer  # Cannot be imported without its repair.
        print(json.dumps([before, *after, missing(), loop.step]))
    """)
    before, after, missing, repairs, missing_later, step = seen
    assert (before, after, missing, missing_later, step) == (False, True, [], [], 2)
    assert repairs > 0
