"""TABLE fact → reactions of later stages. Same transaction; an error in one undoes all."""

from __future__ import annotations

import app.bookkeeping.reactions as bookkeeping
import app.closing.reactions as closing
import app.delivery.reactions as delivery
from app.companies.events import CompanyChanged
from app.contracts.events import ContractActivated, ContractLineDone, ContractTerminated
from app.delivery.events import WorkItemCancelled, WorkItemFinished
from app.finance.events import AdvanceAllocated, ReceiptBooked, ReceiptReversed, ReceivableWaived
from app.finance.reactions import open_receivables_of
from app.platform.events import Fact, Reaction

REACTIONS: dict[type[Fact], tuple[Reaction, ...]] = {
    ContractActivated: (
        bookkeeping.name_companies_of,
        open_receivables_of,
        delivery.open_work,
        bookkeeping.start_services_of,
    ),
    ContractLineDone: (bookkeeping.tell_onboarded,),
    ContractTerminated: (
        delivery.cancel_work,
        bookkeeping.tell_terminated,
        closing.settle_after_termination,
    ),
    ReceiptBooked: (bookkeeping.follow_receipt,),
    AdvanceAllocated: (bookkeeping.follow_receipt,),
    ReceiptReversed: (bookkeeping.follow_receipt, closing.question_closings),
    ReceivableWaived: (bookkeeping.follow_waiver,),
    WorkItemFinished: (closing.follow_up,),
    WorkItemCancelled: (closing.settle_after_cancelling,),
    CompanyChanged: (bookkeeping.follow_register,),
}
