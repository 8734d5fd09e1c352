"""Settings, each from an environment variable. Production refuses the secrets of a demonstration.

Table with explanations: docs/operations.md.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
MODES = ("demo", "production")


def settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings this environment asks for."""
    home = Path(environment.get("ZHANGFANG_HOME", ROOT / "instance"))
    mode = environment.get("ZHANGFANG_MODE", "").strip() or "demo"
    if mode not in MODES:
        raise RuntimeError(f"ZHANGFANG_MODE is {mode!r}; it must be one of {', '.join(MODES)}")
    production = mode == "production"
    return {
        "ZHANGFANG_HOME": str(home),
        "DEMO_MODE": not production,
        "AGENCY_NAME": environment.get("ZHANGFANG_AGENCY") or "禾信财税",
        "SECRET_KEY": environment.get("SECRET_KEY") or ("" if production else _kept_secret(home)),
        "SQLALCHEMY_DATABASE_URI": _database_url(environment.get("DATABASE_URL", ""), home),
        "AREA_CODE": environment.get("ZHANGFANG_AREA_CODE", "0755"),
        "REDIS_URL": environment.get("REDIS_URL", ""),
        "TRUSTED_HOSTS": [host for host in environment.get("TRUSTED_HOSTS", "").split(",") if host] or None,
        "MAX_CONTENT_LENGTH": 25 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "zhangfang",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": environment.get("ZHANGFANG_TLS", "1" if production else "0") == "1",
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_ADD_SECURITY_API": False,
        "AUTH_TYPE": 1,
    }


def refuse_unsafe(config: Mapping[str, Any]) -> None:
    """Raise RuntimeError when production runs without a secret of its own."""
    if not config["DEMO_MODE"] and len(config["SECRET_KEY"] or "") < 32:
        raise RuntimeError("SECRET_KEY must be set to at least 32 random characters in production")


def _database_url(url: str, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / 'zhangfang.db'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _kept_secret(home: Path) -> str:
    """One secret per instance, so that restarts keep people signed in; readable by its owner only."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f"secret-{secrets.token_hex(4)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()
