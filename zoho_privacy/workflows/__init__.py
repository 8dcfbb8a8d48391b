"""Load, decide, commit, hand off effects. Talks to the world through ports alone."""
