"""Published experiments, rerun at their own sizes; `python -m papers.<name>`."""
