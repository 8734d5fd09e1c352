"""Passwords: how long, how common, and what a new one does to open log-ins."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from app.org.identity import end_logins
from app.org.models import Person
from app.org.settings import SHORTEST_PASSWORD
from app.platform.errors import FieldErrors

# The usual first guesses of twelve characters and more; shorter ones fall to the length rule.
_COMMON = frozenset(
    [
        "password1234",
        "123456789012",
        "1234567890123",
        "qwertyuiop12",
        "qwertyuiop123",
        "administrator",
        "admin1234567",
        "111111111111",
        "000000000000",
        "abcdefghijkl",
        "abc123456789",
        "123456abcdef",
        "iloveyou1234",
        "zhangfang123",
        "password12345",
        "passwordpassword",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "woaini123456",
        "woaini1314520",
    ]
)


def faults_of(password: str, *, login: str, shortest: int) -> list[object]:
    """Every reason against the password, in words; empty when it will do."""
    faults: list[object] = []
    if len(password) < shortest:
        faults.append(_l("At least %(count)s characters.", count=shortest))
    if password.lower() in _COMMON or len(set(password)) < 5:
        faults.append(_l("This password is too easy to guess."))
    if login and login.lower() in password.lower():
        faults.append(_l("The password must not contain the login."))
    return faults


def set_password(session: Session, person: Person, password: str, *, must_change: bool) -> None:
    """Set a new password and end every log-in of the person. Raises FieldErrors when it is too weak."""
    faults = faults_of(password, login=person.username, shortest=SHORTEST_PASSWORD.of(session))
    if faults:
        raise FieldErrors(_l("This password cannot be used."), {"password": faults})
    person.password = generate_password_hash(password)
    person.must_change_password = must_change
    if person.id is not None:
        end_logins(session, person_id=person.id, reason="password")


def fits(person: Person, password: str) -> bool:
    return bool(person.password) and check_password_hash(person.password or "", password)
