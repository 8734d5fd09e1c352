"""The words for the stages of a customer and for what becomes of an obligation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

PROSPECT = "prospect"
SIGNED = "signed"
RETAINED = "retained"
PUBLIC = "public"

STAGES = {
    PROSPECT: (_l("prospect"), "info"),
    SIGNED: (_l("signed"), "violet"),
    RETAINED: (_l("retained"), "teal"),
    PUBLIC: (_l("public"), "plain"),
}

OPEN = "open"
EXCLUDED = "excluded"
MISSED = "missed"

# Codes of the preset words of the dictionary "progress"; stages further down move a prospect along them.
NEW_LEAD = "新线索"
CONTACTED = "已联系"
QUOTED = "已报价"
NEGOTIATING = "谈合同"
