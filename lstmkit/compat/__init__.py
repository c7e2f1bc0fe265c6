"""Other libraries' layers with the engine inside."""

from lstmkit.compat.accelerate import accelerate

__all__ = ["accelerate"]
