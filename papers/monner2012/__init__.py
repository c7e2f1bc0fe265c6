"""Monner and Reggia 2012, LSTM-g: distracted sequence recall with networks of several shapes."""
