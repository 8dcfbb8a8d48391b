"""What is known of one portal's undocumented behaviour, and what the suite assumes where nothing is known. Pure.

`QUESTIONS` lists every doubt by the name that profile files, and emulators that load them, use. A `Finding` is what an
experiment on the portal gave; `Profile` is one portal's findings; `Behaviour` is the part that the suite obeys, each
with the cautious value where the portal was not asked. Reading and writing files is `adapters/profile_file.py`'s.
Sources: Zoho Desk API guide, webhook guide and OpenAPI files, by what they leave out (docs/portal-profile.md).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput

SCHEMA: Final = 1
OLD_AFTER: Final = timedelta(days=180)
SEARCH_ROOM: Final = 99  # matches left unused below Desk's last offset, so that a search never touches it
CAUTIOUS_CEILING: Final = 900
CAUTIOUS_OVERLAP: Final = timedelta(minutes=30)
CAUTIOUS_BIN_PATIENCE: Final = timedelta(hours=1)
CAUTIOUS_READ_BACK: Final = timedelta(minutes=5)
_NUMBER: Final = re.compile(r"[0-9]{1,9}\Z")
_TEMPLATE: Final = re.compile(r"[A-Z]+ [A-Za-z0-9/{}._?&=$,-]{1,160}\Z")


class State(StrEnum):
    """How sure an answer is."""

    FOUND = "found"
    MORE_THAN = "more than"
    UNCLEAR = "unclear"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Question:
    """One doubt. `values` are the answers there may be, none: any text; `numeric` answers are whole numbers.

    `obeyed` tells that the answer changes what the suite, or an emulator, does: it goes into the table `behaviour`.
    `step` is the consent under which the probe looks.
    """

    name: str
    step: str
    text: str
    values: tuple[str, ...] = ()
    numeric: bool = False
    obeyed: bool = True

    def accepts(self, value: str) -> bool:
        """Tell whether a value may be the answer."""
        if self.numeric:
            return bool(_NUMBER.match(value))
        return not self.values or value in self.values


def _q(name: str, step: str, values: str, text: str) -> Question:
    return Question(name, step, text, tuple(values.split("|")))


def _n(name: str, step: str, text: str) -> Question:
    return Question(name, step, text, numeric=True)


def _told(name: str, step: str, text: str, values: str = "") -> Question:
    return Question(name, step, text, tuple(values.split("|")) if values else (), obeyed=False)


QUESTIONS: Final[Mapping[str, Question]] = MappingProxyType(
    {
        each.name: each
        for each in (
            _q("edition", "read", "ENTERPRISE|PROFESSIONAL|STANDARD|EXPRESS|FREE", "edition of the portal"),
            _q("old_fields_route", "read", "on|404", "does GET /fields still exist"),
            _q("search_unknown_param", "read", "422|ignored", "is an unknown search parameter refused"),
            _n("search_from_ceiling", "read", "largest `from` of a search"),
            _q("sar_edition", "read", "allowed|403", "does the edition have subject access requests"),
            _q("sar_entities_route", "read", "404|on", "does POST /subjectAccessRequests/entities exist"),
            _q("empty_list", "read", "204|200", "how an empty list is answered"),
            _n("default_from", "read", "first place of a list"),
            _q("depth_credits", "read", "guide|second_hand", "steps of a list's price by depth"),
            _told("permissions", "read", "which permissions and scopes the calls of the probe lacked"),
            _q("clear_with", "records", "both|empty_string|null", 'which of "" and null clears a field'),
            _q("patch_description_changes_thread", "records", "no|yes", "does PATCH of description change the thread"),
            _q("history_keeps_description", "records", "yes|no", "does history keep the overwritten description"),
            _q("history_property_names", "records", "label|api_name", "how history calls a field"),
            _q("comment_history_after_delete", "records", "kept|gone", "does a comment's history outlive it"),
            _q("thread_plain_text", "records", "200|422", "is include=plainText accepted on a thread"),
            _n("truncate_thread_at", "records", "characters after which a thread's content is cut"),
            _q("status_change", "records", "allowed|blueprint|mandatory_field", "what refuses a change of status"),
            _q("duplicate_contact_email", "records", "422|allowed", "may two contacts have one address"),
            _q("four_byte_text", "records", "accepted|422", "emoji and other 4-byte characters in texts"),
            _q("singular_department", "records", "ignored|works", "departmentId on GET /tickets"),
            _q("contact_tickets_department", "records", "optional|required", "departmentId on a contact's list"),
            _n("mass_limit", "records", "most ids in one mass call"),
            _q("contact_tickets_secondary", "records", "no|yes", "does a contact's list show secondary tickets"),
            _q("attachment_href_host", "records", "configured|zoho", "host in the links of files"),
            _n("search_lag_seconds", "records", "time until search sees a new ticket"),
            _q("get_spam_ticket", "spam", "200|404", "GET of a spam ticket"),
            _q("search_spam", "spam", "present|absent", "are spam tickets found by search"),
            _q("get_merged_ticket", "merge", "404|target", "GET of a ticket that was merged away"),
            _q("get_trashed_ticket", "bin", "200|404", "GET of a trashed ticket"),
            _n("bin_delay_seconds", "bin", "time until a trashed record appears in the bin"),
            _q("bin_id", "bin", "same|different", "is the bin's id the record's own"),
            _n("bin_delete_credits", "bin", "credits per record of recycleBin/delete"),
            _q("get_purged_ticket", "bin", "404|tombstone", "GET of a permanently deleted ticket"),
            _q("purge_takes_children", "bin", "all|not_files|not_history", "what of a ticket is gone with it"),
            _q("search_trashed", "bin", "absent|present", "are trashed tickets found by search"),
            _q("activities_trashed_with_ticket", "bin", "no|yes", "do tasks go to the bin with the ticket"),
            _q("contact_delete_takes_tickets", "contact", "yes|no", "does deleting a contact delete its tickets"),
            _q("second_anonymize", "help-centre", "204|422", "may a help-centre user be anonymised twice"),
            _q("sar_erase_effect", "erase", "permanent|trash|blank|nothing", "what the native erase does to a ticket"),
            _q("sar_erase_contact", "erase", "same|permanent|trash|blank|nothing", "the same for a contact"),
            _n("sar_credits", "erase", "credits of a native erase"),
            _q("sar_times", "erase", "epoch_ms|iso", "form of the times of subject access requests"),
            _n("sar_step_seconds", "erase", "time a subject access request stays in one status"),
            _q("sar_download", "erase", "web_session|opens", "does the token open the download"),
            _n("reply_pending_seconds", "mail", "time a reply stays PENDING without sendImmediately"),
            _q("reply_outcome", "mail", "sent|failed", "does mail leave, or does its thread turn FAILED"),
            _q("reply_immediately", "mail", "SUCCESS|PENDING", "status of a reply with sendImmediately=true"),
            _q("reply_signature", "mail", "no|yes", "is a signature put under a reply"),
            _q("reply_quote", "mail", "no|yes", "is the earlier mail quoted under a reply"),
            _q("reply_sender", "mail", "address|agent|portal", "display name of a reply's sender"),
            _n("reply_credits", "mail", "credits of sendReply"),
            _q("reply_moves_modified_time", "mail", "yes|no", "does a reply move modifiedTime"),
            _q("thread_files_in_ticket_attachments", "mail", "no|yes", "are files of threads listed with the ticket's"),
            _q("thread_files_deletable", "mail", "yes|no", "can a listed file of a thread be deleted"),
            _q("webhook_validation", "webhooks", "get_first|head_first", "first request of the URL's validation"),
            _q("webhook_validation_jwt", "webhooks", "absent|present", "do validation requests carry the JWT"),
            _q("webhook_header", "webhooks", "X-ZDesk-JWT|x-zdesk-jwt|X-Zoho-JWT", "header of the JWT"),
            _n("webhook_batch", "webhooks", "most events seen in one delivery"),
            _q("jwt_time_unit", "webhooks", "seconds|milliseconds", "unit of iat and exp"),
            _q("jwt_clock", "webhooks", "portal|real", "clock that iat and exp follow (an emulator's only)"),
            _q("webhook_empty_filter", "webhooks", "422|accepted", "is {} accepted as an event's filter"),
            _q("webhook_custom_field", "webhooks", "accepted|422", "are custom fields accepted in `fields`"),
            _q("webhook_ignore_source_id", "webhooks", "422|works", "ignoreSourceId on a subscription"),
            _q("webhook_source_header", "webhooks", "yes|no", "does the header sourceId silence our own events"),
            _n("webhook_duplicates", "webhooks", "further copies of each delivery"),
            _q("ticket_add_first_thread", "webhooks", "yes|no", "does Ticket_Add carry the first thread"),
            _q("delete_event_payload", "webhooks", "id|record", "what Ticket_Delete carries"),
            _q("webhook_jwks", "webhooks", "up|slow|down", "how the key set answers"),
            _q("opening_thread_event", "webhooks", "sent|absent", "is the first thread a Ticket_Thread_Add as well"),
            _q("tag_event", "webhooks", "none|Ticket_Update", "event on a change of tags"),
            _q("ticket_delete_event", "webhooks", "on_trash|on_permanent", "when Ticket_Delete is sent"),
            _q("webhook_failure", "webhooks", "no_retry|retry|disable_after_3", "what follows a failed delivery"),
            _q("macro_events", "macro", "sent|only_with_include", "do a macro's changes cause events"),
            _q("macro_history_names_agent", "macro", "yes|no", "does a macro's history name who ran it"),
            _q("macro_actor_info", "macro", "plain|property", "form of actorInfo in history"),
            _q("customer_reply_reopens", "customer", "yes|no", "does a customer's reply reopen a closed ticket"),
            _q("archived_writes", "archive", "422|allowed", "writes on an archived ticket"),
            _q("get_archived_ticket", "archive", "200|404", "GET of an archived ticket"),
            _q("search_archived", "archive", "absent|present", "are archived tickets found by search"),
            _q("contact_tickets_archived", "archive", "no|yes", "does a contact's list show archived tickets"),
            _q("scope_check", "second-agent", "all|any", "are all listed scopes needed, or any"),
            _q("foreign_comment_edit", "second-agent", "allowed|403", "PATCH of another author's comment"),
            _q("token_throttle_status", "tokens", "400|200", "status of the accounts server's refusal"),
            _n("live_token_limit", "tokens", "access tokens of one refresh token that live at once"),
            _q("auto_acknowledge", "eyes", "no|yes", "the portal's own 'ticket received' mail"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer rests on: a call without ids, its status, what was compared. Nobody's data."""

    call: str
    status: str
    compared: str = ""

    def __str__(self) -> str:
        return f"{self.call} -> {self.status}" + (f": {self.compared}" if self.compared else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `value` is empty where there is none, `says` is for people."""

    name: str
    state: State
    value: str = ""
    says: str = ""
    evidence: tuple[Evidence, ...] = ()
    at: datetime | None = None

    @property
    def known(self) -> bool:
        """Tell whether the answer is certain."""
        return self.state is State.FOUND

    def shown(self) -> str:
        """Return the answer in a few words."""
        if self.state is State.MORE_THAN:
            return f"more than {self.value}"
        return self.value if self.known else self.state.value


@dataclass(frozen=True, slots=True)
class Profile:
    """What one portal was found to do, and when."""

    org: str
    data_centre: str
    suite: str
    probed: datetime
    run: str
    findings: Mapping[str, Finding] = field(default_factory=dict)
    behaviour: Mapping[str, str] = field(default_factory=dict)

    def old(self, now: datetime) -> bool:
        """Tell whether Zoho has had half a year to change something since."""
        return now - self.probed > OLD_AFTER


def profile(
    findings: Iterable[Finding], *, org: str, data_centre: str, suite: str, probed: datetime, run: str
) -> Profile:
    """Return the profile that findings make; only what is certain, and matters, becomes behaviour."""
    by_name = {each.name: each for each in findings}
    known = {
        n: f.value for n, f in by_name.items() if f.known and QUESTIONS[n].obeyed and QUESTIONS[n].accepts(f.value)
    }
    return Profile(org, data_centre, suite, probed, run, by_name, known)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the suite assumes of a portal: what was found there, else the cautious value."""

    known: Mapping[str, str] = field(default_factory=dict)

    def _number(self, name: str) -> int | None:
        return int(self.known[name]) if name in self.known else None

    def value(self, name: str) -> str | None:
        """Return what was found, None where the portal was not asked."""
        return self.known.get(name)

    @property
    def clear_with(self) -> str:
        """Which empty value clears a field; `both` tries one and then the other."""
        return self.known.get("clear_with", "both")

    @property
    def search_ceiling(self) -> int:
        """How many matches a search may walk through, in hundreds, below Desk's last offset."""
        last = self._number("search_from_ceiling")
        return CAUTIOUS_CEILING if last is None else max(100, min((last - SEARCH_ROOM) // 100 * 100, 4900))

    @property
    def sweep_overlap(self) -> timedelta:
        """How far sweeps look back behind their mark: more than the index lags."""
        lag = self._number("search_lag_seconds")
        return CAUTIOUS_OVERLAP if lag is None else max(timedelta(minutes=10), 3 * timedelta(seconds=lag))

    @property
    def bin_patience(self) -> timedelta:
        """How long a trashed record is looked for in the bin under its own id before it is declared to stay there."""
        if self.known.get("bin_id") == "different":
            return timedelta(0)
        delay = self._number("bin_delay_seconds")
        return CAUTIOUS_BIN_PATIENCE if delay is None else max(timedelta(minutes=10), 4 * timedelta(seconds=delay))

    @property
    def bin_pause_s(self) -> float:
        """Seconds between two looks into the bin."""
        delay = self._number("bin_delay_seconds")
        return 30.0 if delay is None else float(min(max(delay, 5), 300))

    @property
    def read_back_after(self) -> timedelta:
        """How long after an erasure the search is asked again whether it still finds anything."""
        lag = self._number("search_lag_seconds")
        return CAUTIOUS_READ_BACK if lag is None else max(CAUTIOUS_READ_BACK, timedelta(seconds=lag + 30))

    @property
    def archived_refuses(self) -> bool:
        """Tell whether it is known that Desk refuses writes on archived tickets, so that nobody needs to try."""
        return self.known.get("archived_writes") == "422"

    @property
    def older_fields(self) -> bool:
        """Tell whether the older way to read fields may be tried."""
        return self.known.get("old_fields_route") != "404"

    @property
    def jwt_unit(self) -> str | None:
        """The unit that signatures' times must have, None where both are accepted."""
        return self.known.get("jwt_time_unit")

    @property
    def contact_takes_tickets(self) -> bool:
        """Tell whether deleting a contact for good must be thought to delete its tickets."""
        return self.known.get("contact_delete_takes_tickets") != "no"


CAUTIOUS: Final = Behaviour()


def read(document: Mapping[str, Any]) -> Profile:
    """Return the profile that a decoded file holds.

    Raises:
        BadInput: The text lists every mistake, one a line, and shows no value.
    """
    mistakes: list[str] = []
    schema = document.get("schema")
    if schema != SCHEMA:
        mistakes.append(f"schema: must be {SCHEMA}")
    unknown = sorted(set(document) - {"schema", "portal", "behaviour", "findings"})
    mistakes += [f"{name}: there is no such table" for name in unknown]
    head = _head(document.get("portal"), mistakes)
    behaviour = _behaviour(document.get("behaviour", {}), mistakes)
    findings = _findings(document.get("findings", {}), mistakes)
    for name, value in behaviour.items():
        told = findings.get(name)
        if told is not None and (not told.known or told.value != value):
            mistakes.append(f"behaviour.{name}: does not say what findings.{name} says")
    if mistakes:
        raise BadInput("\n".join(["The portal profile cannot be used:", *(f"- {each}" for each in mistakes)]))
    return Profile(**head, findings=findings, behaviour=behaviour)


def _head(table: Any, mistakes: list[str]) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        mistakes.append("portal: the table is missing")
        return {}
    names = ("org", "data_centre", "suite", "run")
    mistakes += [f"portal.{name}: there is no such entry" for name in sorted(set(table) - {*names, "probed"})]
    for name in names:
        if not isinstance(table.get(name), str) or not table[name]:
            mistakes.append(f"portal.{name}: must be a text")
    if not str(table.get("org", "0")).isdigit():
        mistakes.append("portal.org: must be digits")
    probed = table.get("probed")
    if not isinstance(probed, datetime) or probed.tzinfo is None:
        mistakes.append("portal.probed: must be a time with a zone")
        return {}
    return {**{name: str(table.get(name)) for name in names}, "probed": probed.astimezone(UTC)}


def _behaviour(table: Any, mistakes: list[str]) -> dict[str, str]:
    if not isinstance(table, Mapping):
        mistakes.append("behaviour: must be a table")
        return {}
    for name, value in table.items():
        question = QUESTIONS.get(name)
        if question is None or not question.obeyed:
            mistakes.append(f"behaviour.{name}: nothing is called that")
        elif not isinstance(value, str) or not question.accepts(value):
            allowed = "a whole number in quotes" if question.numeric else " or ".join(question.values)
            mistakes.append(f"behaviour.{name}: must be {allowed}")
    return {str(name): str(value) for name, value in table.items()}


def _findings(table: Any, mistakes: list[str]) -> dict[str, Finding]:
    if not isinstance(table, Mapping):
        mistakes.append("findings: must be a table")
        return {}
    found: dict[str, Finding] = {}
    for name, row in table.items():
        if name not in QUESTIONS:
            mistakes.append(f"findings.{name}: nothing is called that")
        elif not isinstance(row, Mapping):
            mistakes.append(f"findings.{name}: must be a table")
        elif finding := _finding(str(name), row, mistakes):
            found[finding.name] = finding
    return found


def _finding(name: str, row: Mapping[str, Any], mistakes: list[str]) -> Finding | None:
    state, value, says, at = str(row.get("state")), row.get("value", ""), row.get("says", ""), row.get("at")
    evidence = row.get("evidence", [])
    wrong = []
    if state not in set(State):
        wrong.append(f"state: must be {', '.join(State)}")
    if not isinstance(value, str) or (state == State.FOUND and not QUESTIONS[name].accepts(value)):
        wrong.append("value: cannot be the answer")
    if not isinstance(says, str):
        wrong.append("says: must be a text")
    if at is not None and not isinstance(at, datetime):
        wrong.append("at: must be a time")
    if not _is_evidence(evidence):
        wrong.append("evidence: must be a list of tables with call, status and compared")
    wrong += [
        f"{each}: there is no such entry" for each in sorted(set(row) - {"state", "value", "says", "at", "evidence"})
    ]
    mistakes += [f"findings.{name}.{each}" for each in wrong]
    if wrong:
        return None
    kept = tuple(Evidence(each["call"], each["status"], each.get("compared", "")) for each in evidence)
    return Finding(name, State(state), value, says, kept, at)


def _is_evidence(value: Any) -> bool:
    return isinstance(value, Sequence) and all(
        isinstance(each, Mapping)
        and set(each) <= {"call", "status", "compared"}
        and all(isinstance(each.get(name, ""), str) for name in ("call", "status", "compared"))
        and _TEMPLATE.match(str(each.get("call", "")))
        for each in value
    )
