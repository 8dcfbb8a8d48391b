"""Shows the demo's verdict on a terminal: a table of mails, what each flow cost, what is still stored."""

import shutil
import textwrap
from collections.abc import Sequence

from zoho_privacy.local.demo.verdict import Row, Trace, Verdict


def show(found: Verdict, *, seconds: float) -> None:
    """Print everything a watcher should see."""
    width = max(100, min(shutil.get_terminal_size((140, 24)).columns, 180))
    print("\n\nWhat came in, what was understood, what was done, by when it was due\n")
    print(table(found.rows, width))
    print("\nAPI credits by flow (emulated price list)\n")
    for flow, cost in sorted(found.credits.items(), key=lambda pair: -pair[1]):
        print(f"  {flow:<18} {cost:>8.0f}")
    print("\nWhat the emulator still stores about each person whose erasure was claimed\n")
    for trace in found.traces:
        print(f"  {trace_line(trace)}")
    for problem in (*found.problems, *found.emulator):
        print(f"  PROBLEM: {problem}")
    wrong = sum(not row.right for row in found.rows)
    verdict = "agrees with every claim" if found.agrees else "DISAGREES"
    print(
        f"\n{len(found.rows)} mails from {len({row.mail.email for row in found.rows})} people, {wrong} misunderstood; "
        f"the emulator {verdict} ({seconds:.0f} s)."
    )


def table(rows: Sequence[Row], width: int) -> str:
    """Return the rows as lines of at most `width` characters; a mark shows what was misunderstood."""
    done = width - 78
    lines = [f"{'':2}{'day':>4} {'ticket':>6}  {'mail':<32} {'understood':<20} {'done':<{done}} due"]
    for row in rows:
        mark = " " if row.right else "!"
        told = textwrap.wrap(row.done, done) or [""]
        title = f"{row.mail.name}: {row.mail.subject}"[:32]
        understood = ", ".join(row.understood)[:20]
        lines.append(
            f"{mark:2}{row.mail.day:>4} {row.ticket_number:>6}  {title:<32} {understood:<20} "
            f"{told[0]:<{done}} {row.due}"
        )
        lines += [f"{'':69}{more}" for more in told[1:]]
        if row.mail.note:
            lines.append(f"{'':14}({row.mail.note})")
    return "\n".join(lines)


def trace_line(trace: Trace) -> str:
    """Return what is left of somebody, on one line."""
    declared, undeclared = sum(trace.declared.values()), sum(trace.undeclared.values())
    found = "nothing" if not declared else f"{declared} declared place(s)"
    line = f"{trace.person.name:<16} claimed: {trace.claimed:<28} found: {found}"
    if undeclared:
        line += f", {undeclared} UNDECLARED: {', '.join(list(trace.undeclared)[:4])}"
    return line
