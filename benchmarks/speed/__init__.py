"""How fast the layers are, beside other libraries: `python -m benchmarks.speed --help`."""
