"""Runs the privacy work of a support desk on Zoho Desk. Importing this package imports nothing else.

The stable calls are listed in `_LAZY` and loaded on first use: `zoho_privacy.classify(subject, body)`.
"""

_LAZY = {
    "classify": "zoho_privacy.adapters.understanding:classify",
    "find_personal_data": "zoho_privacy.domain.redact:find_personal_data",
    "redact_html": "zoho_privacy.domain.redact:redact_html",
    "redact_text": "zoho_privacy.domain.redact:redact_text",
}


def __getattr__(name: str) -> object:
    """Load a stable call the first time it is asked for."""
    target = _LAZY.get(name)
    if target is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  importing the package must import nothing

    module, _, attribute = target.partition(":")
    value: object = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
