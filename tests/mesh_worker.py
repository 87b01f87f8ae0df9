"""Trains a small model with random activations and prints its loss curve as JSON.

Run as a program by test_mesh.py, with as many CPU devices and processes as it is told.
"""

import argparse
import json
import os
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--process_id", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--output_dir")
    args = parser.parse_args()
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={args.devices}"

    import jax

    if args.processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(
            f"127.0.0.1:{args.port}", args.processes, args.process_id, initialization_timeout=60
        )

    import numpy as np

    import trax_activations as ta
    from trax_activations import training
    from trax_activations._trax import layers as tl
    from trax_activations._trax import optimizers

    def batches(seed):
        """The part of each batch that is this process's."""
        rng = np.random.default_rng(seed)
        part = slice(args.process_id * args.batch // args.processes, None)
        while True:
            x = rng.normal(size=(args.batch, 6)).astype(np.float32)
            y = (x.sum(1) > 0).astype(np.int32)
            yield x[part][: args.batch // args.processes], y[part][: args.batch // args.processes]

    model = tl.Serial(
        tl.Dense(16),
        ta.RandomizedRelu(),
        tl.Dropout(0.2),
        ta.ParametricRelu(16),
        ta.Dice(),  # Its statistics are those of the whole batch, on any number of devices.
        ta.ProbAct(sigma=0.1),
        tl.Dense(2),
    )
    loop = training.Loop(
        model,
        training.TrainTask(
            batches(0), tl.CategoryCrossEntropy(), optimizers.Adam(0.01), n_steps_per_checkpoint=1
        ),
        eval_tasks=training.EvalTask(batches(1), [tl.CategoryCrossEntropy()], n_eval_batches=2),
        random_seed=0,
        output_dir=args.output_dir,
    )
    try:
        loop.run(50)
    except ValueError as error:
        print(json.dumps({"error": str(error)}))
        return
    curves = {
        kind: [float(value) for _, value in loop.history.get(kind, "metrics/CategoryCrossEntropy")]
        for kind in ("train", "eval")
    }
    print(json.dumps({"devices": loop.mesh.size if loop.mesh else 1, "step": loop.step, **curves}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
