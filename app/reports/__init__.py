"""Reports: definitions, runs as jobs, snapshots."""
