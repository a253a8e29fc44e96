"""The Python door: the client side of the framed protocol, and CTP's Python classes made from a description."""
