"""What surrounds the program: the environment, the services beside it, the supervisor, the test run.

bootstrap.py   makes .venv out of the locks; standard library only
services.py    starts Valkey and PostgreSQL from the environment's own binaries
supervisor.py  `run.py` without a word: prepares and keeps web, worker and dispatcher running
suite.py       `run.py test`
lock.py        writes the locks anew
"""
