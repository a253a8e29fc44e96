"""What drivers keep track of: orders that were sent, what was told of them, and books that follow changes."""
