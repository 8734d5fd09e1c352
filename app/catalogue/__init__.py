"""Catalogue: business types, detail items, step templates and price tiers."""
