"""A simulated year at an invented support desk: the emulator, the suite and some forty mails."""
