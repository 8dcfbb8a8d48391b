"""Pure decisions over frozen values: no I/O, clock, environment, randomness or logging."""
