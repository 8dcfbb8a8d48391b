"""`python3 -m zoho_privacy demo`: a simulated year, told in mails, judged by the emulator's own oracle.

Exit status 0 when the emulator agrees with every claim and every mail was understood as the story means it, 1 when it
does not, 3 when the stage itself failed. With --keep everything stays up to be clicked through.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from zoho_privacy.domain.errors import ZohoPrivacyError
from zoho_privacy.local.demo import play, story, verdict
from zoho_privacy.local.demo.report import show
from zoho_privacy.local.demo.stage import Stage, link_to

START: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PLACES: Final = ("this-machine", "aws-emulated")
RETENTION: Final = Path(__file__).with_name("retention.toml")


def run(argv: list[str]) -> int:
    """Play the demo and return its exit status."""
    parser = argparse.ArgumentParser(prog="zoho-privacy demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running and print the addresses to click")
    parser.add_argument(
        "--on",
        choices=PLACES,
        default=PLACES[0],
        help="one machine, or a stage's functions under Lambda's runtime client",
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument("--folder", type=Path, help="keep state and logs there (default: a temporary folder)")
    args = parser.parse_args(argv)
    folder = args.folder or Path(tempfile.mkdtemp(prefix="zoho-privacy-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    say = _nothing if args.json else _progress()
    told = story.load()
    clients = {play.client_id(person): person.client for person in told.people.values() if person.client}
    stage = _kind(args.on)(folder, START, retention=RETENTION, clients=clients)
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever ends the demo ends its two processes with it
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    try:
        stage.open()
        played = play.seed(stage, told)
        stage.open_suite()
        stage.settle()
        play.Play(stage, told, played, say).run()
        found = verdict.judge(stage, told, played, stage.app().store, stage.info["orgId"])
    except ZohoPrivacyError as problem:
        print(f"\nThe demo stopped: {problem}\nLogs are in {folder}", file=sys.stderr)
        stage.close()
        return 3
    except BaseException:
        stage.close()
        raise
    if args.json:
        print(json.dumps({"agrees": found.agrees, **asdict(found)}, indent=2, default=str))
    else:
        show(found, seconds=time.monotonic() - began)
    if args.keep:
        _keep(stage, folder)
    if not args.json and args.on != PLACES[0]:
        print("\n".join(stage.figures()))
    stage.close()
    if args.folder is None and found.agrees:
        shutil.rmtree(folder, ignore_errors=True)
    elif not args.json:
        print(f"State and logs: {folder}")
    return 0 if found.agrees else 1


def _kind(place: str) -> type[Stage]:
    """Return the kind of stage; what an emulated AWS needs is imported only for it."""
    if place == PLACES[0]:
        return Stage
    found: type[Stage] = import_module("zoho_privacy.local.demo.aws_stage").AwsStage
    return found


def _nothing(_: str) -> None:
    """Say nothing."""


def _progress() -> Callable[[str], None]:
    """Return a function that shows one line of progress, overwriting the last where a person watches."""
    live = sys.stderr.isatty()

    def say(line: str) -> None:
        text = line[:110].ljust(110) if live else line
        sys.stderr.write(f"\r{text}" if live else f"{text}\n")
        sys.stderr.flush()

    return say


def _keep(stage: Stage, folder: Path) -> None:
    """Leave everything up until the person has seen enough."""
    print(f"\nCases:     {stage.suite_url}/cases")
    print(f"Desk:      {stage.url}/_console/ (the emulated portal: write mails, run macros, move the clock)")
    print(f"Emulator:  {stage.url}/_bench/outbox (mails that left), {stage.url}/_bench/info")
    for address, link in sorted(_links(stage).items()):
        print(f"A page:    {link}   ({address})")
    print(f"State:     {folder}\nPress Ctrl-C to end.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def _links(stage: Stage) -> dict[str, str]:
    """Return one identity page and one export, freshly made so that they still open."""
    mail = {
        "from": "jonas.weber@example.org",
        "fromName": "Jonas Weber",
        "to": story.ADDRESSES["privacy"],
        "subject": "Noch einmal: Auskunft",
        "text": "Guten Tag, bitte senden Sie mir eine Kopie aller Daten, die Sie über mich haben. Jonas Weber",
    }
    found: dict[str, str] = {}
    stage.bench("POST", "mail", mail)
    stage.settle()
    stage.confirm(mail["from"], {})
    stage.settle()
    if link := stage.newest(mail["from"], link_to("export")):
        found["an export"] = link
    stage.bench(
        "POST",
        "mail",
        {
            **mail,
            "from": "sanne.devries@example.org",
            "fromName": "Sanne de Vries",
            "subject": "Mijn gegevens",
            "text": "Graag een kopie van al mijn persoonsgegevens.",
        },
    )
    stage.settle()
    if link := stage.newest("sanne.devries@example.org", link_to("verify")):
        found["an identity page"] = link
    return found
