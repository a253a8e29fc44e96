"""A counter that speaks CTP's semantics over any broker; doors carry it to clients."""
