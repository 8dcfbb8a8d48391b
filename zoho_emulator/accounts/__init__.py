"""Zoho Accounts: access tokens, their limits and their odd ways of failing (API reference, section 2)."""
