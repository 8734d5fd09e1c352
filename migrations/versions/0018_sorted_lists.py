"""contracts, receipts, work items, companies: indexes for their lists in each of their usual orders"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

INDEXES = {
    "contract": {
        "ix_contract_signed": ["signed_on", "id"],
        "ix_contract_ends": ["ends_on", "id"],
        "ix_contract_state_signed": ["state", "signed_on", "id"],
        "ix_contract_state_ends": ["state", "ends_on", "id"],
    },
    "receipt": {
        "ix_receipt_author": ["author_id", "id"],
        "ix_receipt_received": ["received_on", "id"],
        "ix_receipt_state_received": ["state", "received_on", "id"],
        "ix_receipt_state_booked": ["state", "booked_at", "id"],
    },
    "work_item": {
        "ix_work_item_opened": ["opened_at", "id"],
        "ix_work_item_finished": ["finished_at", "id"],
        "ix_work_item_state_promised": ["state", "promised_on", "id"],
    },
    "company": {
        "ix_company_founded": ["founded_on", "id"],
        "ix_company_district": ["district", "id"],
    },
    # The filter asked most often; equal sources stand by id, the usual order of the list.
    "customer": {"ix_customer_stage_source": ["stage", "source", "id"]},
}


def upgrade() -> None:
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            op.create_index(name, table, columns)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite" and sa.inspect(connection).has_table("sqlite_stat1"):
        # Statistics that know nothing of a new index make it look better than every other.
        op.execute("ANALYZE")


def downgrade() -> None:
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(name, table)
