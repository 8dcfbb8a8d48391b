"""One machine: server, scheduler, command line, demo. Left out of a Lambda bundle."""
