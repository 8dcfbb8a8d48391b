"""Shows every letter in every language on one page, with the invented values of `samples.py`, to be read or printed.

The page is whole in itself: no script, nothing loaded from elsewhere. A letter's second form (more facts asked, a
part refused, a copy without a key) is shown after its first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from zoho_privacy.adapters.delivery import letters
from zoho_privacy.adapters.delivery.letters import JinjaLetters
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.local import samples
from zoho_privacy.workflows.context import Policy

AGENT: Final[tuple[str, Mapping[str, Any]]] = ("to an agent", {"of_another": True})
"""What whoever writes for a person reads of what was done."""
FORMS: Final[Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]] = {
    "identity": (("", {"client": ""}), ("further", {"further": True, "client": ""}), ("mixed", {})),
    "authorised": (("", {}), ("further", {"further": True})),
    "processor": (("", {"no_proof": []}), ("mixed", {})),
    "refusal": (("", {}), ("partial", {"partial": True})),
    "mandate": (("", {"of_another": True}),),
    "client_request": (("", {"of_another": True}),),
    "export_key": (("", {}), ("lasting", {"minutes": 0}), AGENT),
    "export_ready": (("", {}), ("keyless", {"key_follows": False}), AGENT),
    "correction_done": (("", {}), ("to an agent", {"of_another": True, "changes": [{"field": "phone"}]})),
    **dict.fromkeys(
        ("opt_out_done", "restriction_done", "restriction_ends", "correction_ack", "erasure_done"), (("", {}), AGENT)
    ),
}
ONE_FORM: Final[Sequence[tuple[str, Mapping[str, Any]]]] = (("", {}),)

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Letters</title><style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 46rem; }
nav ul { columns: 12rem; padding-inline-start: 1.2rem; }
article { border: 1px solid #8886; padding: 0 1.25rem; margin: .5rem 0 2rem; overflow-wrap: anywhere; }
h3 { margin: 2rem 0 0; font-size: 1rem; } a { color: inherit; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
@media print {
  nav { break-after: page; } section.letter { break-inside: avoid-page; } article { border: 0; padding: 0; }
  body { max-width: none; margin: 0; }
}
</style></head><body><main><h1>Letters</h1>
<p>All values are invented. {{ count }} letters in {{ languages | length }} languages.</p>
<nav aria-label="Letters">
{%- for language, shown in languages.items() %}
<h2><a href="#{{ language }}">{{ language }}</a></h2>
<ul>{% for each in shown %}<li><a href="#{{ each.anchor }}">{{ each.title }}</a></li>{% endfor %}</ul>
{%- endfor %}
</nav>
{%- for language, shown in languages.items() %}
<h2 id="{{ language }}">{{ language }}</h2>
{%- for each in shown %}
<section class="letter"><h3 id="{{ each.anchor }}">{{ each.title }} ({{ language }})</h3>
<article>{{ each.markup }}</article></section>
{%- endfor %}
{%- endfor %}
</main></body></html>
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter as rendered; `form` is empty for its first form."""

    letter: str
    language: str
    form: str
    html: str

    @property
    def title(self) -> str:
        """Name and form."""
        return f"{self.letter}, {self.form}" if self.form else self.letter

    @property
    def anchor(self) -> str:
        """Return where it stands on the page."""
        return "-".join(part for part in (self.language, self.letter, self.form) if part)

    @property
    def markup(self) -> Markup:
        """The letter for the page; what the letters' own templates wrote is escaped already."""
        return Markup(self.html)  # noqa: S704  rendered with autoescape by JinjaLetters

    def as_dict(self) -> dict[str, str]:
        """Return the letter for machines."""
        return asdict(self)


def render(language: str | None = None) -> tuple[Shown, ...]:
    """Return every letter, in one language or all of them, by language and name.

    Raises:
        BadInput: There are no letters in that language; the text lists those there are.
    """
    policy = Policy()
    found = JinjaLetters(controller=policy.controller, privacy_contact=policy.privacy_contact)
    known = sorted(found.languages())
    if language is not None and language not in known:
        raise BadInput(f"there are no letters in {language!r}; choose from {', '.join(known)}")
    wanted = known if language is None else [language]
    return tuple(_rendered(found, wanted))


def page(shown: Iterable[Shown]) -> str:
    """Return the page with all of them."""
    languages: dict[str, list[Shown]] = {}
    for each in shown:
        languages.setdefault(each.language, []).append(each)
    return _template().render(languages=languages, count=sum(map(len, languages.values())))


def _rendered(found: JinjaLetters, languages: Iterable[str]) -> Iterator[Shown]:
    rules = load_rules()
    for language in languages:
        for name in letters.names():
            for form, changes in FORMS.get(name, ONE_FORM):
                html = found.render(name, language, samples.values(rules, **changes))
                yield Shown(name, language, form, html)


@cache
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)
