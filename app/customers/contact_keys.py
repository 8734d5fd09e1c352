"""One canonical key per contact point, so that the same number is met however it was typed.

Source of the rules: "Identifiers" of the domain rules. A mobile-like WeChat id shares the mobile's key, a
QQ-like WeChat id or a qq.com mail shares the QQ's key, and a QQ never meets a landline. The key of a
switchboard leaves the extension out; its display keeps it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.platform.half_width import half_width

_HIDDEN = "****"
_MOBILE = re.compile(r"1[3-9]\d{9}", re.A)
_QQ = re.compile(r"[1-9]\d{4,11}", re.A)
_WECHAT = re.compile(r"[a-z][a-z0-9_-]{5,19}")
_EMAIL = re.compile(r"[a-z0-9._%+'-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_QQ_MAIL = re.compile(r"([1-9]\d{4,11})@qq\.com", re.A)
_AREA_CODE = re.compile(r"0(?:10|2\d|[3-9]\d{2})", re.A)
_LANDLINE = re.compile(rf"({_AREA_CODE.pattern})?([2-9]\d{{6,7}})", re.A)
_SERVICE_NUMBER = re.compile(r"([48]00)(\d{3})(\d{4})", re.A)
_EXTENSION = re.compile(r"\s*(?:转|分机号?|ext\.?|[-x#*,])\s*(\d{1,6})$", re.I | re.A)
_COUNTRY = re.compile(r"^(?:\+|00)86")
_COUNTRY_WITHOUT_SIGN = re.compile(r"^86(?=1[3-9]\d{9}$|(?:10|2\d|[3-9]\d{2})\d{8}$)", re.A)
_SEPARATORS = re.compile(r"[\s().·-]")
_LONGEST_EMAIL = 254


class ContactKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    WECHAT = "wechat"
    QQ = "qq"
    EMAIL = "email"


@dataclass(frozen=True)
class ContactKey:
    """``key`` is compared, ``display`` is shown."""

    key: str
    display: str


class ContactPointInvalid(ValueError):
    """Text that is no contact point: empty, bad_mobile, bad_landline, bad_wechat, bad_qq or bad_email."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def normalise(kind: ContactKind, text: str, *, area_code: str = "0755") -> ContactKey:
    """The key and the display of a contact point. Raises ContactPointInvalid.

    The office's area code completes a landline that has none.
    """
    plain = half_width(text)
    if not plain:
        raise ContactPointInvalid("empty")
    match kind:
        case ContactKind.MOBILE:
            found = _mobile(plain)
        case ContactKind.LANDLINE:
            found = _landline(plain, area_code)
        case ContactKind.WECHAT:
            found = _wechat(plain)
        case ContactKind.QQ:
            found = _qq(plain)
        case ContactKind.EMAIL:
            found = _email(plain)
    if found is None:
        raise ContactPointInvalid(f"bad_{kind.value}")
    return found


def guess_kind(text: str) -> ContactKind | None:
    """The kind the text looks like, or None. Bare digits that are no mobile are taken for a QQ number."""
    plain = half_width(text)
    if "@" in plain:
        return ContactKind.EMAIL if _email(plain) else None
    if _mobile(plain):
        return ContactKind.MOBILE
    if plain.isdigit() and not plain.startswith(("0", "400", "800")):
        return ContactKind.QQ if _qq(plain) else None
    if _landline(plain, "0755"):
        return ContactKind.LANDLINE
    return ContactKind.WECHAT if _wechat(plain) else None


def mask(display: str) -> str:
    """The display for people outside the ownership chain: ``138****8000``, ``0755-****5678``."""
    if "@" in display:
        name, _, domain = display.partition("@")
        return f"{name[:1] if len(name) > 1 else ''}{_HIDDEN}@{domain}"
    if _MOBILE.fullmatch(display):
        return display[:3] + _HIDDEN + display[-4:]
    area, dash, local = display.partition("-")
    if dash and (_AREA_CODE.fullmatch(area) or area in ("400", "800")):
        return f"{area}-{_HIDDEN}{local[4:8] if area in ('400', '800') else local.split('-')[0][-4:]}"
    shown = min(3, len(display) // 4)
    return display[:shown] + _HIDDEN + (display[-shown:] if shown else "")


def _mobile(plain: str) -> ContactKey | None:
    number = _phone_digits(plain)
    return ContactKey(f"mobile:{number}", number) if _MOBILE.fullmatch(number) else None


def _landline(plain: str, area_code: str) -> ContactKey | None:
    if whole := _landline_without_extension(plain, area_code):
        return whole
    extension = _EXTENSION.search(plain)
    if not extension:
        return None
    main = _landline_without_extension(plain[: extension.start()], area_code)
    return main and ContactKey(main.key, f"{main.display}-{extension[1]}")


def _landline_without_extension(plain: str, area_code: str) -> ContactKey | None:
    number = _phone_digits(plain)
    if service := _SERVICE_NUMBER.fullmatch(number):
        return ContactKey(f"landline:{number}", "-".join(service.groups()))
    if number != _bare_digits(plain) and not number.startswith("0"):
        number = f"0{number}"  # +86 755 …: the country code takes the zero's place
    if not (found := _LANDLINE.fullmatch(number)):
        return None
    area, local = found[1] or area_code, found[2]
    return ContactKey(f"landline:{area}{local}", f"{area}-{local}")


def _wechat(plain: str) -> ContactKey | None:
    if mobile := _mobile(plain):
        return mobile
    account = re.sub(r"\s", "", plain)
    if _QQ.fullmatch(account):
        return ContactKey(f"qq:{account}", account)
    return ContactKey(f"wechat:{account.lower()}", account) if _WECHAT.fullmatch(account.lower()) else None


def _qq(plain: str) -> ContactKey | None:
    number = re.sub(r"@qq\.com$", "", _bare_digits(plain), flags=re.I)
    return ContactKey(f"qq:{number}", number) if _QQ.fullmatch(number) else None


def _email(plain: str) -> ContactKey | None:
    address = re.sub(r"\s", "", plain).lower()
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        return None
    mail_of_qq = _QQ_MAIL.fullmatch(address)
    return ContactKey(f"qq:{mail_of_qq[1]}" if mail_of_qq else f"email:{address}", address)


def _bare_digits(plain: str) -> str:
    return re.sub(r"[\s-]", "", plain)


def _phone_digits(plain: str) -> str:
    number = _COUNTRY.sub("", _SEPARATORS.sub("", plain))
    return _COUNTRY_WITHOUT_SIGN.sub("", number)
