"""Chrono initialisation: gates that start with memories as long as the task."""
