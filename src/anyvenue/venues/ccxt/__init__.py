"""Any exchange of ccxt as a venue: ``venue = "ccxt:bitfinex"``. Nothing here imports ccxt before a driver is made."""
