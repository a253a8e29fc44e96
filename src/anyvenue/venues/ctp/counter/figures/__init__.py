"""CTP's figures: rows of positions, lots and money, and the statement, worked out of what the broker says."""
