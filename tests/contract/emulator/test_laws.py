"""Laws that hold whatever happens: history never forgets, ids are strings, deletion is complete."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.emulator_process import Emulator

WORDS = st.text("abcdefgh", min_size=8, max_size=12)


def ids_in(value: Any) -> list[Any]:
    """Return every value of a member called id or ...Id."""
    if isinstance(value, dict):
        own = [each for name, each in value.items() if name == "id" or name.endswith("Id")]
        return own + [each for part in value.values() for each in ids_in(part)]
    if isinstance(value, list):
        return [each for part in value for each in ids_in(part)]
    return []


class Desk(RuleBasedStateMachine):
    """A person's tickets are written to, edited, commented, trashed, restored and deleted in any order."""

    zoho: Emulator
    tickets: Bundle[str] = Bundle("tickets")

    @initialize()
    def begin(self) -> None:
        self.zoho.reset()
        self.said: dict[str, set[str]] = {}
        self.events: dict[str, int] = {}
        self.trashed: set[str] = set()
        self.gone: set[str] = set()

    def _live(self, ticket: str) -> bool:
        return ticket not in self.trashed | self.gone

    @rule(target=tickets, subject=WORDS, text=WORDS)
    def write(self, subject: str, text: str) -> str:
        made = self.zoho.mail(subject=subject, text=text)["ticketId"]
        self.said[made] = {subject, text}
        return made

    @rule(ticket=tickets, subject=WORDS, description=WORDS)
    def edit(self, ticket: str, subject: str, description: str) -> None:
        answer = self.zoho.patch(f"/tickets/{ticket}", {"subject": subject, "description": description})
        assert answer.status_code == (200 if self._live(ticket) else 404)
        if self._live(ticket):
            self.said[ticket] |= {subject, description}

    @rule(ticket=tickets, content=WORDS)
    def comment_and_take_back(self, ticket: str, content: str) -> None:
        if self._live(ticket):
            path = f"/tickets/{ticket}/comments"
            made = self.zoho.post(path, {"content": content, "isPublic": False}).json()
            assert self.zoho.delete(f"{path}/{made['id']}").status_code == 200
            self.said[ticket].add(content)

    @rule(ticket=tickets)
    def trash(self, ticket: str) -> None:
        answer = self.zoho.post("/tickets/moveToTrash", {"ticketIds": [ticket]})
        assert answer.status_code == (204 if self._live(ticket) else 422)
        if self._live(ticket):
            self.trashed.add(ticket)

    @rule(ticket=tickets)
    def restore(self, ticket: str) -> None:
        result = self.zoho.post("/recycleBin/restore", {"ids": [ticket]}).json()["results"][0]
        assert result["success"] is (ticket in self.trashed)
        self.trashed.discard(ticket)

    @rule(ticket=tickets)
    def delete(self, ticket: str) -> None:
        result = self.zoho.post("/recycleBin/delete", {"ids": [ticket]}).json()["results"][0]
        assert result["success"] is (ticket in self.trashed)
        if ticket in self.trashed:
            self.trashed.discard(ticket)
            self.gone.add(ticket)

    @invariant()
    def history_never_forgets(self) -> None:
        """Whatever a ticket ever said is in its history until the ticket is gone for good; then it is nowhere."""
        for ticket, said in getattr(self, "said", {}).items():
            dump = self.zoho.bench("GET", f"/stored/ticket/{ticket}")
            events = len(dump["history"])
            if ticket in self.gone:
                assert not any(dump.values())
                continue
            assert events >= self.events.get(ticket, 0)
            self.events[ticket] = events
            held = str(dump["history"])
            assert all(each in held for each in said)

    @invariant()
    def ids_are_strings(self) -> None:
        answer = self.zoho.get("/tickets", limit=5) if hasattr(self, "said") else None
        if answer is not None and answer.status_code == 200:
            assert all(each is None or isinstance(each, str) for each in ids_in(answer.json()))


def test_whatever_happens(zoho: Emulator) -> None:
    """Many short lives of a desk; each begins with an empty portal."""

    class Bound(Desk):
        pass

    Bound.zoho = zoho
    found = settings(max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Bound, settings=found)
