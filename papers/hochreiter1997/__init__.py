"""Hochreiter and Schmidhuber 1997, Long Short-Term Memory: its experiments with its own rule."""
