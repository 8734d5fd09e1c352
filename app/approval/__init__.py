"""Approval: one engine for every document. Rules are rows; nobody approves their own work."""
