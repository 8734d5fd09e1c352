"""Zhangfang 账房: the back office of a bookkeeping agency.

The packages follow the customer through the agency; imports go upstream, facts flow downstream:

    platform → org → approval → catalogue → customers → companies → contracts → finance → delivery
             → bookkeeping → closing → reminders → reports → exchange → configuration
             → workbench

`factory.py` plugs everything together, `menu.py` lists every screen, `reactions.py` says which later
stage answers which fact. `docs/architecture.md` has the drawing.
"""
