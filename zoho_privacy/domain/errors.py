"""The whole exception tree. Each branch says what the caller should do; texts hold ids, counts and reasons only.

ZohoPrivacyError
├── Retryable            try again later: hosts answer 503, events and effects are put back
│   ├── DeskBusy         Desk asked to slow down
│   │   └── CreditsLow   bulk work has come to the reserve of the day's credits
│   ├── DeskUnavailable  a read or an absolute write did not get through
│   ├── DeskUnauthorised Desk refused the access token after one refresh
│   ├── CrmUnavailable   the CRM did not answer, was too busy, or answered what nobody can read
│   ├── Ambiguous        a write may or may not have landed: read back, never send blindly again
│   ├── StoreUnavailable nothing is known to be written; the same call is safe to repeat
│   └── Conflict         somebody else wrote first: re-read and decide again
├── NeedsHuman           store it, raise an alarm
│   ├── DeskForbidden    scope, role, edition or organisation does not allow it
│   ├── CrmForbidden     scope, role or API version does not allow it in the CRM
│   └── Tampered         a stored chain or seal does not hold
└── Rejected             the input is wrong: hosts answer 4xx, nothing is repeated
    ├── NotFound         the id is gone or never was
    ├── DeskRejected     Desk refused the data
    ├── CrmRejected      the CRM refused the data
    ├── BadSignature     a webhook could not be authenticated
    ├── BadInput         a request, setting or file cannot be read
    └── NotAllowed       the state machine, the gate or the four-eyes rule forbids it
"""


class ZohoPrivacyError(Exception):
    """Base of every error this project raises on purpose."""


class Retryable(ZohoPrivacyError):  # noqa: N818  named for what the caller does
    """Try again later; nothing is lost. `retry_after_s` is a floor in seconds, None where nobody gave one."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(reason)


class DeskBusy(Retryable):
    """Zoho Desk asked us to slow down: wait `retry_after_s` seconds, or back off where it gave none."""


class CreditsLow(DeskBusy):
    """The day's credits are down to the reserve: bulk work stops here, what customers wait for goes on."""


class DeskUnavailable(Retryable):
    """Zoho Desk did not answer, or answered 5xx, to a call that is safe to repeat."""


class DeskUnauthorised(Retryable):
    """Zoho refused our token even after one refresh."""


class CrmUnavailable(Retryable):
    """The CRM did not answer, asked us to slow down, or answered what cannot be read: ask again."""


class Ambiguous(Retryable):
    """A write that must not be repeated blindly got no clear answer; look for its result first."""


class StoreUnavailable(Retryable):
    """The state store could not be reached or is locked; nothing is known to be written."""


class Conflict(Retryable):
    """A conditional write lost: the stored version was not the expected one. Re-read and decide again."""


class NeedsHuman(ZohoPrivacyError):  # noqa: N818
    """A person has to look; the work is stored and an alarm is raised."""


class DeskForbidden(NeedsHuman):
    """Scope, role, edition or organisation of our Desk access does not allow the call; `code` is Desk's errorCode."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(reason)


class CrmForbidden(NeedsHuman):
    """Scope, role or API version of our CRM access does not allow the call; `code` is the CRM's."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(reason)


class Tampered(NeedsHuman):
    """A hash chain or seal does not hold."""


class Rejected(ZohoPrivacyError):  # noqa: N818
    """The input is wrong; repeating it cannot help."""


class NotFound(Rejected):
    """The record is gone, merged away, or never existed."""


class DeskRejected(Rejected):
    """Desk refused the data; `code` is Desk's errorCode, `fields` the refused field pointers."""

    def __init__(self, code: str, *, status: int, fields: tuple[str, ...] = ()) -> None:
        self.code, self.status, self.fields = code, status, fields
        super().__init__(f"Zoho Desk refused the call: {code} ({status}) {' '.join(fields)}".rstrip())


class CrmRejected(Rejected):
    """The CRM refused the data; `code` is the CRM's."""

    def __init__(self, code: str, *, status: int) -> None:
        self.code, self.status = code, status
        super().__init__(f"the CRM refused the call: {code} ({status})")


class BadSignature(Rejected):
    """A webhook delivery could not be authenticated; the reason names the check that failed."""


class BadInput(Rejected):
    """A request body, setting or file cannot be read; the text says what to mend."""


class NotAllowed(Rejected):
    """The state machine, the gate or the four-eyes rule forbids the step; the text names the rule."""
