"""`zoho-privacy demo`: an invented customer asks for deletion, on this machine, without an account."""

from importlib import import_module
from typing import Any

from zoho_privacy.local.console import command


def add_parser(subparsers: Any) -> None:
    """Describe the command; its own --help is the demo's."""
    command(
        subparsers,
        "demo",
        lambda _args: pass_on([]),
        summary="watch an invented customer's request from mail to proof",
        text="Starts an emulator and the service on this machine and plays a request through.",
        settings=False,
    )


def pass_on(argv: list[str]) -> int:
    """Run the demo."""
    return int(import_module("zoho_privacy.local.demo.main").run(argv))
