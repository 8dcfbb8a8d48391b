"""Data, not code: law tables, the policy, letters, words and schemas. Loaded by adapters, judged by `domain`."""
