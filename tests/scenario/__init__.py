"""Stories that run the suite against the emulator."""
