"""One handler, any host."""
