"""The native door: a framed protocol between the generated libraries and a counter."""
