"""Zoho CRM beside the desk: API v2 as the vendor's Python SDK speaks it, with the same accounts, clock and faults.

Only what a privacy desk asks of a CRM: find a person by e-mail, what hangs on them, change fields, delete. Whatever
else is called under `/crm` is an unknown route and fails the verdict.
"""
