"""Searching for settings: what may vary, the search, and what it leaves in the run's folder."""
