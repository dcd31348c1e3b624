"""The local cloud."""
