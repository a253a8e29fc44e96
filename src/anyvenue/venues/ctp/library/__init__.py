"""Drop-in libraries: generated C++ with the classes of any described API, which speak to the native door."""
