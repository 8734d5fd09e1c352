"""platform: which custom field a file fills"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("field", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stored_file") as batch_op:
        batch_op.drop_column("field")
