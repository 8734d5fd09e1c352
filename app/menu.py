"""Every screen, in menu order. The only importer of views and pages."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.approval.pages import ApprovalView
from app.approval.views import ApprovalRuleView
from app.bookkeeping import contributions as bookkeeping_contributions
from app.bookkeeping.pages import FilingMonthView
from app.bookkeeping.views import EngagementView, FilingView, NoticeView, ServiceView, TaxKindView
from app.catalogue.pages import PriceTierView, PriceVersionView
from app.catalogue.views import BusinessTypeView
from app.closing import contributions as closing_contributions
from app.closing.pages import ClosingView
from app.companies import contributions as companies_contributions
from app.companies.views import CompanyView, LibraryView
from app.configuration.pages import ConfigurationView
from app.contracts import contributions as contracts_contributions
from app.contracts.views import ContractView
from app.customers import contributions as customers_contributions
from app.customers.views import (
    ContactRuleView,
    CustomerView,
    DictionaryView,
    PoolRuleView,
    ProspectView,
    PublicView,
    RetainedView,
    SignedView,
)
from app.delivery import contributions as delivery_contributions
from app.delivery.views import WorkItemView
from app.exchange import contributions as exchange_contributions
from app.exchange.pages import ImportView
from app.finance import contributions as finance_contributions
from app.finance.views import MoneyAccountView, ReceiptView, ReceivableView, WaiverView
from app.org.explain_pages import ExplainView
from app.org.pages import AccountView
from app.org.role_pages import RoleView
from app.org.setting_pages import SettingView
from app.org.views import AuditView, CustomFieldView, DepartmentView, PersonView
from app.platform.screens.export_pages import ExportView
from app.platform.screens.file_pages import FileView
from app.platform.screens.frame_pages import HealthView, LocaleView
from app.platform.screens.shell import MenuGroup, MenuItem, QuickCreate
from app.reminders.views import ReminderRuleView, ReminderView
from app.reports.pages import ReportView
from app.workbench.pages import HomeView, SearchView, TaskView

# endpoint → view class; the endpoint is the first half of every url_for of that view.
VIEWS: dict[str, type[Any]] = {
    "health": HealthView,
    "locale": LocaleView,
    "file": FileView,
    "export": ExportView,
    "account": AccountView,
    "person": PersonView,
    "department": DepartmentView,
    "custom_field": CustomFieldView,
    "audit": AuditView,
    "role": RoleView,
    "explain": ExplainView,
    "setting": SettingView,
    "home": HomeView,
    "search": SearchView,
    "import_run": ImportView,
    "task": TaskView,
    "report": ReportView,
    "configuration": ConfigurationView,
    "reminder": ReminderView,
    "reminder_rule": ReminderRuleView,
    "approval": ApprovalView,
    "approval_rule": ApprovalRuleView,
    "business_type": BusinessTypeView,
    "price_tier": PriceTierView,
    "price_tier_version": PriceVersionView,
    "prospect": ProspectView,
    "signed_customer": SignedView,
    "retained_customer": RetainedView,
    "public_customer": PublicView,
    "customer": CustomerView,
    "dictionary_word": DictionaryView,
    "contact_rule": ContactRuleView,
    "pool_rule": PoolRuleView,
    "contract": ContractView,
    "receipt": ReceiptView,
    "receivable": ReceivableView,
    "waiver": WaiverView,
    "money_account": MoneyAccountView,
    "work_item": WorkItemView,
    "closing": ClosingView,
    "company": CompanyView,
    "library": LibraryView,
    "engagement": EngagementView,
    "service": ServiceView,
    "filing_month": FilingMonthView,
    "filing": FilingView,
    "filing_notice": NoticeView,
    "tax_kind": TaxKindView,
}

MENU: tuple[MenuGroup, ...] = (
    MenuGroup("", (MenuItem(_l("Workbench"), "house", "home.index"),)),
    MenuGroup(
        _l("Customers"),
        (
            MenuItem(
                _l("Prospect customers"),
                "user-plus",
                "prospect.index",
                ("can_list", "customer"),
                count_key="prospect",
            ),
            MenuItem(
                _l("Signed customers"),
                "handshake",
                "signed_customer.index",
                ("can_list", "customer"),
                count_key="signed",
            ),
            MenuItem(
                _l("Retained customers"),
                "building-user",
                "retained_customer.index",
                ("can_list", "customer"),
                count_key="retained",
            ),
            MenuItem(
                _l("Library companies"),
                "building",
                "library.index",
                ("can_list", "company"),
                count_key="library",
            ),
            MenuItem(
                _l("Bookkeeping customers"),
                "book",
                "engagement.index",
                ("can_list", "engagement"),
                count_key="bookkeeping",
            ),
            MenuItem(
                _l("Public customers"),
                "users",
                "public_customer.index",
                ("can_claim", "customer"),
                count_key="public",
            ),
        ),
    ),
    MenuGroup(
        _l("Business"),
        (
            MenuItem(_l("Sales contracts"), "file-signature", "contract.index", ("can_list", "contract")),
            MenuItem(
                _l("Work items"),
                "list-check",
                "work_item.index",
                ("can_list", "work_item"),
                count_key="work_item_open",
            ),
            MenuItem(_l("Closing check"), "clipboard-check", "closing.index", ("can_list", "closing")),
            MenuItem(
                _l("Waiting for my approval"),
                "stamp",
                "approval.index",
                ("can_approve", "contract"),
                count_key="approval",
            ),
        ),
    ),
    MenuGroup(
        _l("Finance"),
        (
            MenuItem(
                _l("Receipts"), "coins", "receipt.index", ("can_list", "receipt"), count_key="receipt_pending"
            ),
            MenuItem(
                _l("Receivables and arrears"),
                "scale-balanced",
                "receivable.index",
                ("can_list", "receivable"),
            ),
            MenuItem(_l("Waivers"), "hand-holding-dollar", "waiver.index", ("can_list", "waiver")),
            MenuItem(
                _l("Accounts and cash book"),
                "building-columns",
                "money_account.index",
                ("can_list", "money_account"),
            ),
        ),
    ),
    MenuGroup(
        _l("Bookkeeping"),
        (
            MenuItem(
                _l("Tax filings"),
                "table-cells",
                "filing_month.index",
                ("can_list", "filing"),
                count_key="filing_open",
            ),
            MenuItem(_l("Periodic services"), "rotate", "service.index", ("can_list", "engagement")),
        ),
    ),
    MenuGroup(_l("Analysis"), (MenuItem(_l("Reports"), "chart-column", "report.index"),)),
    MenuGroup(
        _l("Settings"),
        (
            MenuItem(_l("Price tiers"), "tags", "price_tier.index", ("can_list", "price_tier")),
            MenuItem(
                _l("Business types"), "layer-group", "business_type.index", ("can_add", "business_type")
            ),
            MenuItem(_l("Custom fields"), "table-list", "custom_field.index", ("can_list", "custom_field")),
            MenuItem(_l("Dictionaries"), "sliders", "dictionary_word.index", ("can_list", "dictionary_word")),
            MenuItem(
                _l("Contact rules"), "calendar-check", "contact_rule.index", ("can_list", "contact_rule")
            ),
            MenuItem(_l("Pool rule"), "recycle", "pool_rule.index", ("can_list", "pool_rule")),
            MenuItem(_l("Approval rules"), "stamp", "approval_rule.index", ("can_list", "approval_rule")),
            MenuItem(_l("Reminder rules"), "bell", "reminder_rule.index", ("can_list", "reminder_rule")),
            MenuItem(
                _l("Filing deadlines"), "calendar-day", "filing_notice.index", ("can_add", "filing_notice")
            ),
            MenuItem(_l("Tax kinds"), "percent", "tax_kind.index", ("can_edit", "tax_kind")),
            MenuItem(_l("Rules and parameters"), "gears", "setting.index", ("can_list", "setting")),
            MenuItem(_l("Roles and rights"), "user-shield", "role.index", ("can_list", "role")),
            MenuItem(_l("Why can't they"), "circle-question", "explain.index", ("can_explain", "role")),
            MenuItem(_l("People"), "users", "person.index", ("can_list", "person")),
            MenuItem(_l("Departments"), "sitemap", "department.index", ("can_list", "department")),
            MenuItem(
                _l("Configuration file"), "file-code", "configuration.index", ("can_export", "configuration")
            ),
            MenuItem(_l("Audit trail"), "clipboard-list", "audit.index", ("can_list", "audit")),
        ),
    ),
)

QUICK_CREATE: tuple[QuickCreate, ...] = (
    QuickCreate(_l("Prospect"), "user-plus", "customer.add", ("can_add", "customer"), "Y"),
    QuickCreate(_l("Contract"), "file-signature", "contract.add", ("can_add", "contract"), "H"),
    QuickCreate(_l("Receipt"), "coins", "receipt.add", ("can_add", "receipt"), "D"),
)


def plug_in(app: Flask) -> None:
    """Let every stage fill the slots of earlier screens."""
    customers_contributions.plug_in()
    companies_contributions.plug_in()
    bookkeeping_contributions.plug_in(app)
    contracts_contributions.plug_in()
    finance_contributions.plug_in()
    delivery_contributions.plug_in()
    closing_contributions.plug_in()
    exchange_contributions.plug_in()
