"""Reinforcement learning: sb3-contrib's RecurrentPPO balances a pole."""

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.env_util import make_vec_env
from torch import nn

NAME = "RecurrentPPO, 8 CartPoles"
LIBRARY = "sb3-contrib"
ENVIRONMENTS, STEPS = 8, 64
LOSSES = ("policy_gradient_loss", "value_loss", "entropy_loss")


class Trial:
    """An agent that learns from one more rollout each time."""

    def __init__(self, seed: int) -> None:
        self.agent = RecurrentPPO(
            "MlpLstmPolicy",
            make_vec_env("CartPole-v1", n_envs=ENVIRONMENTS, seed=seed),
            n_steps=STEPS,
            n_epochs=4,
            batch_size=128,
            policy_kwargs={"lstm_hidden_size": 256},
            seed=seed,
            device="cpu",
        )

    @property
    def model(self) -> nn.Module:
        """What holds the LSTMs: one of the actor, one of the critic."""
        return self.agent.policy

    def work(self) -> list[float]:
        """Plays 64 steps in each environment and learns from them; returns the last losses."""
        self.agent.learn(ENVIRONMENTS * STEPS, log_interval=10**9, reset_num_timesteps=False)
        found = self.agent.logger.name_to_value
        return [float(found[f"train/{name}"]) for name in LOSSES]
