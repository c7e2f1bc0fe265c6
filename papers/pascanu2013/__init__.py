"""The size of the error signal against the lag, and what clipping is for."""
