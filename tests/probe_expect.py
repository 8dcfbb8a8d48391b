"""What a probe can find out where something else hides it: the difference between a miss and a thing nobody can see."""

from collections.abc import Mapping
from typing import Final

NO_HOOKS: Final = frozenset({"STANDARD", "EXPRESS", "FREE"})


def hidden(switches: Mapping[str, str]) -> frozenset[str]:
    """Return the names of switches that cannot be seen from outside while others are set as they are."""
    found = {"auto_acknowledge"}
    if switches["sar_edition"] == "403":
        found |= {name for name in switches if name.startswith("sar_")} - {"sar_edition", "sar_entities_route"}
    if switches["edition"] in NO_HOOKS:
        found |= {name for name in switches if name.startswith(("webhook", "jwt"))}
        found |= {"opening_thread_event", "tag_event", "ticket_delete_event", "macro_events"}
        found |= {"ticket_add_first_thread", "delete_event_payload"}
    if switches["macro_history_names_agent"] == "no":
        found.add("macro_actor_info")
    if switches["thread_files_in_ticket_attachments"] == "no":
        found.add("thread_files_deletable")
    if switches["webhook_ignore_source_id"] == "422":
        found.add("webhook_source_header")
    if switches["status_change"] != "allowed":
        found.add("customer_reply_reopens")
    if switches["reply_outcome"] == "failed":
        found.add("reply_immediately")  # such a reply is FAILED at once
    if switches["mass_limit"] == "10" and switches["webhook_batch"] == "10":
        found.add("webhook_batch")  # no call makes more events than that
    return frozenset(found)


def same(name: str, value: str, switches: Mapping[str, str]) -> str:
    """Return the value that looks the same from outside."""
    if name == "sar_erase_contact" and value == switches["sar_erase_effect"]:
        return "same"
    return value
