"""The gap between a sign and its answer: who is insensitive to its length."""
