"""How letters and files leave."""
