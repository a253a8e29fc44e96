"""Backpack: spot and perpetual contracts in one account, requests signed with Ed25519."""
