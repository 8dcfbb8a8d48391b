"""What a probe has made, on disk before Desk is asked, so that a run that was killed can be cleaned up after.

One file per portal, a JSON line per step, flushed to the disk. It holds ids, our own marks and example addresses that
the run made up; nobody's data. It is removed when everything it names is gone.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from zoho_privacy.domain.errors import BadInput

MARKED: Final = "[zoho-privacy probe {run}] {name}"


@dataclass(frozen=True, slots=True)
class Made:
    """A record that is ours: `mark` is the name that only we gave it, `parent` the record it hangs on."""

    kind: str
    id: str
    mark: str
    parent: str = ""


@dataclass
class Journal:
    """The journal of one run. `marks` are the names announced, `made` what came of them, by id."""

    path: Path
    run: str
    department: str
    domain: str
    marks: dict[str, str] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    @classmethod
    def begin(cls, path: Path, *, run: str, department: str, domain: str) -> "Journal":
        """Start a run's journal.

        Raises:
            BadInput: An earlier run has not been cleaned up, or the folder cannot be written to.
        """
        if path.exists():
            raise BadInput("an earlier probe was not cleaned up: run `zoho-privacy probe --cleanup` first")
        found = cls(path, run, department, domain)
        found._write({"run": run, "department": department, "domain": domain})
        return found

    @classmethod
    def load(cls, path: Path) -> "Journal | None":
        """Return the journal of a run that did not end, None where there is none.

        A line that was cut off by a crash is the last one, and was never acted upon.

        Raises:
            BadInput: The file is no journal.
        """
        lines = list(_lines(path))
        if not lines:
            path.unlink(missing_ok=True)
            return None
        try:
            head = lines[0]
            found = cls(path, str(head["run"]), str(head["department"]), str(head["domain"]))
            for line in lines[1:]:
                found._take(line)
        except KeyError:
            raise BadInput(f"{path.name} is no journal of a probe") from None
        return found

    def _take(self, line: dict[str, Any]) -> None:
        if "intent" in line:
            self.marks[line["mark"]] = line["intent"]
        elif "made" in line:
            self.made[line["id"]] = Made(line["made"], line["id"], line["mark"], line.get("parent", ""))
        elif "gone" in line:
            self.gone.add(line["gone"])

    def intend(self, kind: str, mark: str) -> None:
        """Note that a record of this mark is about to be made."""
        self.marks[mark] = kind
        self._write({"intent": kind, "mark": mark})

    def note(self, made: Made) -> None:
        """Note that a record is ours."""
        if made.id not in self.made:
            self.made[made.id] = made
            self._write({"made": made.kind, "id": made.id, "mark": made.mark, "parent": made.parent})

    def note_gone(self, record_id: str) -> None:
        """Note that a record was read back as gone."""
        if record_id not in self.gone:
            self.gone.add(record_id)
            self._write({"gone": record_id})

    def of(self, *kinds: str) -> list[Made]:
        """Return what is ours of these kinds and not known to be gone, newest first."""
        return [each for each in reversed(self.made.values()) if each.kind in kinds and each.id not in self.gone]

    def end(self) -> None:
        """Remove the file: nothing of this run is left."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: dict[str, str]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise BadInput(f"the probe's journal cannot be written: {problem.strerror}") from None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{path.name} cannot be read") from None
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            return
        if isinstance(found, dict):
            yield found
