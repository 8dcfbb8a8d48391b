"""`python3 -m tests [pytest arguments]`: everything CI checks, on a machine that has only Python.

Without arguments it runs the linters, the types, the import contracts and all tests; with arguments it hands them
to pytest alone. All tests share the machine's cores, at most four: each worker has an emulator of its own.
"""

import os
import subprocess
import sys

from zoho_privacy import selfsetup

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("importlinter.cli",),
)


def main(argv: list[str]) -> int:
    """Return the exit status: 0 only when every check passed."""
    failed = [] if argv else [name for name in CHECKS if _run("checking", name) != 0]
    status = _run("testing", ("pytest", *(argv or spread())))
    for check in failed:
        print("FAILED:", " ".join(check))
    return 1 if failed else status


def spread() -> tuple[str, ...]:
    """Return how pytest divides the whole run among worker processes."""
    workers = min(os.cpu_count() or 1, 4)
    return ("-n", str(workers), "--dist", "worksteal", "-q") if workers > 1 else ()


def _run(doing: str, arguments: tuple[str, ...]) -> int:
    print(f"== {doing}: {' '.join(arguments)}", flush=True)
    if arguments[0] == "importlinter.cli":
        code = "import sys; from importlinter.cli import lint_imports_command as c; sys.argv=['lint-imports']; c()"
        return subprocess.call([sys.executable, "-c", code], cwd=selfsetup.ROOT)
    return subprocess.call([sys.executable, "-m", *arguments], cwd=selfsetup.ROOT)


if __name__ == "__main__":
    selfsetup.continue_inside_venv("tests", selfsetup.TEST_EXTRAS, sys.argv[1:])
    sys.exit(main(sys.argv[1:]))
