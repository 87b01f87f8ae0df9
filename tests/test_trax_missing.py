"""Without TensorFlow & co. everything else works, and what needs them says so."""

import sys
from pathlib import Path

import pytest
from fresh_process import run

from trax_activations._trax import _gin_names, _needs
from trax_activations._trax import trax as stock_trax


def test_without_them_installed_it_trains_and_says_what_is_missing(tmp_path):
    seen, _ = run(
        f"""
        import json
        import numpy as np
        import trax_activations as ta
        from trax_activations import training
        import trax
        from trax import layers as tl
        batch = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32), np.ones((4, 2))
        task = training.TrainTask(iter(lambda: batch, 0), tl.L2Loss(), trax.optimizers.Adam(0.1))
        model = tl.Serial(tl.Dense(2), ta.ParametricRelu())
        loop = training.Loop(model, [task], output_dir={str(tmp_path)!r})
        loop.run(2)
        said = []
        backend = trax.fastmath.use_backend("tensorflow-numpy")
        for use in (
            lambda: trax.AsKeras,
            lambda: trax.rl,
            lambda: next(trax.data.TFDS("mnist")()),
            lambda: backend.__enter__() or trax.fastmath.numpy.ones(1),
            lambda: trax.layers.base.tf.io.gfile.GFile("gs://bucket/file", "rb"),
        ):
            try:
                use()
            except ModuleNotFoundError as error:
                said.append(str(error))
        print(json.dumps([loop.step, loaded(), said]))
        """,
        hide=True,
    )
    step, loaded, said = seen
    assert (step, loaded, len(said)) == (2, [], 5)
    for message in said:
        assert "which is not installed. Install it: pip install 'trax-activations[trax]'" in message
    assert said[1].startswith("trax.rl needs Gym")
    assert said[2].startswith("trax.data.tf_inputs.download_and_prepare needs TensorFlow Datasets")
    assert said[4].startswith("gs://bucket/file needs TensorFlow")


def test_everything_of_ours_works_without_them_installed(tmp_path):
    seen, _ = run(
        f"""
        import json
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import light_worker
        print(json.dumps([light_worker.do_everything({str(tmp_path)!r}), loaded()]))
        """,
        hide=True,
    )
    assert seen == [{"resumed": 6, "compared": 2, "read back": True}, []]


@pytest.mark.parametrize(
    ("package", "name"), [("T5", "t5_data"), ("Tensor2Tensor", "t2t_problems")]
)
def test_what_trax_does_not_require_is_named_where_it_is_missing(package, name, monkeypatch):
    monkeypatch.setitem(sys.modules, package.lower(), None)
    tf_inputs = stock_trax.data.tf_inputs
    expected = f"{package}, which is not installed. Install it: pip install {package.lower()}"
    with pytest.raises(_needs.MissingPackageError, match=rf"\.{name} needs {expected}$"):
        getattr(tf_inputs, name)()
    if name == "t5_data":
        with pytest.raises(_needs.MissingPackageError, match=r"^trax\.data\.tf_inputs\._get_vocab"):
            next(stock_trax.data.tokenize([], vocab_type="sentencepiece", vocab_file="file"))


@pytest.mark.tensorflow
def test_gin_finds_the_names_of_rl_without_its_import():
    seen, _ = run("""
        import json
        import gin
        import trax_activations
        from trax_activations import layers
        known = set(gin.config._REGISTRY._selector_map)
        before = loaded()
        gin.parse_config("PPO.n_optimizer_steps = 3\\nMLP.activation_fn = @Gaussian")
        names = set(gin.config._REGISTRY._selector_map) - known
        print(json.dumps([
            before,
            gin.query_parameter("PPO.n_optimizer_steps"),
            gin.query_parameter("MLP.activation_fn").configurable.selector,
            sorted(names),
        ]))
    """)
    assert seen == [[], 3, "trax.rl.distributions.Gaussian", sorted(_gin_names.NAMES)]


def test_gin_says_what_its_names_of_rl_need():
    seen, _ = run(
        """
        import json
        import gin
        import trax_activations, trax
        try:
            gin.parse_config("PPO.n_optimizer_steps = 3")
        except ModuleNotFoundError as error:
            print(json.dumps(str(error)))
        """,
        hide=True,
    )
    assert seen.startswith("trax.rl needs Gym, which is not installed. Install it: pip install")
