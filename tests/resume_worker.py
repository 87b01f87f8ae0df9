"""The training run that test_resume.py stops, kills and resumes."""

import sys

import trax_activations as ta
from trax_activations import datasets, training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers


def make_loop(output_dir=None, module=training, units=8, optimizer=optimizers.Adam, **kwargs):
    data = datasets.digits(batch_size=16, eval_batch_size=64)
    model = tl.Serial(
        tl.Dense(units),
        ta.RandomizedRelu(),
        tl.BatchNorm(axis=(0,)),
        tl.Dropout(0.1),
        ta.ParametricRelu(units),
        tl.Dense(10),
    )
    loss = tl.WeightedCategoryCrossEntropy
    train = module.TrainTask(
        data.train_stream(1), loss(), optimizer(0.01), n_steps_per_checkpoint=5
    )
    evaluation = module.EvalTask(data.eval_stream(1), [loss()], n_eval_batches=2)
    return module.Loop(
        model,
        train,
        eval_tasks=evaluation,
        output_dir=None if output_dir is None else str(output_dir),
        random_seed=1,
        n_devices=1,
        **kwargs,
    )


def main():
    """Goes on with the run in a directory, saving at every step, until it is killed."""
    print("imported", flush=True)
    sys.stdin.readline()
    loop = make_loop(
        sys.argv[1], checkpoint_at=lambda step: True, eval_at=lambda step: step % 5 == 0
    )
    loop.run(1)  # Compiles, which takes longer than a child may live.
    print("training", flush=True)
    loop.run(10**6)


if __name__ == "__main__":
    main()
