"""Zoho Desk: its records, its rules and its REST API v1."""
