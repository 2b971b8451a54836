"""Retell.ai: signatures and shapes of what it sends."""
