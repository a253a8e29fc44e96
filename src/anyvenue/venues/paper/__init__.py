"""The simulated exchange over a wire: its messages, its server and the driver that speaks to it."""
