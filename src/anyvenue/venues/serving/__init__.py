"""What the servers of venues' wires have in common: the market, the accounts and the keys, before any venue's words."""
