# The words a developer types. Each is a word of run.py, which first prepares what it needs.
.PHONY: run demo test check bench lock
.DEFAULT_GOAL := run

run:            ## start everything on this machine
	@python3 run.py

demo:           ## fill an empty database with demo data
	@python3 run.py demo

test:           ## check, then every test; installs what they need
	@python3 run.py test

check:          ## style, types, imports, dependencies; no tests
	@python3 run.py check

bench:          ## what pages cost, beside stock Flask-AppBuilder and the floor; an hour (docs/performance.md)
	@python3 run.py bench

lock:           ## new locks out of pyproject.toml (maintainers; needs uv)
	@python3 tools/lock.py --upgrade
