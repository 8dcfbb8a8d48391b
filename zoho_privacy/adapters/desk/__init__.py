"""Zoho Desk. Zoho's names stop here."""
