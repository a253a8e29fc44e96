"""The faces of a live node: what other people's programs connect to, as the configuration has it."""
