"""Everything CTP: its descriptions, the driver for every library that speaks like it, and a counter of our own."""
