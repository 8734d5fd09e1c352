"""TABLE fact → reactions of later stages. Same transaction; an error in one undoes all."""

from __future__ import annotations

import app.bookkeeping.reactions as bookkeeping
import app.closing.reactions as closing
import app.delivery.reactions as delivery
import app.reminders.reactions as reminders
from app.approval.operations import RuleWithoutApprover, TurnCame, TurnEnded
from app.bookkeeping.events import EngagementHandedOver
from app.companies.events import CompanyChanged
from app.contracts.events import (
    ContractActivated,
    ContractEnding,
    ContractLineDone,
    ContractSentBack,
    ContractTerminated,
)
from app.customers.events import CustomerAssigned, FollowUpCommented, RecycleAnnounced
from app.delivery.events import MilestoneReached, WorkItemAssigned, WorkItemCancelled, WorkItemFinished
from app.finance.events import (
    AdvanceAllocated,
    ReceiptBooked,
    ReceiptEntered,
    ReceiptReversed,
    ReceivableWaived,
)
from app.finance.reactions import check_settlement_of, open_receivables_of
from app.platform.events import Fact, Reaction

REACTIONS: dict[type[Fact], tuple[Reaction, ...]] = {
    ContractActivated: (
        bookkeeping.name_companies_of,
        open_receivables_of,
        delivery.open_work,
        bookkeeping.start_services_of,
        closing.open_renewal,
    ),
    ContractLineDone: (bookkeeping.tell_onboarded,),
    ContractTerminated: (
        check_settlement_of,
        delivery.cancel_work,
        bookkeeping.tell_terminated,
        closing.settle_after_termination,
    ),
    TurnCame: (reminders.tell_approver,),
    TurnEnded: (reminders.close_notice_of_turn,),
    RuleWithoutApprover: (reminders.tell_administrators,),
    ContractSentBack: (reminders.tell_author,),
    ContractEnding: (reminders.tell_cashiers_of_end,),
    ReceiptEntered: (reminders.tell_cashiers,),
    WorkItemAssigned: (reminders.tell_handler,),
    MilestoneReached: (reminders.tell_salesperson,),
    CustomerAssigned: (reminders.tell_owners,),
    FollowUpCommented: (reminders.tell_commented,),
    RecycleAnnounced: (reminders.tell_of_recycling,),
    EngagementHandedOver: (reminders.tell_accountant,),
    ReceiptBooked: (bookkeeping.follow_receipt, closing.open_paid_renewals),
    AdvanceAllocated: (bookkeeping.follow_receipt, closing.open_paid_renewals),
    ReceiptReversed: (bookkeeping.follow_receipt, closing.question_closings),
    ReceivableWaived: (bookkeeping.follow_waiver, closing.open_waived_renewal),
    WorkItemFinished: (closing.follow_up,),
    WorkItemCancelled: (closing.follow_cancelling,),
    CompanyChanged: (bookkeeping.follow_register,),
}
