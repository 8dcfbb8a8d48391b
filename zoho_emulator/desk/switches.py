"""Behaviours of Zoho Desk that nobody here could establish: each has values, and the first is the default.

A test that passes with one value only is a finding. Source: the emulator page ("S:" marks) and the API reference's
"not established" lines. A number means "any number"; the ones listed are suggestions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Switch:
    name: str
    values: tuple[str, ...]
    meaning: str
    numeric: bool = False

    @property
    def default(self) -> str:
        return self.values[0]

    def accepts(self, value: str) -> bool:
        return value.isdigit() if self.numeric else value in self.values


def _s(name: str, values: str, meaning: str) -> Switch:
    return Switch(name, tuple(values.split("|")), meaning)


def _n(name: str, values: str, meaning: str) -> Switch:
    return Switch(name, tuple(values.split("|")), meaning, numeric=True)


SWITCHES: Final[Mapping[str, Switch]] = MappingProxyType(
    {
        switch.name: switch
        for switch in (
            _s("edition", "ENTERPRISE|PROFESSIONAL|STANDARD|EXPRESS|FREE", "edition of the portal"),
            _s("scope_check", "all|any", "whether all scopes listed for a route are needed, or any"),
            _n("search_from_ceiling", "999|4999", "largest `from` of a search"),
            _n("bin_delete_credits", "6|1", "credits per record of recycleBin/delete"),
            _s("attachment_href_host", "configured|zoho", "host in attachment links: this server or desk.zoho.*"),
            _s("token_throttle_status", "400|200", "status of the accounts server's 'Access Denied'"),
            _n("live_token_limit", "10|15", "access tokens of one refresh token that live at once"),
            _s("old_fields_route", "on|404", "whether GET /fields still exists"),
            _s("get_trashed_ticket", "200|404", "GET of a trashed ticket: the record with isTrashed, or 404"),
            _s("search_unknown_param", "422|ignored", "unknown search parameter, closedTimeRange for one"),
            _n("search_lag_seconds", "60|0|600", "time until search sees a write"),
            _s("search_trashed", "absent|present", "trashed records in search answers"),
            _s("archived_writes", "422|allowed", "writes on archived tickets"),
            _s("contact_tickets_secondary", "no|yes", "contacts/{id}/tickets lists secondary contacts' tickets"),
            _s("clear_with", "both|empty_string|null", 'which of "" and null clears a field (the other: no change)'),
            _s("patch_description_changes_thread", "no|yes", "PATCH of description rewrites the first thread"),
            _n("bin_delay_seconds", "0|30", "time until a trashed record appears in the recycle bin"),
            _s("ticket_delete_event", "on_trash|on_permanent", "when Ticket_Delete is sent"),
            _s("thread_plain_text", "200|422", "include=plainText on one thread"),
            _s("foreign_comment_edit", "allowed|403", "PATCH of another author's comment"),
            _s("comment_history_after_delete", "kept|gone", "comment history once the comment is deleted"),
            _s("thread_files_in_ticket_attachments", "no|yes", "files of threads in the ticket's attachments"),
            _s("tag_event", "none|Ticket_Update", "event on a tag change"),
            _s("activities_trashed_with_ticket", "no|yes", "tasks, calls, events go to the bin with the ticket"),
            _s("duplicate_contact_email", "422|allowed", "a second contact with one e-mail address"),
            _s("second_anonymize", "204|422", "anonymising a help-centre user twice"),
            _s("contact_delete_takes_tickets", "yes|no", "permanent deletion of a contact deletes its tickets"),
            _s("bin_id", "same|different", "the recycle bin's id is the record's own id"),
            _s("sar_entities_route", "404|on", "whether POST /subjectAccessRequests/entities exists"),
            _s("sar_erase_effect", "permanent|trash|blank|nothing", "what the native erase does to a record"),
            _s("sar_edition", "allowed|403", "whether the edition has subject access requests"),
            _s("sar_download", "web_session|opens", "downloadURL needs a web session (302), or the token opens it"),
            _s("sar_times", "epoch_ms|iso", "form of the times in subject access requests"),
            _n("sar_step_seconds", "30|0|600", "time a subject access request stays in one status"),
            _s("webhook_empty_filter", "422|accepted", "{} instead of null as an event's filter"),
            _s("webhook_ignore_source_id", "422|works", "ignoreSourceId on a subscription"),
            _s("webhook_validation", "get_first|head_first", "first request of the URL validation"),
            _s("webhook_validation_jwt", "absent|present", "whether validation requests carry the JWT"),
            _s("jwt_time_unit", "seconds|milliseconds", "unit of iat and exp"),
            _s(
                "jwt_clock",
                "portal|real",
                "clock that iat and exp follow: the portal's settable one, or this machine's",
            ),
            _s("opening_thread_event", "sent|absent", "a new ticket's first thread is a Ticket_Thread_Add as well"),
            _s("webhook_failure", "no_retry|retry|disable_after_3", "what follows a failed delivery"),
            _s("macro_events", "sent|only_with_include", "macro writes: always, or by includeEventsFrom only"),
            _s("macro_history_names_agent", "yes|no", "actorInfo of a macro's history names who ran it"),
            _s("macro_actor_info", "plain|property", "actorInfo as {id,name,type}, or wrapped as a property"),
            _s("history_property_names", "label|api_name", "propertyName in history: field label or API name"),
            _s("reply_moves_modified_time", "yes|no", "a customer's or agent's reply moves modifiedTime"),
            _s("customer_reply_reopens", "yes|no", "a customer's reply reopens a closed ticket"),
            _s("auto_acknowledge", "no|yes", "the portal's own 'ticket received' mail"),
            _n("reply_pending_seconds", "20|0|120", "time a reply stays PENDING without sendImmediately"),
            _s("reply_outcome", "sent|failed", "whether outgoing mail leaves or its thread turns FAILED"),
            _s("status_change", "allowed|blueprint|mandatory_field", "what refuses a change of status with 422"),
            _n("truncate_thread_at", "20000|200", "characters after which a thread's content is cut"),
        )
    }
)


class Switches:
    """The values in force. Unknown names and values are refused at once, so that a typing error cannot pass a test."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {name: switch.default for name, switch in SWITCHES.items()}
        self.change(values or {})

    def change(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            if name not in SWITCHES:
                raise ValueError(f"no switch is called {name}")
            if not SWITCHES[name].accepts(value):
                raise ValueError(f"switch {name} takes {' or '.join(SWITCHES[name].values)}")
        self._values.update(values)

    def reset(self, values: Mapping[str, str]) -> None:
        """Go back to the defaults and set *values*."""
        self._values = {name: switch.default for name, switch in SWITCHES.items()}
        self.change(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def number(self, name: str) -> int:
        return int(self._values[name])

    def all(self) -> dict[str, str]:
        return dict(self._values)
