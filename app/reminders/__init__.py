"""Reminders: rules, receivers, and what each person must not forget."""
