"""Whether a venue can be reached and used, layer by layer: names, connections, encryption, clocks, keys, the driver."""
