"""Who is told of an erasure, a correction, a restriction or an opt-out, and must still confirm it. Pure.

The suite acts in Desk and reads back. Everybody else who holds the data is told (R-PROP-3, R-OPTOUT-3, R-CCPA-4), and
answers with a receipt, or is exempt for a reason that the register or a person states (R-PROP-4). A recipient without
either keeps the case open (R-PLAN-6).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from zoho_privacy.domain.coverage import SUITE
from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.domain.model import Case, Form, Kind, Receipt
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.domain.rules import Recipient, Rules, recipients_of

TEXT_CHARS: Final = 200


CORRECTED: Final = "corrected"
RESTRICTED: Final = "restricted"
SUPPRESSED: Final = "suppressed"
DONE: Final[Mapping[Kind, str]] = {
    Kind.CORRECTION: CORRECTED,
    Kind.RESTRICTION: RESTRICTED,
    Kind.OPT_OUT_SALE: SUPPRESSED,
    Kind.LIMIT_SENSITIVE: SUPPRESSED,
}
"""The outcome with which a case has something to tell; a refused or merely answered one has not."""
RECORD: Final = ("contact", "profession")
"""The categories that a correction of a person's record changes."""
NEEDS_REASON: Final = frozenset({Form.EXPIRES, Form.DISPROPORTIONATE})


def asked(rules: Rules) -> tuple[str, ...]:
    """Return the recipients whose receipt a case needs: they hold personal data, and somebody else acts there."""
    return tuple(key for key, entry in rules.recipients.items() if not _exempt(entry) and entry.acts != SUITE)


def told(rules: Rules, case: Case) -> tuple[str, ...]:
    """Return the recipients that a case tells, once it has done what it tells them; empty where it tells nobody."""
    if case.kind is Kind.DELETION:
        return asked(rules) if case.plan_hash else ()
    if case.outcome != DONE.get(case.kind):
        return ()
    holders = recipients_of(rules, RECORD) if case.kind is Kind.CORRECTION else rules.recipients
    return tuple(key for key in asked(rules) if key in holders)


def outstanding(rules: Rules, case: Case, receipts: Iterable[Receipt]) -> tuple[str, ...]:
    """Return the recipients that a case has told and that have not answered."""
    answered = {receipt.recipient for receipt in receipts}
    return tuple(key for key in told(rules, case) if key not in answered)


def checked(rules: Rules, receipt: Receipt, *, instead: bool = False) -> Receipt:
    """Return a receipt that may be recorded. `instead` lets another role answer than the register names.

    Raises:
        BadInput: The recipient is unknown or asked for nothing, a reason or reference is missing, or a text holds
            personal data.
        NotAllowed: The role is not the one that acts there.
    """
    entry = rules.recipients.get(receipt.recipient)
    if entry is None or receipt.recipient not in asked(rules):
        raise BadInput(f"no receipt is asked of {receipt.recipient!r}: one of {', '.join(asked(rules))}")
    if receipt.form in NEEDS_REASON and not receipt.reason.strip():
        raise BadInput(f"{receipt.form} needs a reason")
    if receipt.form is Form.RECEIPT and not receipt.reference.strip():
        raise BadInput(f"a receipt needs a reference: where is the {entry.receipt}, or what else shows it?")
    for text in (receipt.reference, receipt.reason, receipt.by):
        if len(text) > TEXT_CHARS or find_personal_data(text):
            raise BadInput(f"reference, reason and role are short (up to {TEXT_CHARS} characters) and name no person")
    if receipt.by != entry.acts and not instead:
        raise NotAllowed(f"{entry.name}: the register says that the {entry.acts} acts there")
    return receipt


def _exempt(entry: Recipient) -> bool:
    return not entry.personal_data or entry.expires_days > 0
