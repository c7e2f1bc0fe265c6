"""Gers, Schraudolph and Schmidhuber 2002, Learning Precise Timing: nets of 17 weights."""
