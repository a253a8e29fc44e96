"""The pure machine: events in sequence order, timers, components. No thread, no file, no clock."""
