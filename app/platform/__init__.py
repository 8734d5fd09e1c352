"""No business here: database, unit of work, access, lifecycle, audit, numbering, obligations, screens."""
