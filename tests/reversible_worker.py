"""Trains a small reversible model by Trax's memory-efficient trainer; see test_reversible.py."""

import itertools
import json
import os
import sys


def make_loop(output_dir=None, learning_rate=0.01, optimizer=None, n_devices=None, **kwargs):
    import numpy as np

    import trax_activations as ta
    from trax_activations import training
    from trax_activations._trax import layers as tl
    from trax_activations._trax import optimizers

    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 6)).astype(np.float32)
    x = kwargs.pop("inputs", x)
    batch = x, rng.integers(3, size=16).astype(np.int32)
    model = tl.Serial(
        tl.Dense(8),
        ta.ParametricRelu(8),
        tl.Dup(),
        tl.ReversibleHalfResidual(
            tl.Dense(8), ta.RandomizedRelu(0.0, 1.0), ta.ParametricRelu(8, a=0.5)
        ),
        tl.ReversibleSwap(),
        tl.ReversibleHalfResidual(tl.Dense(8), tl.Dropout(0.1), ta.ParametricRelu()),
        tl.Concatenate(),
        tl.Dense(3),
    )
    loss = tl.CategoryCrossEntropy
    return training.Loop(
        model,
        training.TrainTask(
            itertools.repeat(batch),
            loss(),
            optimizer or optimizers.Adam,
            lr_schedule=lambda step: learning_rate,
            n_steps_per_checkpoint=5,
        ),
        eval_tasks=[
            training.EvalTask(itertools.repeat(batch), [loss()], metric_names=[mode], mode=mode)
            for mode in ("eval", "train")
        ],
        output_dir=None if output_dir is None else str(output_dir),
        random_seed=0,
        use_memory_efficient_trainer=True,
        n_devices=n_devices,
        **kwargs,
    )


def curve(loop):
    series = loop.history.get("train", "metrics/CategoryCrossEntropy")
    return [float(value) for _, value in series]


if __name__ == "__main__":
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={sys.argv[1]}"
    loop = make_loop()
    loop.run(15)
    print(json.dumps({"devices": loop.mesh.size, "curve": curve(loop)}))
