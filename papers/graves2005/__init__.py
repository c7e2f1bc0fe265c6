"""Graves and Schmidhuber 2005: every frame of speech classified, in one direction or in two."""
