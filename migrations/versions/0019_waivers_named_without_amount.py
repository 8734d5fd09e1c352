"""approvals: a waiver waits under the number of its contract; its amount is a field some roles may not see"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute(
        """
        UPDATE approval_request SET title = '合同 ' || (
            SELECT coalesce(contract.number, '') FROM waiver
            JOIN receivable ON receivable.id = waiver.receivable_id
            JOIN contract ON contract.id = receivable.contract_id
            WHERE waiver.id = approval_request.subject_id
        ) || ' 的减免'
        WHERE subject = 'waiver'
          AND EXISTS (SELECT 1 FROM waiver WHERE waiver.id = approval_request.subject_id)
        """
    )


def downgrade() -> None:
    """The titles of before named the amount; what they are called now tells as well which waiver it is."""
