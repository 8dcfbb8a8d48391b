"""One file per endpoint: authenticate, take ids, store, answer. Facts are re-read from Desk later."""
