"""A blocking way to trade over CTP, under the names that homalos-webctp documents."""
