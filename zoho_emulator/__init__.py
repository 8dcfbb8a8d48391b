"""Zoho as the outside world, on loopback: for trials and tests without an account."""
