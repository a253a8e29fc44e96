"""The simulated exchange in OKX's words: REST and WebSocket over any broker."""
