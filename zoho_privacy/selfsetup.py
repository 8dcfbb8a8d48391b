"""Builds the project's own `.venv` from the standard library alone and goes on inside it.

Both commands of the README start here, on a machine that has nothing but Python. The file must stay readable
for interpreters older than the project supports, since its first duty is to tell them so in a sentence.
It does nothing where the package was installed in the ordinary way (no pyproject.toml beside it).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "zoho-privacy.stamp")
RUN_EXTRAS = ("local", "export", "emulator")
AWS_EXTRAS = ("aws", "aws-emulated")
TEST_EXTRAS = ("local", "export", "crm", *AWS_EXTRAS, "emulator", "test")


def continue_inside_venv(module: str, extras: tuple[str, ...], argv: list[str]) -> None:
    """Return when this process already runs in a ready `.venv`; otherwise build it and replace this process.

    Exits with status 1 and one sentence when the machine lacks what is needed.
    """
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit("zoho_privacy needs Python 3.11 or newer; this is Python %s. Start it with python3.12, say." % found)
    if not os.path.exists(os.path.join(ROOT, "pyproject.toml")):
        return
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    if _is_ready(extras) and inside:
        return
    _build(extras)
    python = _venv_python()
    os.chdir(ROOT)
    os.execve(python, [python, "-m", module] + argv, dict(os.environ, VIRTUAL_ENV=VENV))


def _venv_python() -> str:
    return os.path.join(VENV, "bin", "python")


def _wanted(extras: tuple[str, ...]) -> tuple[str, list[str]]:
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest(), sorted(extras)


def _is_ready(extras: tuple[str, ...]) -> bool:
    try:
        with open(STAMP, encoding="ascii") as handle:
            have = handle.read().split()
    except OSError:
        return False
    digest, wanted = _wanted(extras)
    return bool(have) and have[0] == digest and set(wanted) <= set(have[1:]) and os.path.exists(_venv_python())


def _build(extras: tuple[str, ...]) -> None:
    import fcntl  # noqa: PLC0415  absent on Windows, where the version check above should still speak

    os.makedirs(VENV, exist_ok=True)
    with open(os.path.join(VENV, "building.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_ready(extras):
            return
        digest, wanted = _wanted(extras)
        sys.stderr.write("Setting up %s (once, and after each change of pyproject.toml) ...\n" % VENV)
        sys.stderr.flush()
        if not _works(_venv_python()):
            _create_venv()
        command = [_venv_python(), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        if subprocess.call(command + ["-e", "%s[%s]" % (ROOT, ",".join(wanted))]) != 0:
            sys.exit(
                "The packages could not be installed. Check the network or your package index, then run this again."
            )
        with open(STAMP, "w", encoding="ascii") as handle:
            handle.write(" ".join([digest] + wanted))


def _works(python: str) -> bool:
    quiet = subprocess.DEVNULL
    return (
        os.path.exists(python) and subprocess.call([python, "-m", "pip", "--version"], stdout=quiet, stderr=quiet) == 0
    )


def _create_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        sys.exit("This Python cannot make a virtual environment. Run: apt-get install -y python3-venv")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        sys.exit("This Python cannot make a virtual environment. Run: apt-get install -y python3-venv")
