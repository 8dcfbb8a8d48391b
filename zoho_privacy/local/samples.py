"""Invented values for every letter, as `rules/letters/README.md` names them: for the preview and for tests.

Nobody here exists. Ids that a letter looks up (categories, recipients) are the shipped ones.
"""

from datetime import date
from typing import Any, Final

from zoho_privacy.domain.model import ActionType, Kind
from zoho_privacy.domain.rules import Remedies, Rules, Supervisor, know_report

DAY: Final = date(2025, 3, 14)
REFERENCE: Final = "5127-1a2b3c4d"
DAYS: Final = (
    "answer_by",
    "done_on",
    "expires_on",
    "live_gone_on",
    "backups_by",
    "record_until",
    "forward_by",
    "look_by",
    "old_due",
    "new_due",
    "ends_on",
    "since",
    "as_of",
    "received_on",
)


def values(rules: Rules, **others: Any) -> dict[str, Any]:
    """Return a value for every name that a letter may ask for; `others` replace some."""
    return {
        "reference": REFERENCE,
        "kinds": list(Kind),
        "no_proof": [Kind.OPT_OUT_SALE],
        "code": "k7m2q-9xw4d",
        "link": "https://privacy.example.com/verify/abc",
        "key": "3v5k0-32jdw-7fhz6-zkenn",
        "minutes": 60,
        "program": "7-Zip",
        "further": False,
        "partial": False,
        "copied": True,
        "key_follows": True,
        "more_available": True,
        "expires_hours": 72,
        "masked": False,
        "gone": {action: number for number, action in enumerate(ActionType, start=1)},
        "remains": [
            {"what": "security_telemetry", "where": "Cloudflare", "reason": "security", "until": DAY},
            {"what": "tickets", "where": "Zoho Desk", "reason": "claims", "until": None},
        ],
        "changes": [{"field": "phone", "before": "+…42", "after": "+…99"}],
        "ledger_head": "19:ab12",
        "reason": "We are still searching.",
        "ground": "Article 17(3)",
        "client": "Harbour Clinic",
        "contract": "MSA-12",
        "person": "ada.moss@example.com",
        "question": "Which of your two addresses is the right one?",
        "body": "First part.\n\nSecond part.",
        "rows": know_report(rules),
        "recipients": list(rules.recipients.values()),
        "remedies": Remedies(Supervisor("An Authority", "https://authority.example.org/"), court=True, appeal_days=45),
        **dict.fromkeys(DAYS, DAY),
        **others,
    }
