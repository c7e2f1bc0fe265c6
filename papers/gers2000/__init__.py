"""Gers, Schmidhuber and Cummins 2000, Learning to Forget: endless streams, with their own rule."""
