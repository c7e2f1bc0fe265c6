"""Other people's programs with torch's LSTM and with lstmkit's in its place."""
