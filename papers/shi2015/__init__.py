"""Shi et al. 2015, ConvLSTM: forecasting moving digits."""
