"""Delivery: the work items behind contract lines and their steps."""
