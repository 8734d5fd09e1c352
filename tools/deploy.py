"""The deploy words in one process, since loading the program takes longer than both of them."""

from __future__ import annotations

from flask.cli import FlaskGroup

from app.factory import create_app

WORDS = ("migrate", "sync")


def main() -> None:
    app = create_app()
    group = FlaskGroup(create_app=lambda: app, add_default_commands=False, load_dotenv=False)
    for word in WORDS:
        group.main([word], prog_name="run.py", standalone_mode=False)


if __name__ == "__main__":
    main()
