"""Backpack from the venue's side: its REST and WebSocket words over any broker."""
