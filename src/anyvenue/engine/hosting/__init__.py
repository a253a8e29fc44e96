"""A simulated exchange that outlives its process: its inputs are written down and played again."""
