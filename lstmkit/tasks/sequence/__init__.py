"""Tasks on sequences: a label or numbers for a whole one, or a label for every step."""
