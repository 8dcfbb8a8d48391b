"""One file per schedule; `python -m tasks NAME [--dry-run]`."""
