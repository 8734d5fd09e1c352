"""What pages cost, beside what a user would pick instead and beside the floor: `python3 run.py bench`."""
