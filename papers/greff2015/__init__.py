"""A search space odyssey: nine variants of one cell, each under random search."""
