"""The training run that test_resume.py stops, kills and resumes."""

import io
import os
import sys

import trax_activations as ta
from trax_activations import datasets, training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers


def make_loop(
    output_dir=None,
    module=training,
    units=8,
    optimizer=optimizers.Adam,
    rate=0.01,
    activation=None,
    **kwargs,
):
    data = datasets.digits(batch_size=16, eval_batch_size=64)
    model = tl.Serial(
        tl.Dense(units),
        activation or ta.RandomizedRelu(),
        tl.BatchNorm(axis=(0,)),
        tl.Dropout(0.1),
        ta.ParametricRelu(units),
        tl.Dense(10),
    )
    loss = tl.WeightedCategoryCrossEntropy
    train = module.TrainTask(
        data.train_stream(1), loss(), optimizer(rate), n_steps_per_checkpoint=5
    )
    evaluation = module.EvalTask(data.eval_stream(1), [loss()], n_eval_batches=2)
    return module.Loop(
        model,
        train,
        eval_tasks=evaluation,
        output_dir=None if output_dir is None else str(output_dir),
        **{"random_seed": 1, "n_devices": 1, **kwargs},
    )


def train(directory):
    """Goes on with the run in a directory, saving at every step, until it is killed."""
    say, sys.stdout = sys.stdout, io.StringIO()  # Trax reports its steps.
    loop = make_loop(directory, checkpoint_at=lambda step: True, eval_at=lambda step: step % 5 == 0)
    loop.run(1)  # Compiles, which takes longer than a child may live.
    print("training", file=say, flush=True)
    loop.run(10**6)


def main():
    """Starts a process for each line that it reads, says its number, and when it has ended.

    It has imported everything, which takes seconds, and runs nothing by JAX, so that it may fork.
    """
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            train(sys.argv[1])
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print("ended by", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
