"""What every test starts from: one thread, one seed, no operation whose result depends on luck."""

import pytest
import shape_types  # noqa: F401, before anything of the package is imported
import torch
from hypothesis import settings

torch.set_num_threads(1)
# this also fills memory that nobody has written yet with NaN, which no test would overlook
torch.use_deterministic_algorithms(True)
# hypothesis draws the same examples in every run, and takes its time on a busy machine
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture
def seed() -> int:
    """The seed for what takes one."""
    return 0


@pytest.fixture(autouse=True)
def _seeded(seed: int) -> None:
    torch.manual_seed(seed)
