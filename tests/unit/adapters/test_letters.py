"""The letters: every one in every language, against the table in their README and against the rule tables."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from itertools import product
from typing import Any

import pytest
from jinja2 import Environment, meta

from zoho_privacy.adapters.delivery.letters import PARTS, PERSONS, JinjaLetters, as_text
from zoho_privacy.adapters.ruletables import load_rules
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import ActionType, Kind, Law
from zoho_privacy.domain.rules import CategoryGroup, Heading, Purpose, Remedies, Supervisor, remedies
from zoho_privacy.local import samples

FOLDER = files("zoho_privacy.rules") / "letters"
LANGUAGES = ("cs", "de", "el", "en", "es", "fr", "hr", "it", "nl", "pt", "ro", "sv")
UNBACKED = (
    r"anonym|anoniem|anónim|anonim|ανωνυμ|GDPR|DSGVO|RGPD|CCPA|AVG\b|ΓΚΠΔ"
    r"|guarant|garant|zaruč|εγγυ|jamč|immediately|at once|sofort|inmediatamente|immédiatement|immediatamente"
    r"|onmiddellijk|okamžitě|αμέσως|odmah|imediat|omedelbart|genast"
)
"""What no letter may say of itself: that something is anonymous, under which law, guaranteed, or done that instant."""
ALWAYS = {"controller", "privacy_contact", "reference", "language", "words", "parts", "of_another"}
REFERENCE = samples.REFERENCE
LETTERS = JinjaLetters(controller="OpenTech Support", privacy_contact="privacy@example.com")


@cache
def table() -> Mapping[str, frozenset[str]]:
    """Read the first table of the README: letter -> names of its values."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", text, re.MULTILINE)
    return {name: frozenset(re.findall(r"`(\w+)`", values)) for name, values in rows}


NAMES = sorted(table())
EACH = pytest.mark.parametrize(("name", "language"), list(product(NAMES, LANGUAGES)))


def values(**others: Any) -> dict[str, Any]:
    """Return a value for every name of the README."""
    return samples.values(load_rules(), **others)


def source(path: str) -> str:
    return (FOLDER / path).read_text(encoding="utf-8")


def words(language: str) -> dict[str, Any]:
    return tomllib.loads(source(f"{language}/words.toml"))


class Tags(HTMLParser):
    """Collects what is wrong with the nesting of tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.langs: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and "p" in self.open:
            self.wrong.append("a paragraph inside a paragraph")
        if tag != "br":
            self.open.append(tag)
        self.langs += [value for name, value in attrs if name == "lang"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")


@EACH
@pytest.mark.req("R-LANG-1", "R-MACRO-1")
def test_a_letter_is_whole_html_in_its_language_with_its_reference(name: str, language: str) -> None:
    html = LETTERS.render(name, language, values())
    tags = Tags()
    tags.feed(html)
    assert (tags.wrong, tags.open, tags.langs) == ([], [], [language])
    assert REFERENCE in html
    assert "OpenTech Support" in html
    assert "None" not in html


@EACH
@pytest.mark.req("R-MACRO-2")
def test_a_letter_takes_the_values_of_the_readme_and_no_others(name: str, language: str) -> None:
    """Whoever fills in a letter reads the table; each language must agree with it."""
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(("day", "paragraphs"), str)
    found: set[str] = set()
    waiting = [f"{language}/{name}.html"]
    while waiting:
        tree = environment.parse(source(waiting.pop()))
        found |= meta.find_undeclared_variables(tree)
        waiting += [referenced for referenced in meta.find_referenced_templates(tree) if referenced]
    assert found - ALWAYS == table()[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_letter(language: str) -> None:
    there = {
        entry.name.removesuffix(".html") for entry in (FOLDER / language).iterdir() if entry.name.endswith(".html")
    }
    assert there == {*NAMES, *PARTS}
    assert language in LETTERS.languages()


@pytest.mark.parametrize(("name", "language"), list(product([*NAMES, *sorted(PARTS)], LANGUAGES)))
@pytest.mark.req("R-MACRO-2", "R-ERASE-1")
def test_a_letter_promises_nothing_of_its_own(name: str, language: str) -> None:
    """No day, number or authority stands in the text, and nothing is called anonymous untested."""
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source(f"{language}/{name}.html"))
    authorities = {c.authority.name for c in load_rules().countries.values() if c.authority}
    assert not re.search(r"\d", text)
    assert not re.search(UNBACKED, text, re.IGNORECASE)
    assert not [authority for authority in authorities if authority in text]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.req("R-REFUSE-2", "R-MACRO-2")
def test_court_authority_and_appeal_are_named_only_where_the_table_has_them(language: str) -> None:
    full = Remedies(Supervisor("An Authority", "https://authority.example.org/"), court=True, appeal_days=45)
    bare = Remedies(None, court=False, appeal_days=None)
    rich, poor = (as_text(LETTERS.render("refusal", language, values(remedies=each))) for each in (full, bare))
    assert "An Authority" in rich
    assert "45" in rich
    assert len(rich.splitlines()) == len(poor.splitlines()) + 2
    assert "An Authority" not in poor
    assert "45" not in poor


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.req("R-VERIFY-12", "R-CLOCK-2", "R-CLASS-2")
@pytest.mark.parametrize("further", [False, True])
def test_the_identity_letter_says_the_same_to_everybody(language: str, *, further: bool) -> None:
    """It takes nothing that tells a known person from an unknown one, and names every request of the message."""
    told = values(further=further, kinds=[Kind.ACCESS, Kind.DELETION])
    known = {**told, "contact_id": "9001", "name": "Ada Moss"}
    letter = LETTERS.render("identity", language, told)
    assert letter == LETTERS.render("identity", language, known)
    text = as_text(letter)
    spoken = words(language)["kinds"]
    assert all(spoken[kind] in text for kind in (Kind.ACCESS, Kind.DELETION, Kind.OPT_OUT_SALE))
    assert all(shown in text for shown in ("k7m2q-9xw4d", "https://privacy.example.com/verify/abc", "72", "2025"))


@pytest.mark.req("R-AGENT-1", "R-PROC-2", "R-LANG-1")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["mandate", "client_request", "refusal"])
def test_a_letter_to_a_client_or_an_agent_does_not_speak_of_their_data(name: str, language: str) -> None:
    spoken = words(language)
    told = values(kinds=list(spoken["kinds_of_another"]))
    text = as_text(LETTERS.render(name, language, {**told, "of_another": True}))
    assert all(said in text for said in spoken["kinds_of_another"].values())
    assert not any(spoken["kinds"][kind] in text for kind in spoken["kinds_of_another"])
    assert spoken["kinds"][Kind.DELETION] in as_text(LETTERS.render(name, language, told))


YOURS = {
    "cs": r"\b[Vv]aš(e|ich|im) (osobní |kontaktním )?údaj|[Vv]áš souhlas",
    "de": r"\bIhre[rn]? (Daten|Angaben|Einwilligung)",
    "el": r"(δεδομένα|δεδομένων|στοιχεία|συγκατάθεσή) σας",
    "en": r"\b[Yy]our (data|details|consent)",
    "es": r"\b[Ss]us? (datos|consentimiento)",
    "fr": r"\b([Vv]os données|[Vv]otre consentement)",
    "hr": r"\b[Vv]aš(e|i|ih|a)( su| je)? (poda|privola)",
    "it": r"\b[Ss]uoi dati|[Ss]uo consenso",
    "nl": r"\b[Uu]w (gegevens|toestemming)",
    "pt": r"\b([Ss]eus dados|[Ss]eu consentimento)",
    "ro": r"(Datele|datelor|Consimțământul) dumneavoastră|\b[Vv]-am|[Vv]ă (păstrăm|putem|mai folosim)",
    "sv": r"\b([Dd]ina uppgifter|[Dd]itt samtycke)",
}
"""What speaks of the reader's own data, by language."""
DONE = ("opt_out_done", "restriction_done", "restriction_ends", "correction_ack", "correction_done", "erasure_done",
        "export_ready", "export_key")  # fmt: skip


@pytest.mark.req("R-AGENT-1", "R-AGENT-3", "R-LANG-1")
@pytest.mark.parametrize(("name", "language"), list(product(DONE, LANGUAGES)))
def test_what_was_done_for_a_person_is_told_to_their_agent_as_the_persons(name: str, language: str) -> None:
    own, others = (
        [
            as_text(LETTERS.render(name, language, values(masked=masked, of_another=of_another)))
            for masked in (True, False)
        ]
        for of_another in (False, True)
    )
    assert all(re.search(YOURS[language], text) for text in own)
    assert not any(re.search(YOURS[language], text) for text in others)


@pytest.mark.req("R-AGENT-1", "R-ERASE-5")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_action_that_speaks_to_the_person_has_words_for_their_agent(language: str) -> None:
    spoken = words(language)
    for name in PERSONS:
        others = spoken[name] | spoken[f"{name}_of_another"]
        assert not [key for key, said in others.items() if re.search(YOURS[language], said)]
        assert all(said != spoken[name][key] for key, said in spoken[f"{name}_of_another"].items())


@pytest.mark.req("R-AGENT-1", "R-AGENT-2")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agent_reads_of_no_value_and_of_no_service_to_the_person(language: str) -> None:
    """Whether the person is a customer is nothing an opt-out tells, and who showed a permission did show something."""
    own, others = (as_text(LETTERS.render("opt_out_done", language, values(of_another=each))) for each in (False, True))
    assert len(others.splitlines()) == len(own.splitlines()) - 1
    corrected = LETTERS.render("correction_done", language, values(of_another=True, changes=[{"field": "phone"}]))
    assert words(language)["fields"]["phone"] in corrected
    assert "→" not in corrected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_two_forms_of_the_identity_letter_differ(language: str) -> None:
    plain, more = (LETTERS.render("identity", language, values(further=further)) for further in (False, True))
    assert plain != more


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.req("R-OPTOUT-1", "R-OPTOUT-4")
@pytest.mark.parametrize(
    "kind", [Kind.OPT_OUT_SALE, Kind.LIMIT_SENSITIVE, Kind.WITHDRAW_CONSENT, Kind.OBJECTION], ids=str
)
def test_an_opt_out_letter_speaks_of_what_was_asked(language: str, kind: Kind) -> None:
    nothing, one = (as_text(LETTERS.render("opt_out_done", language, values(kinds=kinds))) for kinds in ([], [kind]))
    assert len(one.splitlines()) == len(nothing.splitlines()) + 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.req("R-ERASE-5", "R-ERASE-6", "R-ERASE-8", "R-EVID-3")
def test_the_erasure_letter_tells_live_systems_from_backups(language: str) -> None:
    days = {"live_gone_on": date(2025, 1, 5), "backups_by": date(2025, 6, 6), "record_until": date(2027, 1, 7)}
    text = as_text(LETTERS.render("erasure_done", language, values(**days)))
    months = words(language)["months"]
    spoken = [f"5 {months[0]}", f"6 {months[5]}", f"7 {months[0]}"]
    flat = re.sub(r"(\d)\.? (de )?", r"\1 ", text)
    assert all(day in flat for day in spoken)
    assert flat.index(spoken[0]) < flat.index(spoken[1])
    assert "19:ab12" in text
    assert f"{words(language)['actions']['erase_ticket']}: 1" in text
    assert "Cloudflare" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_cover_every_id_that_a_letter_may_be_given(language: str) -> None:
    """A new kind, action, category or provider without a word would stop a letter on the day it is needed."""
    spoken, rules = words(language), load_rules()
    assert set(spoken["kinds"]) == set(Kind)
    for name in PERSONS:
        assert set(spoken[f"{name}_of_another"]) == set(words("en")[f"{name}_of_another"])
        assert not set(spoken[f"{name}_of_another"]) - set(spoken[name])
    assert set(spoken["actions"]) == set(ActionType)
    assert set(spoken["headings"]) == set(Heading)
    assert set(spoken["sources"]) == set(CategoryGroup)
    assert set(spoken["purposes"]) == set(Purpose)
    assert set(spoken["things"]) == {*rules.categories, "this_request", "deals", "source_records"}
    assert set(spoken["services"]) == {entry.service for entry in rules.recipients.values()}
    assert set(spoken["countries"]) == {entry.country for entry in rules.recipients.values()}
    assert set(spoken["reasons"]) == set(words("en")["reasons"])
    assert set(spoken) == set(words("en"))
    assert len(spoken["months"]) == 12


@pytest.mark.parametrize(
    ("asked", "told"), [("de-AT", "de"), ("DE", "de"), ("ja", "en"), ("", "en"), ("../de", "en"), ("pt-BR", "pt")]
)
@pytest.mark.req("R-LANG-1")
def test_an_unknown_language_gets_english(asked: str, told: str) -> None:
    assert f'lang="{told}"' in LETTERS.render("code_failed", asked, values())


@pytest.mark.parametrize(
    ("language", "day", "spoken"),
    [
        ("en", date(2025, 3, 14), "14 March 2025"),
        ("de", date(2025, 3, 14), "14. März 2025"),
        ("fr", date(2025, 8, 1), "1er août 2025"),
        ("es", date(2025, 12, 31), "31 de diciembre de 2025"),
        ("nl", date(2025, 1, 1), "1 januari 2025"),
        ("cs", date(2025, 3, 14), "nejpozději 14. března 2025."),
        ("el", date(2025, 3, 14), "στις 14 Μαρτίου 2025."),
        ("hr", date(2025, 3, 14), "najkasnije 14. ožujka 2025.</p>"),
        ("pt", date(2025, 3, 1), "em 1 de março de 2025."),
        ("ro", date(2025, 3, 14), "la 14 martie 2025."),
        ("sv", date(2025, 3, 14), "den 14 mars 2025."),
        ("it", date(2025, 5, 1), "entro il 1º maggio 2025"),
        ("it", date(2025, 5, 8), "entro l&#39;8 maggio 2025"),
    ],
)
def test_days_are_written_as_people_write_them(language: str, day: date, spoken: str) -> None:
    assert spoken in LETTERS.render("acknowledge", language, values(answer_by=day))


@EACH
def test_a_missing_value_stops_the_letter(name: str, language: str) -> None:
    """A gap in a letter would be worse than no letter."""
    for missing in sorted(table()[name] | {"reference"}):
        given = {key: value for key, value in values().items() if key != missing}
        with pytest.raises(BadInput, match=missing):
            LETTERS.render(name, language, given)


def test_an_error_holds_no_value() -> None:
    """The text ends in logs."""
    with pytest.raises(BadInput) as error:
        LETTERS.render("extension", "en", values(reason="Ada Moss", new_due=None))
    assert "Ada" not in str(error.value)


@pytest.mark.parametrize("name", ["nothing", "../base", "words", "en/identity"])
def test_an_unknown_letter_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="no letter"):
        LETTERS.render(name, "en", values())


@pytest.mark.parametrize("name", ["refusal", "answered", "processor", "extension"])
def test_what_people_wrote_is_text_and_never_markup(name: str) -> None:
    hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    html = LETTERS.render(name, "en", values(reason=hostile, body=hostile, client=hostile, ground=hostile))
    assert "<img" not in html
    assert "{{ 7*7 }}" in html


@EACH
def test_a_letter_reads_well_as_plain_text(name: str, language: str) -> None:
    """Whoever sees no HTML still sees greeting, every address to click, and the reference on lines of their own."""
    text = as_text(LETTERS.render(name, language, values()))
    lines = text.splitlines()
    assert lines[0] == words(language)["greeting"]
    assert lines[-1] == f"{words(language)['reference']} {REFERENCE}"
    assert ("link" not in table()[name]) or "https://privacy.example.com/verify/abc" in lines
    assert not re.search(r"[<>]|&\w+;", text)


@pytest.mark.req("R-CCPA-1")
def test_the_category_report_names_each_heading_and_that_nothing_is_sold() -> None:
    text = as_text(LETTERS.render("know_categories", "en", values()))
    assert all(heading in text for heading in words("en")["headings"].values())
    assert text.count("Sold, or shared for advertising: none") == len(Heading)


@pytest.mark.req("R-PROP-6", "R-PROP-2")
def test_the_recipient_list_is_the_register() -> None:
    text = as_text(LETTERS.render("recipient_list", "en", values()))
    assert all(entry.name in text for entry in load_rules().recipients.values())
    assert "Plausible Analytics (Estonia): website statistics without cookies; receives no personal data" in text


def test_every_law_has_remedies_a_refusal_can_carry() -> None:
    for law in Law:
        assert LETTERS.render("refusal", "en", values(remedies=remedies(load_rules(), law)))
