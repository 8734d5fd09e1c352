"""Contracts: quotes, contracts, their prices, instalments and approval."""
