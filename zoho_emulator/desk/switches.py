"""Behaviours of Zoho Desk that nobody here could establish: each has values, and the first is the default.

A test that passes with one value only is a finding. Source: the emulator page ("S:" marks) and the API reference's
"not established" lines and open questions (section 21). A numeric switch takes any whole number; the values listed are
the default and suggestions. `switch_file.py` reads them from files.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


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
        return bool(_NUMBER.fullmatch(value)) if self.numeric else value in self.values


def _s(name: str, values: str, meaning: str) -> Switch:
    return Switch(name, tuple(values.split("|")), meaning)


def _n(name: str, values: str, meaning: str) -> Switch:
    return Switch(name, tuple(values.split("|")), meaning, numeric=True)


SWITCHES: Final[Mapping[str, Switch]] = MappingProxyType(
    {
        switch.name: switch
        for switch in (
            # portal, authorization, paging, price
            _s("edition", "ENTERPRISE|PROFESSIONAL|STANDARD|EXPRESS|FREE", "edition of the portal"),
            _s("scope_check", "all|any", "whether all scopes listed for a route are needed, or any"),
            _s("webhook_scope", "listed|webhooks|events|settings", "scope of the webhook calls: as published, or this"),
            _s("sar_permission", "needed|not_needed", "whether writing SAR calls need the recycle bin permission"),
            _n("search_from_ceiling", "999|4999", "largest `from` of a search"),
            _n("default_from", "0|1", "first place of a list; 1: places count from 1, as the guide says"),
            _n("mass_limit", "100|50|10", "most ids in one mass call"),
            _s("empty_list", "204|200", 'an empty list: 204 without a body, or 200 with "data": []'),
            _s("depth_credits", "guide|second_hand", "price of deep pages: 3/10/50/100, or 3/5/10/50/100"),
            _n("bin_delete_credits", "6|1", "credits per record of recycleBin/delete"),
            _n("reply_credits", "1|3", "credits of sendReply"),
            _n("sar_credits", "50|1", "credits of a POST to /subjectAccessRequests"),
            _s("four_byte_text", "accepted|422", "emoji and other four-byte characters in a JSON body"),
            _s("attachment_href_host", "configured|zoho", "host in attachment links: this server or desk.zoho.eu"),
            _s("token_throttle_status", "400|200", "status of the accounts server's 'Access Denied'"),
            _n("live_token_limit", "10|15|30", "access tokens of one refresh token that live at once"),
            _s("old_fields_route", "on|404", "whether GET /fields still exists"),
            # tickets and search
            _s("get_trashed_ticket", "200|404", "GET of a trashed ticket: the record with isTrashed, or 404"),
            _s("get_spam_ticket", "200|404", "GET of a spam ticket: the record with isSpam, or 404"),
            _s("get_archived_ticket", "200|404", "GET of an archived ticket: the record with isArchived, or 404"),
            _s("get_merged_ticket", "404|target", "GET of a ticket merged away: 404, or the one it went into"),
            _s("get_purged_ticket", "404|tombstone", "GET of a permanently deleted ticket: 404, or id and isDeleted"),
            _s("singular_department", "ignored|works", "departmentId on GET /tickets"),
            _s("search_unknown_param", "422|ignored", "unknown search parameter, closedTimeRange for one"),
            _n("search_lag_seconds", "60|0|600", "time until search sees a write"),
            _s("search_trashed", "absent|present", "trashed records in search answers"),
            _s("search_spam", "present|absent", "spam tickets in search answers"),
            _s("search_archived", "absent|present", "archived tickets in search answers"),
            _s("archived_writes", "422|allowed", "writes on archived tickets"),
            _s("contact_tickets_secondary", "no|yes", "contacts/{id}/tickets lists secondary contacts' tickets"),
            _s("contact_tickets_archived", "no|yes", "contacts/{id}/tickets lists archived tickets"),
            _s("contact_tickets_department", "optional|required", "departmentId on contacts/{id}/tickets"),
            _s("clear_with", "both|empty_string|null", 'which of "" and null clears a field (the other: no change)'),
            _s("patch_description_changes_thread", "no|yes", "PATCH of description rewrites the first thread"),
            _s("status_change", "allowed|blueprint|mandatory_field", "what refuses a change of status with 422"),
            _s("history_property_names", "label|api_name", "propertyName in history: field label or API name"),
            _s("history_keeps_description", "yes|no", "history tells what a description was before a PATCH"),
            _s("tag_event", "none|Ticket_Update", "event on a tag change"),
            _s("macro_events", "sent|only_with_include", "macro writes: always, or by includeEventsFrom only"),
            _s("macro_history_names_agent", "yes|no", "actorInfo of a macro's history names who ran it"),
            _s("macro_actor_info", "plain|property", "actorInfo as {id,name,type}, or wrapped as a property"),
            # threads, replies, comments, files
            _s("thread_plain_text", "200|422", "include=plainText on one thread"),
            _n("truncate_thread_at", "20000|200", "characters after which a thread's content is cut"),
            _s("reply_moves_modified_time", "yes|no", "a customer's or agent's reply moves modifiedTime"),
            _s("customer_reply_reopens", "yes|no", "a customer's reply reopens a closed ticket"),
            _s("auto_acknowledge", "no|yes", "the portal's own 'ticket received' mail"),
            _n("reply_pending_seconds", "20|0|120", "time a reply stays PENDING without sendImmediately"),
            _s("reply_immediately", "SUCCESS|PENDING", "status that sendReply answers with sendImmediately=true"),
            _s("reply_outcome", "sent|failed", "whether outgoing mail leaves or its thread turns FAILED"),
            _s("reply_signature", "no|yes", "the agent's signature is put under a reply"),
            _s("reply_quote", "no|yes", "the mail that is answered is quoted under a reply"),
            _s("reply_subject_mark", "yes|no", "[## 101 ##] in the subject of a reply that leaves"),
            _s("reply_sender", "address|agent|portal", "who appears as sender of a reply: bare address, agent, portal"),
            _s("foreign_comment_edit", "allowed|403", "PATCH of another author's comment"),
            _s("comment_history_after_delete", "kept|gone", "comment history once the comment is deleted"),
            _s("thread_files_in_ticket_attachments", "no|yes", "files of threads in the ticket's attachments"),
            _s("thread_files_deletable", "yes|no", "DELETE of a thread's file where it is listed; no: 422"),
            # people, bin, subject access requests
            _s("duplicate_contact_email", "422|allowed", "a second contact with one e-mail address"),
            _s("second_anonymize", "204|422", "anonymising a help-centre user twice"),
            _n("bin_delay_seconds", "0|30", "time until a trashed record appears in the recycle bin"),
            _s("bin_id", "same|different", "the recycle bin's id is the record's own id"),
            _s("activities_trashed_with_ticket", "no|yes", "tasks, calls, events go to the bin with the ticket"),
            _s("contact_delete_takes_tickets", "yes|no", "permanent deletion of a contact deletes its tickets"),
            _s("purge_takes_children", "all|not_files|not_history", "what stays readable of a ticket deleted for good"),
            _s("sar_entities_route", "404|on", "whether POST /subjectAccessRequests/entities exists"),
            _s("sar_erase_effect", "permanent|trash|blank|nothing", "what the native erase does to a record"),
            _s("sar_erase_contact", "same|permanent|trash|blank|nothing", "what it does to a contact; same: as above"),
            _s("sar_edition", "allowed|403", "whether the edition has subject access requests"),
            _s("sar_download", "web_session|opens", "downloadURL needs a web session (302), or the token opens it"),
            _s("sar_times", "epoch_ms|iso", "form of the times in subject access requests"),
            _n("sar_step_seconds", "30|0|600", "time a subject access request stays in one status"),
            # webhooks: what is sent
            _s("webhook_empty_filter", "422|accepted", "{} instead of null as an event's filter"),
            _s("webhook_custom_field", "accepted|422", "custom fields (cf_...) in `fields` of a subscription"),
            _s("webhook_ignore_source_id", "422|works", "ignoreSourceId on a subscription"),
            _s("webhook_source_header", "yes|no", "whether the header sourceId marks the events of a call"),
            _s("webhook_validation", "get_first|head_first", "first request of the URL validation"),
            _s("webhook_validation_body", "[]|{}|empty", "body of a validating POST"),
            _s("webhook_validation_jwt", "absent|present", "whether validation requests carry the JWT"),
            _s("webhook_header", "X-ZDesk-JWT|x-zdesk-jwt|X-Zoho-JWT", "name of the header with the JWT"),
            _s("jwt_time_unit", "seconds|milliseconds", "unit of iat and exp"),
            _s("jwt_clock", "portal|real", "clock of iat and exp: the portal's settable one, or this machine's"),
            _s("opening_thread_event", "sent|absent", "a new ticket's first thread is a Ticket_Thread_Add as well"),
            _s("ticket_add_first_thread", "yes|no", "Ticket_Add carries firstThread where one is there"),
            _s("ticket_delete_event", "on_trash|on_permanent", "when Ticket_Delete is sent"),
            _s("delete_event_payload", "id|record", "payload of Ticket_Delete and Contact_Delete"),
            # the CRM beside the desk
            _s("crm_v2", "served|ended", "whether the CRM's API v2 still answers"),
            _s("crm_missing_record", "204|400", "the CRM's answer to reading a record that is not there"),
            # webhooks: what happens on the way
            _n("webhook_loss_percent", "0|20|100", "chance that an event is never sent"),
            _n("webhook_duplicates", "0|1|3", "further copies of each delivery"),
            _n("webhook_delay_ms", "0|2000", "delay of each delivery"),
            _s("webhook_order", "kept|reversed", "reversed: deliveries wait a moment, and the last is sent first"),
            _n("webhook_batch", "1|10", "most events in one delivery"),
            _n("webhook_batch_wait_ms", "0|300", "time in which events gather for one delivery of several"),
            _n("webhook_timeout_seconds", "5|10", "time a receiver has to answer"),
            _s("webhook_failure", "no_retry|retry|disable_after_3", "what follows a failed delivery"),
            _n("webhook_key_rotation", "0|1|50", "deliveries after which a new signing key is taken; 0: never"),
            _s("webhook_old_keys", "published|withdrawn", "older keys in the key set after such a rotation"),
            _s("webhook_jwks", "up|slow|down", "the key set answers at once, after 2 s, or 503"),
        )
    }
)


class Switches:
    """The values in force. Unknown names and values are refused at once, so that a typing error cannot pass a test."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {name: switch.default for name, switch in SWITCHES.items()}
        self.change(values or {})

    def change(self, values: Mapping[str, str]) -> None:
        """Set *values*. Raises ValueError that names every mistake; then nothing is changed."""
        if found := [mistake for name, value in values.items() if (mistake := mistake_in(name, value))]:
            raise ValueError("; ".join(found))
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


def mistake_in(name: str, value: str) -> str | None:
    """Say what is wrong with a switch's name or value, None where it is right."""
    if name not in SWITCHES:
        near = difflib.get_close_matches(name, SWITCHES, n=1)
        return f"no switch is called {name}" + (f"; did you mean {near[0]}?" if near else "")
    known = SWITCHES[name]
    if known.accepts(value):
        return None
    return f"switch {name} takes " + ("a whole number" if known.numeric else " or ".join(known.values))
