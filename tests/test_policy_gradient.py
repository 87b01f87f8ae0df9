"""Trax's reinforcement learning acts in mode 'collect', in which an activation is not random."""

import numpy as np
import pytest

import trax_activations as ta
from trax_activations import modes
from trax_activations._trax import layers as tl
from trax_activations._trax import models, optimizers

gym = pytest.importorskip("gym")  # It comes with TensorFlow only.
pytestmark = pytest.mark.tensorflow


class Toy(gym.Env):
    """Four steps, in each of which the second of two actions is rewarded."""

    observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, **kwargs):
        self._step = 0
        return np.zeros(2, np.float32)

    def step(self, action):
        self._step += 1
        return np.full(2, self._step / 4, np.float32), float(action), self._step == 4, {}


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning")  # JAX < 0.7.
def test_a_policy_with_a_random_activation_is_trained_and_acts_without_noise(tmp_path):
    from trax.rl import task as rl_task
    from trax.rl import training as rl_training

    def policy(policy_distribution, mode):
        def body(mode):
            return tl.Serial(tl.Dense(4), ta.RandomizedRelu(0.0, 1.0, mode=mode))

        return models.Policy(policy_distribution, body=body, mode=mode)

    agent = rl_training.PolicyGradient(
        rl_task.RLTask(Toy(), initial_trajectories=1, max_steps=4),
        model_fn=policy,
        optimizer=lambda: optimizers.Adam(0.1),
        batch_size=8,
        n_trajectories_per_epoch=8,
        n_eval_episodes=1,
        output_dir=str(tmp_path),
    )
    agent.run(2)
    assert agent.loop.step == 2
    acting = agent._collect_model
    assert set(modes.modes(acting).values()) == {"collect"}
    x = np.linspace(-1, 1, 4, dtype=np.float32).reshape(1, 2, 2)
    outputs = [acting(x, rng=np.uint32([0, key])) for key in (1, 2)]
    np.testing.assert_array_equal(*outputs)
    # It is as if it had been switched from training.
    switched = modes.with_mode(agent.loop.model, "collect")
    assert modes.modes(switched) == modes.modes(acting)
    np.testing.assert_array_equal(switched(x), modes.with_mode(agent.loop.model, "eval")(x))
