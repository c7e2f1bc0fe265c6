"""Anomalies: how unusual every step of a series is, learnt from clean data alone."""
