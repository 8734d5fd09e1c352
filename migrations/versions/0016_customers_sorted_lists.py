"""customers: indexes for the lists of one stage in each of their orders"""

from alembic import op

revision = "0016"
down_revision = "0015"

INDEXES = {
    "ix_customer_stage_name": ["stage", "name", "id"],
    "ix_customer_stage_level": ["stage", "level", "id"],
    "ix_customer_stage_next_contact": ["stage", "next_contact_on", "id"],
    "ix_customer_stage_last_contact": ["stage", "last_contact_at", "id"],
    "ix_customer_stage_signed": ["stage", "signed_at", "id"],
    "ix_customer_retained": ["retained_at", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "customer", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "customer")
