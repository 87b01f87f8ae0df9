"""A Transformer with a learned activation reads Python's library, and writes some (3 minutes)."""

import argparse

import numpy as np
import trax_activations as ta
from trax import layers as tl
from trax import models, optimizers, shapes
from trax.supervised import decoding, lr_schedules
from trax_activations import datasets, modes, training

LENGTH = 128  # Bytes: what the model sees, and what it writes.
N_SAMPLES = 3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--steps", type=int, default=1500, help="training steps")
parser.add_argument("--prompt", default="    def __init__(self", help="what it continues")
parser.add_argument(
    "--temperature", type=float, default=0.7, help="0: the likeliest byte each time"
)
arguments = parser.parse_args()

model = models.TransformerLM(
    vocab_size=256,  # The text comes byte by byte.
    d_model=128,
    d_ff=512,
    n_layers=2,
    n_heads=4,
    dropout=0.0,
    max_len=LENGTH,
    ff_activation=lambda: ta.ParametricRelu(num_parameters=512),
)
text = datasets.python_source(batch_size=16, length=LENGTH)
loop = training.Loop(
    model,
    training.TrainTask(
        text.train_stream(n_devices=1),
        loss_layer=tl.WeightedCategoryCrossEntropy(),
        optimizer=optimizers.Adam(),
        lr_schedule=lr_schedules.warmup_and_rsqrt_decay(100, 0.005),
        n_steps_per_checkpoint=100,
    ),
    eval_tasks=training.EvalTask(
        text.eval_stream(n_devices=1),
        metrics=[tl.WeightedCategoryCrossEntropy(), tl.WeightedCategoryAccuracy()],
        metric_names=["loss", "accuracy"],
        n_eval_batches=10,
    ),
    random_seed=0,
)
loop.run(arguments.steps)

start = np.frombuffer(arguments.prompt.encode(), np.uint8).astype(np.int32)
starts = np.tile(start, (N_SAMPLES, 1))
writer = modes.with_mode(model, "predict", shapes.ShapeDtype((N_SAMPLES, 1), np.int32))
np.random.seed(0)  # Trax draws samples from NumPy's global generator.
samples = decoding.autoregressive_sample(
    writer,
    starts,
    batch_size=N_SAMPLES,
    temperature=arguments.temperature,
    max_length=LENGTH - start.size,
    eos_id=-1,  # No byte ends a text.
)
for sample in samples:
    print(f"\n{'-' * 60}")
    print(arguments.prompt + bytes(sample.tolist()).decode(errors="replace"))
