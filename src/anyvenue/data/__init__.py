"""Files of market data: reading, storing, building bars. Imports model and reference."""
