"""Who must still say that a person's data is gone with them (R-PROP-3, R-PROP-4). Pure.

The suite erases in Desk and reads back. Everybody else who holds the data is told, and answers with a receipt, or is
exempt for a reason that the register or a person states. A recipient without either keeps the case open (R-PLAN-6).
"""

from collections.abc import Iterable
from typing import Final

from zoho_privacy.domain.coverage import SUITE
from zoho_privacy.domain.errors import BadInput, NotAllowed
from zoho_privacy.domain.model import Form, Receipt
from zoho_privacy.domain.redact import find_personal_data
from zoho_privacy.domain.rules import Recipient, Rules

TEXT_CHARS: Final = 200


NEEDS_REASON: Final = frozenset({Form.EXPIRES, Form.DISPROPORTIONATE})


def asked(rules: Rules) -> tuple[str, ...]:
    """Return the recipients whose receipt a case needs: they hold personal data, and somebody else acts there."""
    return tuple(key for key, entry in rules.recipients.items() if not _exempt(entry) and entry.acts != SUITE)


def outstanding(rules: Rules, receipts: Iterable[Receipt]) -> tuple[str, ...]:
    """Return the recipients that have not answered."""
    answered = {receipt.recipient for receipt in receipts}
    return tuple(key for key in asked(rules) if key not in answered)


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
        raise BadInput(f"a receipt needs a reference: where is the {entry.receipt}?")
    for text in (receipt.reference, receipt.reason, receipt.by):
        if len(text) > TEXT_CHARS or find_personal_data(text):
            raise BadInput(f"reference, reason and role are short (up to {TEXT_CHARS} characters) and name no person")
    if receipt.by != entry.acts and not instead:
        raise NotAllowed(f"{entry.name}: the register says that the {entry.acts} acts there")
    return receipt


def _exempt(entry: Recipient) -> bool:
    return not entry.personal_data or entry.expires_days > 0
