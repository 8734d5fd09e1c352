"""Departments, people, roles, participation and log-in sessions; supplies the row scope."""
