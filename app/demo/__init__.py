"""Demo data: an agency in full swing, the same for the same seed.

Five thousand customers by one operation each would take an hour, so most rows are made in memory and
inserted table by table with Core statements. Only the lifecycle engine may write a state, and its guard
watches attributes, not Core inserts: here the columns `state` and `stage` are inserted as values, together
with the timeline entries the engine would have told, on the days it would have told them. What the rules of
the stages answer (prices, payment plans, contact rule, taxes, due days) is asked of them, never made up.

A few dozen cases that wait for somebody (approvals, reversals, waivers, claims) are then lived through
with the real operations, as the people who would do them (`living.py`).
"""
