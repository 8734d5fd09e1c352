"""What surrounds the program: the environment, the services beside it, the supervisor, the test run.

bootstrap.py   makes .venv out of the locks; standard library only
settings.py    where this machine keeps things, and what every process is told
services.py    starts Valkey and PostgreSQL from the environment's own binaries
supervisor.py  `run.py` without a word: keeps web, worker and dispatcher running
command.py     `run.py WORD …`: a command on a prepared database
deploy.py      loads the program; tables, permissions, presets
prepare.py     remembers for which state of the code the database is prepared
suite.py       `run.py test` and `run.py check`
lock.py        writes the locks anew
messages.py    lists messages without Chinese
"""
