"""Gers and Schmidhuber 2001, Perez-Ortiz et al. 2003: languages that a net must count for."""
