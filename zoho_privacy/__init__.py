"""Runs the privacy work of a support desk on Zoho Desk. Importing this package imports nothing else."""
