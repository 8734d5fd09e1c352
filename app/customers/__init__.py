"""Customers: prospects, the public pool, contact points, collisions, follow-ups and contact rules."""
