"""What touches the machine: event loop, live clock, inbox."""
