"""Measurements people run by hand; nothing here is asserted."""
