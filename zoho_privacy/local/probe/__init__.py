"""The instrument that settles doubts on a portal by experiment: `zoho-privacy probe`."""
