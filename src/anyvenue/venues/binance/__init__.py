"""Binance, spot and USD-M futures: the driver, and the wire that it shares with the simulated exchange's server."""
