"""Binance from the venue's side: spot and USD-M over any broker, by REST, streams and the WebSocket API.

Nothing is imported here: `service` has the server, `terms` and `keys` what it is told.
"""
