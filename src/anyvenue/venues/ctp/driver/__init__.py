"""The client's side of the CTP family: a driver for any library that has a description."""
