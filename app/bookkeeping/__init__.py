"""Bookkeeping: periodic services, engagements, tax profiles, filings and months."""
