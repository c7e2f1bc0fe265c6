"""AdamW that decays matrices and leaves vectors alone."""

from torch import nn
from torch.optim import AdamW, Optimizer

from lstmkit.train.settings import TrainSettings


def adamw(model: nn.Module, settings: TrainSettings) -> AdamW:
    """Builds the optimiser of a run (Loshchilov and Hutter 2019, Decoupled weight decay).

    Args:
        model: Its parameters that want a gradient are trained.
        settings: Of these, `weight_decay`. The learning rate is set at each step.

    Returns:
        An optimiser of named parameters: biases, peepholes and other vectors are not decayed, since
        a decayed forget bias forgets what the initialisation was made to remember.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    matrices = [(name, p) for name, p in named if p.ndim > 1]
    vectors = [(name, p) for name, p in named if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return AdamW([group for group in groups if group["params"]], lr=settings.learning_rate)


def set_learning_rate(optimiser: Optimizer, rate: float) -> None:
    """Sets the rate of the next step for all parameters."""
    for group in optimiser.param_groups:
        group["lr"] = rate
