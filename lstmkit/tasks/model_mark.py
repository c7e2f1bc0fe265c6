"""What tells a fitted model from all others, so that nobody goes on with a state of another."""

import hashlib
import json
from typing import Any

from torch import nn


def model_mark(network: nn.Module, *facts: Any) -> str:
    """Digests a network and what stands between it and the data.

    Args:
        network: The trained network.
        facts: Scales, columns and what else was learnt, as JSON-able values.

    Returns:
        The same text for a model and for what was loaded from its file.
    """
    digest = hashlib.sha256(json.dumps(facts).encode())
    for name, values in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
