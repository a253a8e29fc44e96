"""The simulated exchange: pure, steered by the time it is given."""
