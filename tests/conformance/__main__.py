"""`python3 -m tests.conformance`: how far client and emulator agree with Zoho's own files, in numbers."""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zoho_privacy import selfsetup

ROOT = Path(__file__).parents[2]
EPILOG = """\
examples:
  python3 -m tests.conformance                    everything but the stories, within two minutes
  python3 -m tests.conformance --examples 10      more generated calls for each operation
  python3 -m tests.conformance --stories          also run all stories and judge every exchange of theirs
  python3 -m tests.conformance --json             the same, for machines

exit status: 0 all of it agrees or is listed in tests/conformance/deviations.toml; 1 something does not;
2 Zoho's files are not beside the project.
"""


@dataclass
class Report:
    """What was looked at and what came of it; `faults` are the lines that make the exit status 1."""

    operations: int = 0
    served: int = 0
    called: int = 0
    requests: int = 0
    answers: int = 0
    rows: int = 0
    planted: dict[str, Any] = field(default_factory=dict)
    generated: dict[str, Any] = field(default_factory=dict)
    prism: dict[str, Any] = field(default_factory=dict)
    stories: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python3 -m tests.conformance",
        description="Holds every request that the client can build and every answer that the emulator can give against "
        "Zoho's own OpenAPI files, with three judges that nobody here wrote: openapi-core, schemathesis and Prism.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--examples", type=int, default=1, metavar="N", help="generated calls per operation (default: 1)")
    made.add_argument("--stories", action="store_true", help="run tests/scenario and judge what passes; some minutes")
    made.add_argument("--json", action="store_true", help="print one JSON object")
    return made


def main(argv: list[str]) -> int:
    """Print the report and return the exit status."""
    from tests.conformance.official import absence  # noqa: PLC0415  needs what the environment above has just made sure of

    options = parser().parse_args(argv)
    if reason := absence():
        print(f"nothing to hold against: {reason}", file=sys.stderr)
        return 2
    logging.disable(logging.WARNING)  # what the client says of refusals is part of the figures
    report = _made(options.examples, stories=options.stories)
    print(json.dumps(asdict(report), indent=2) if options.json else _shown(report))
    return 1 if report.faults else 0


def _made(examples: int, *, stories: bool) -> Report:
    from tests.conformance import client, deviations, prism  # noqa: PLC0415  as above
    from tests.conformance.drive import drive, served, unvisited  # noqa: PLC0415
    from tests.conformance.generated import drill  # noqa: PLC0415
    from tests.conformance.judge import judged  # noqa: PLC0415
    from tests.conformance.official import all_operations  # noqa: PLC0415
    from tests.conformance.planted import count  # noqa: PLC0415

    report = Report(operations=len(all_operations()), rows=len(deviations.rows()))
    _step("the client's requests")
    built = [each for _, each in client.requests()]
    asked = {each for exchange in built for each in judged(exchange)}
    report.called, report.requests = len(client.called()), len(built)
    _step("the emulator's answers")
    log = drive()
    given = {each for exchange in log for each in judged(exchange, closed=True)}
    report.served, report.answers = len(served()), len(log)
    report.faults += [f"not listed: {each}" for each in deviations.unlisted(asked | given)]
    report.faults += [
        f"no longer: {each}" for each in deviations.idle(asked, "request") + deviations.idle(given, "answer")
    ]
    report.faults += [f"not visited: {each}" for each in unvisited(log)]
    _step("planted faults")
    samples = count([each for each in log if each.name == "GET /tickets/{ticketId}" and each.status == 200][-1])
    report.planted = asdict(samples)
    report.faults += [f"misjudged: {each}" for each in samples.wrong]
    _step("schemathesis")
    drilled = drill(examples)
    wrong = deviations.unlisted(drilled.faults)
    report.generated = {
        "operations": drilled.operations, "met": len(drilled.met), "cases": drilled.cases, "statuses": drilled.statuses,
    }  # fmt: skip
    report.faults += [f"generated: {each}" for each in wrong]
    _step("Prism")
    if reason := prism.absence():
        report.prism = {"skipped": reason}
    else:
        with tempfile.TemporaryDirectory() as folder, prism.mock(Path(folder)) as url:
            smoke = prism.smoke(url)
        report.prism = {
            "operations": len(smoke.operations), "faultsReported": len(smoke.reported), "bare": len(smoke.bare),
            "requests": smoke.requests, "accepted": smoke.accepted, "methods": smoke.methods,
            "ownErrors": len(smoke.typed),
        }  # fmt: skip
        report.faults += [f"Prism is silent about {each}" for each in sorted(smoke.silent - smoke.bare)]
        report.faults += [f"Prism refuses {each}" for each in sorted(smoke.refused)]
        report.faults += [f"{name} crashed: {error}" for name, error in sorted(smoke.crashed.items())]
    if stories:
        _stories(report)
    return report


def _stories(report: Report) -> None:
    _step("the stories")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "tests/scenario"]
        status = subprocess.call(command, cwd=ROOT, env=os.environ | {"CONFORMANCE_COUNTS": folder}, stdout=sys.stderr)
        for each in Path(folder).glob("*.json"):
            for name, number in json.loads(each.read_text("utf-8")).items():
                report.stories[name] = report.stories.get(name, 0) + number
    if status:
        report.faults.append("stories: see above")


def _shown(report: Report) -> str:
    planted, generated = report.planted, report.generated
    statuses = ", ".join(f"{number} x {status}" for status, number in sorted(generated["statuses"].items()))
    told = {
        "operations": f"{report.operations} in Zoho's files; {report.served} served by the emulator, {report.called} "
        "called by the client",
        "judged": f"{report.requests} requests of the client, {report.answers} answers of the emulator",
        "deviations": f"{report.rows} rows, each with its reason, in tests/conformance/deviations.toml",
        "judges": f"{planted['caught']} of {planted['planted']} planted faults caught "
        f"({planted['alone']} by openapi-core alone); {planted['passed']} of {planted['good']} correct ones passed",
        "schemathesis": f"{generated['cases']} calls to {generated['operations']} operations, "
        f"{generated['met']} of them met with success; {statuses}",
        "Prism": _prism(report.prism),
    }
    if report.stories:
        told["stories"] = "{looked_at} exchanges looked at, {distinct} distinct, {seconds:.0f} s".format(
            **report.stories
        )
    lines = [f"{name:<13} {text}" for name, text in told.items()]
    return "\n".join([*lines, *(report.faults or ["all of it agrees, or is listed"])])


def _prism(found: dict[str, Any]) -> str:
    if "skipped" in found:
        return f"skipped: {found['skipped']}"
    return (
        f"{found['operations']} operations, {found['faultsReported']} planted faults reported ({found['bare']} take "
        f"nothing that can be wrong); {found['accepted']} of {found['requests']} requests accepted, the others listed; "
        f"{found['methods']} methods survived its answers"
    )


def _step(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    selfsetup.continue_inside_venv("tests.conformance", selfsetup.TEST_EXTRAS, sys.argv[1:])
    sys.exit(main(sys.argv[1:]))
