"""platform: custom fields, field rights, saved views, forms that were sent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXTENDABLE = (
    "business_type",
    "customer",
    "company",
    "contract",
    "receipt",
    "work_item",
    "periodic_service",
)


def upgrade() -> None:
    op.create_table(
        "custom_field",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("preset", sa.String(length=200), nullable=False),
        sa.Column("help", sa.String(length=200), nullable=False),
        sa.Column("visible_to", JSON, nullable=False),
        sa.Column("editable_by", JSON, nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'long', 'number', 'money', 'date', 'choice', 'choices', 'person', 'file')",
            name="ck_custom_field_kind",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entity", "name", name="uq_custom_field_name"),
        sa.UniqueConstraint("entity", "label", name="uq_custom_field_label"),
    )
    op.create_index("ix_custom_field_entity", "custom_field", ["entity", "position", "id"])
    op.create_table(
        "field_right",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.CheckConstraint(
            "level IN ('hidden', 'masked', 'revealable', 'read_only')", name="ck_field_right_level"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("role_id", "entity", "field", name="uq_field_right_role"),
    )
    op.create_table(
        "saved_view",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.CheckConstraint("audience IN ('private', 'role', 'everybody')", name="ck_saved_view_audience"),
        sa.CheckConstraint("(audience = 'role') = (role_id IS NOT NULL)", name="ck_saved_view_role"),
        sa.ForeignKeyConstraint(["person_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entity", "person_id", "name", name="uq_saved_view_name"),
    )
    op.create_index("ix_saved_view_entity", "saved_view", ["entity", "position", "id"])
    op.create_table(
        "sent_form",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_sent_form_at", "sent_form", ["at"])
    for table in EXTENDABLE:
        op.add_column(table, sa.Column("extra", JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    for table in reversed(EXTENDABLE):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("extra")
    for table in ("sent_form", "saved_view", "field_right", "custom_field"):
        op.drop_table(table)
