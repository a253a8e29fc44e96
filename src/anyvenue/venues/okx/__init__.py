"""OKX, version 5 of its API: one unified account for spot, margin, perpetual and dated contracts."""
