"""TABLE of the sections of the file, in the order they are written: what others name comes first."""

from __future__ import annotations

from app.configuration.section import Section
from app.configuration.sections import (
    approval_rules,
    business_types,
    contact_rules,
    custom_fields,
    dictionaries,
    filing_notices,
    number_formats,
    parameters,
    pool_rule,
    price_tiers,
    reminder_rules,
    roles,
    shared_views,
    tax_kinds,
)

SECTIONS: dict[str, Section] = {
    section.name: section
    for section in (
        roles.SECTION,
        dictionaries.SECTION,
        number_formats.SECTION,
        parameters.SECTION,
        business_types.SECTION,
        price_tiers.SECTION,
        contact_rules.SECTION,
        pool_rule.SECTION,
        approval_rules.SECTION,
        reminder_rules.SECTION,
        tax_kinds.SECTION,
        filing_notices.SECTION,
        custom_fields.SECTION,
        shared_views.SECTION,
    )
}
