"""A Trax model with a learned activation: TransformerLM reads Python's sources (15 seconds)."""

import trax_activations as ta
from trax import layers as tl
from trax import models, optimizers
from trax_activations import datasets, training

model = models.TransformerLM(
    vocab_size=256,  # The text comes byte by byte.
    d_model=64,
    d_ff=128,
    n_layers=1,
    n_heads=2,
    max_len=32,
    ff_activation=ta.ParametricRelu,  # Any of our layers, wherever Trax takes an activation.
)

text = datasets.python_source(batch_size=16, length=32)
loop = training.Loop(
    model,
    training.TrainTask(
        text.train_stream(n_devices=1),
        loss_layer=tl.WeightedCategoryCrossEntropy(),
        optimizer=optimizers.Adam(0.003),
        n_steps_per_checkpoint=100,
    ),
    eval_tasks=training.EvalTask(
        text.eval_stream(n_devices=1),
        metrics=[tl.WeightedCategoryCrossEntropy()],
        metric_names=["loss"],
        n_eval_batches=5,
    ),
    random_seed=0,
)
loop.run(200)

(_, first), *_, (step, last) = loop.history.get("eval", "metrics/loss")
print(f"\nLoss per byte: {first:.2f} after the first step, {last:.2f} after {step}")
