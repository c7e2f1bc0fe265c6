"""What was added to the LSTM later: normalisation, zoneout, projection, exponential gates."""
