"""Search for good parameters: a grid of backtests over processes, stored, resumable, ranked, walked forward."""
