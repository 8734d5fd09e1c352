"""Closing: checks per work item, and the deed itself."""
