"""Worlds in memory for tests: they keep state, and tests assert on that state."""
