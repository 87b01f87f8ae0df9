"""A Serial model with all three layers, on handwritten digits (15 seconds)."""

import trax_activations as ta
from trax import layers as tl
from trax import optimizers
from trax_activations import datasets, training

model = tl.Serial(
    tl.Dense(128),
    ta.ParametricRelu(num_parameters=128),  # Learns a slope per unit.
    tl.Dense(128),
    ta.RandomizedRelu(),  # Draws its slopes in training; in evaluation they are exact.
    tl.Dense(128),
    ta.ThresholdedLinearUnit(num_parameters=128),  # Learns a threshold per unit.
    tl.Dense(10),
)

digits = datasets.digits(batch_size=128, shift=1)
loop = training.Loop(
    model,
    training.TrainTask(
        digits.train_stream(n_devices=1),
        loss_layer=tl.WeightedCategoryCrossEntropy(),
        optimizer=optimizers.Adam(0.002),
        n_steps_per_checkpoint=500,
    ),
    eval_tasks=training.EvalTask(
        digits.eval_stream(n_devices=1),
        metrics=[tl.WeightedCategoryAccuracy()],
        metric_names=["accuracy"],
    ),
    random_seed=0,
)
loop.run(1500)

step, accuracy = loop.history.get("eval", "metrics/accuracy")[-1]
print(f"\nEval accuracy after {step} steps: {accuracy:.3f}")
