"""Vendor libraries of the CTP family, called through ctypes: no wrapper package, no compiler."""
