"""Tick strategies on CTP's own structs, with positions and money computed here from every report and quote."""
