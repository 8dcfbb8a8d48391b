"""One run of the probe: steps in their order, each with the operator's consent, and the cleaning up after all of them.

A step that is not consented to leaves its questions "not tried". A step that fails leaves its own unclear and the
others as they are. Whatever happens, `cleanup` has the last word.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from zoho_privacy.adapters.desk.hosts import DeskConfig
from zoho_privacy.adapters.desk.protocol import Answer
from zoho_privacy.domain.errors import BadInput, NotAllowed, ZohoPrivacyError
from zoho_privacy.domain.profile import QUESTIONS, Evidence, Finding
from zoho_privacy.local.probe import binning, cleanup, hands, hooks, mailing, reading, records, subject, tokens
from zoho_privacy.local.probe.cleanup import Left
from zoho_privacy.local.probe.guard import Guard
from zoho_privacy.local.probe.lab import Lab
from zoho_privacy.local.probe.receiver import Receiver
from zoho_privacy.local.probe.records import Basis


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the run under one consent. `explains` says to the operator what it does."""

    name: str
    explains: str


STEPS: Final[tuple[Step, ...]] = (
    Step(
        "records",
        "makes two or three contacts at addresses of your example domain and tickets of them in the test department, "
        "changes these and writes notes on them; asks the bin to delete a ticket that is not in it",
    ),
    Step("spam", "marks one of its tickets as spam and takes the mark off again"),
    Step("merge", "merges one of its tickets into another"),
    Step("mail", "sends two mails to its own contact's address at your example domain"),
    Step("bin", "moves some of its tickets to the recycle bin and deletes them there for good"),
    Step("contact", "deletes one of its contacts for good, to see whether its ticket goes with it"),
    Step(
        "help-centre",
        "invites one of its contacts to the help centre (a mail to your example domain) and wipes the account",
    ),
    Step("erase", "has Zoho's own subject access request export, then erase, one of its contacts with a ticket; final"),
    Step(
        "webhooks",
        "makes up to three webhooks of its own, one at a time, refuses deliveries on purpose and removes them",
    ),
    Step("macro", "asks you to run a macro on one of its tickets"),
    Step("customer", "asks you to answer by mail as one of its contacts"),
    Step("archive", "asks you to archive one of its tickets; where Desk then refuses to delete it, you must do that"),
    Step("second-agent", "uses the other token to write a note on one of its own tickets"),
    Step(
        "tokens",
        "asks for tokens until Zoho refuses: for ten minutes no other process of this client can renew its own",
    ),
)


@dataclass
class Means:
    """What a run needs of the outside besides the lab. What is None cannot be tried."""

    org: str
    config: DeskConfig
    consent: Callable[[Step], bool]
    sender: str | None = None
    receiver: Receiver | None = None
    key_set: Callable[[], tuple[int, float]] | None = None
    other: Guard | None = None
    renew: Callable[[], Answer] | None = None
    alive: Callable[[str], bool] | None = None


@dataclass
class Result:
    """What a run gave: a finding per question, and what could not be removed."""

    findings: Sequence[Finding]
    left: Sequence[Left]
    stopped: str = ""
    consented: tuple[str, ...] = field(default=())


NO_RECEIVER: Final = "there is no receiver that Desk can reach: see --receiver"
NO_OTHER: Final = "there is no token of another agent: see --second-token-env"
NOT_ASKED: Final = "you did not consent to this step"
NEEDS_RECORDS: Final = "it needs the step records"


def run(lab: Lab, means: Means) -> Result:
    """Answer every question that consent and means allow, and clean up."""
    skipped: dict[str, str] = {"eyes": "no call shows it: write to the department and look into that mailbox"}
    granted: list[str] = []
    basis: list[Basis] = []
    stopped = ""
    try:
        _guarded(lab, "read", lambda: reading.look(lab, means.org))
        for step in STEPS:
            reason = _impossible(step, means, basis)
            if reason is None and not means.consent(step):
                reason = NOT_ASKED
            if reason is not None:
                skipped[step.name] = reason
                continue
            granted.append(step.name)
            lab.say(f"{step.name}: {step.explains}")
            work = _work(lab, means, basis, tuple(granted))[step.name]
            _guarded(lab, step.name, work)
    except ZohoPrivacyError as problem:
        stopped = str(problem)
    finally:
        if means.receiver is not None:
            means.receiver.refusing.clear()
        lab.say("cleaning up")
        left = cleanup.clean(lab)
    told = [Evidence(call, code) for call, code in sorted(lab.denied.items())]
    lab.notes.note("permissions", "; ".join(str(each) for each in told) or "none", *told)
    return Result(lab.notes.whole(skipped), left, stopped, tuple(granted))


def _impossible(step: Step, means: Means, basis: Sequence[Basis]) -> str | None:
    lacking: Mapping[str, tuple[bool, str]] = {
        "webhooks": (means.receiver is None or means.key_set is None, NO_RECEIVER),
        "second-agent": (means.other is None, NO_OTHER),
        "tokens": (means.renew is None or means.alive is None, "tokens cannot be asked for"),
    }
    missing, reason = lacking.get(step.name, (False, ""))
    if missing:
        return reason
    return NEEDS_RECORDS if step.name not in {"records", "tokens"} and not basis else None


def _guarded(lab: Lab, step: str, work: Callable[[], object]) -> None:
    """Do a step; where it fails, its open questions are unclear. A write on what is not ours ends the run."""
    try:
        work()
    except NotAllowed:
        raise
    except (BadInput, ZohoPrivacyError) as problem:
        for question in QUESTIONS.values():
            if question.step == step and question.name not in lab.notes.found:
                lab.notes.unclear(question.name, str(problem))
        lab.say(f"  {step}: {problem}")


def _work(lab: Lab, means: Means, basis: list[Basis], granted: tuple[str, ...]) -> Mapping[str, Callable[[], object]]:
    """Return what each step does."""
    ours = (
        hooks.Hooks(lab, means.receiver, means.key_set)
        if means.receiver is not None and means.key_set is not None and "webhooks" in granted
        else None
    )
    return {
        "records": lambda: basis.append(records.look(lab, means.config)),
        "spam": lambda: binning.spam(lab, basis[0]),
        "merge": lambda: binning.merge(lab, basis[0]),
        "mail": lambda: mailing.look(lab, basis[0], means.sender),
        "bin": lambda: binning.trash(lab, basis[0]),
        "contact": lambda: binning.contact(lab),
        "help-centre": lambda: binning.help_centre(lab),
        "erase": lambda: subject.look(lab, means.config),
        "webhooks": lambda: hooks.look(lab, ours, basis[0], may_trash="bin" in granted) if ours else None,
        "macro": lambda: hands.macro(lab, ours, basis[0]),
        "customer": lambda: hands.customer(lab, basis[0]),
        "archive": lambda: hands.archive(lab, basis[0]),
        "second-agent": lambda: hands.second_agent(lab, means.other, basis[0]) if means.other else None,
        "tokens": lambda: tokens.look(lab, means.renew, means.alive) if means.renew and means.alive else None,
    }
