"""Puts the rooms together: backtest, paper and connected nodes over one kernel."""
