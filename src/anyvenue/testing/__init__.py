"""Kit for people who test against anyvenue: suites that a driver must pass.

Needs pytest; nothing else in anyvenue imports it.
"""
