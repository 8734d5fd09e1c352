"""Puts the program together: settings, database, Flask-AppBuilder, stages, screens, commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_wtf.csrf import CSRFProtect

import config
from app import cli, menu, reactions, stages
from app.org import scope
from app.org.security import RiverSecurityManager
from app.platform import database, events, translations
from app.platform.screens import shell
from app.platform.screens.guard import refuse_undeclared_routes


class RiverBuilder(AppBuilder):
    """Flask-AppBuilder with only the screens this program declares: every address is one of ours."""

    def _add_admin_views(self) -> None:
        self.sm.register_views()


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application. Raises RuntimeError when a route declares no access or a setting is unsafe."""
    app = Flask(__name__)
    app.config.from_mapping(config.settings())
    app.config.from_mapping(overrides or {})
    config.refuse_unsafe(app.config)
    home = Path(app.config["ZHANGFANG_HOME"])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations.compile_into(home / "translations"))
    stages.load()
    database.connect(app)
    CSRFProtect(app)
    scope.supply()
    with app.app_context():
        shell.frame(app, menu.MENU, menu.QUICK_CREATE)
        builder = RiverBuilder(app, database.db.session, security_manager_class=RiverSecurityManager)
        for endpoint, view in menu.VIEWS.items():
            builder.add_view_no_menu(view, endpoint=endpoint)
        translations.install(app)
        menu.plug_in(app)
    events.subscribe(reactions.REACTIONS)
    cli.register(app)
    refuse_undeclared_routes(app)
    return app
