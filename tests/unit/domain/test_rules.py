"""The rule tables as shipped, the questions asked of them, and how the loader reports what is wrong."""

import re
import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from zoho_privacy.adapters.ruletables import FILES, load_rules, parse_rules
from zoho_privacy.domain import rules as tables
from zoho_privacy.domain.errors import BadInput
from zoho_privacy.domain.model import Kind, Law
from zoho_privacy.domain.rulecheck import PATHS, mistakes
from zoho_privacy.domain.rules import Basis, CategoryGroup, Heading, Span, applicable, law_for, remedies

RULES = load_rules()
EVERYWHERE = (Law.GDPR, Law.UK_GDPR, Law.CCPA, Law.LGPD, Law.PIPEDA, Law.US_STATE)


def texts() -> dict[str, str]:
    folder = files("zoho_privacy.rules")
    return {name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in FILES}


# ---------------------------------------------------------------------------------------------------------- residence


@pytest.mark.parametrize(
    ("country", "state", "law"),
    [
        ("Germany", None, Law.GDPR),
        ("DEUTSCHLAND ", None, Law.GDPR),
        ("de", None, Law.GDPR),
        ("España", None, Law.GDPR),
        ("Česko", None, Law.GDPR),
        ("Ελλάδα", None, Law.GDPR),
        ("Norge", None, Law.GDPR),
        ("U.K.", None, Law.UK_GDPR),
        ("Great Britain", None, Law.UK_GDPR),
        ("Brasil", None, Law.LGPD),
        ("Canada", "CA", Law.PIPEDA),
        ("USA", "California", Law.CCPA),
        ("United States of America", "ca", Law.CCPA),
        (None, "California", Law.CCPA),
        ("US", "US-TX", Law.US_STATE),
        ("U.S.A.", "Texas", Law.US_STATE),
        ("USA", "Ohio", Law.NONE),
        ("Schweiz", None, Law.NONE),
        ("Japan", None, Law.NONE),
    ],
)
@pytest.mark.req("R-CLOCK-6")
def test_a_residence_on_file_decides_the_law(country: str | None, state: str | None, law: Law) -> None:
    assert applicable(RULES, country=country, state=state) == (law,)
    assert law_for(RULES, country=country, state=state) is law


@pytest.mark.parametrize(
    ("country", "state"), [(None, None), ("", ""), ("Atlantis", None), ("Peru", "Lima"), (None, "CA")]
)
@pytest.mark.req("R-CLOCK-6")
def test_an_unknown_residence_gets_every_configured_law(country: str | None, state: str | None) -> None:
    """Not being able to read a place is no reason to treat somebody worse."""
    assert applicable(RULES, country=country, state=state) == EVERYWHERE
    assert law_for(RULES, country=country, state=state) is Law.NONE


def test_somewhere_in_the_us_may_be_california() -> None:
    assert applicable(RULES, country="USA") == (Law.CCPA, Law.US_STATE)
    assert law_for(RULES, country="USA") is Law.NONE
    assert law_for(RULES, country="USA", named=(Law.CCPA,)) is Law.CCPA


@pytest.mark.parametrize(
    ("named", "country", "laws", "law"),
    [
        ((Law.GDPR,), None, (Law.GDPR,), Law.GDPR),
        ((Law.GDPR, Law.CCPA), None, (Law.GDPR, Law.CCPA), Law.NONE),
        ((Law.CCPA,), "Germany", (Law.GDPR, Law.CCPA), Law.GDPR),
        ((Law.GDPR, Law.CCPA), "Germany", (Law.GDPR,), Law.GDPR),
        ((Law.GDPR,), "Switzerland", (Law.GDPR,), Law.GDPR),
        ((Law.NONE,), None, EVERYWHERE, Law.NONE),
    ],
)
def test_a_named_law_narrows_or_adds_but_never_replaces_a_residence(
    named: tuple[Law, ...], country: str | None, laws: tuple[Law, ...], law: Law
) -> None:
    """Templates from the web name laws at random: the person loses nothing by it."""
    assert applicable(RULES, named=named, country=country) == laws
    assert law_for(RULES, named=named, country=country) is law


def test_the_operators_default_country_counts_least() -> None:
    assert applicable(RULES, default_country="DE") == (Law.GDPR,)
    assert applicable(RULES, default_country="DE", country="Canada") == (Law.PIPEDA,)
    assert applicable(RULES, default_country="DE", named=(Law.CCPA,)) == (Law.CCPA,)
    assert applicable(RULES, default_country="nowhere") == EVERYWHERE


# ----------------------------------------------------------------------------------------------------------- remedies


@pytest.mark.req("R-REFUSE-2")
def test_remedies_name_only_what_the_law_has() -> None:
    germany = remedies(RULES, Law.GDPR, country="Germany")
    california = remedies(RULES, Law.CCPA, country="US", state="CA")
    texas = remedies(RULES, Law.US_STATE, country="US", state="TX")
    utah = remedies(RULES, Law.US_STATE, country="US", state="UT")
    assert germany.authority is not None
    assert (germany.court, germany.appeal_days) == (True, None)
    assert california.authority is not None
    assert (california.court, california.appeal_days) == (False, None)
    assert texas.authority is not None
    assert texas.authority.name == "Attorney General of Texas"
    assert (texas.appeal_days, utah.appeal_days) == (45, None)


def test_an_authority_is_never_guessed() -> None:
    assert remedies(RULES, Law.GDPR).authority is None
    assert remedies(RULES, Law.NONE).authority is None
    assert remedies(RULES, Law.NONE, country="US", state="OH").authority is None
    assert remedies(RULES, Law.GDPR, country="Canada").authority is None
    only = remedies(RULES, Law.UK_GDPR).authority
    assert only is not None
    assert only.name == "Information Commissioner's Office"


def test_an_unread_us_state_is_offered_the_appeal() -> None:
    assert remedies(RULES, Law.US_STATE).appeal_days == 45
    assert remedies(RULES, Law.US_STATE, country="US", state="somewhere").appeal_days == 45


@pytest.mark.parametrize(
    ("country", "age"), [("US", 13), ("Germany", 16), ("Brazil", 12), (None, 16), ("Australia", 16)]
)
@pytest.mark.req("R-CHILD-1")
def test_the_age_of_a_child_is_a_table_and_the_highest_where_unknown(country: str | None, age: int) -> None:
    assert tables.child_age(RULES, country) == age


# ---------------------------------------------------------------------------------------------- register and inventory


@pytest.mark.req("R-SCOPE-1", "R-PROP-5")
def test_every_collection_path_ends_in_a_system_with_an_owner() -> None:
    assert set(RULES.paths) == set(PATHS)
    assert all(RULES.systems[name].owner for path in RULES.paths.values() for name in path.systems)
    assert {"assistant", "web_edge", "office", "monitoring"} <= set(RULES.external_systems)
    assert "desk" not in RULES.external_systems


@pytest.mark.req("R-SCOPE-2")
def test_every_category_of_the_policy_is_there() -> None:
    groups = [category.group for category in RULES.categories.values()]
    assert {group: groups.count(group) for group in CategoryGroup} == {
        CategoryGroup.PROVIDED: 7,
        CategoryGroup.AUTOMATIC: 6,
        CategoryGroup.THIRD_PARTY: 3,
        CategoryGroup.REMOTE_SESSION: 1,
    }


@pytest.mark.req("R-SCOPE-3")
def test_the_basis_decides_which_rights_apply() -> None:
    assert tables.rights_of(RULES.categories["service_details"]) == {Kind.PORTABILITY}
    assert tables.rights_of(RULES.categories["country"]) == {Kind.OBJECTION}
    assert Kind.WITHDRAW_CONSENT in tables.rights_of(RULES.categories["remote_sessions"])
    assert {basis for category in RULES.categories.values() for basis in category.bases} == set(Basis)


@pytest.mark.req("R-ACCESS-6")
def test_credentials_and_session_tokens_are_never_disclosed() -> None:
    assert {key for key, category in RULES.categories.items() if category.never_disclosed} == {
        "credentials",
        "session_cookies",
    }


@pytest.mark.req("R-PROP-1", "R-PROP-2")
def test_the_register_ships_with_the_six_named_providers() -> None:
    assert {entry.name for entry in RULES.recipients.values()} == {
        "Cloudflare",
        "Amazon Web Services (including Amazon SES)",
        "Zoho Desk",
        "OpenAI",
        "Plausible Analytics",
        "Microsoft 365",
    }
    assert [key for key, entry in RULES.recipients.items() if not entry.personal_data] == ["plausible"]
    assert all(entry.receipt and entry.acts and entry.contract for entry in RULES.recipients.values())


@pytest.mark.req("R-PROP-3")
def test_recipients_of_a_category_are_those_who_get_it() -> None:
    assert tables.recipients_of(RULES, ["assistant_inputs"]) == ("openai",)
    assert "plausible" not in tables.recipients_of(RULES, RULES.categories)
    assert tables.recipients_of(RULES, []) == ()


@pytest.mark.req("R-CCPA-1")
def test_the_know_report_has_a_row_for_each_heading() -> None:
    report = tables.know_report(RULES)
    assert [row.heading for row in report] == list(Heading)
    assert all(row.sources and row.purposes and row.recipients for row in report)
    assert next(row for row in report if row.heading is Heading.GEOLOCATION).recipients == ("Cloudflare",)


# -------------------------------------------------------------------------------------------------------------- loader


@pytest.mark.req("R-POLICY-2", "R-POLICY-3")
def test_every_section_of_the_policy_has_a_clause_that_is_mapped() -> None:
    assert {clause.section for clause in RULES.clauses.values()} == set(range(19))
    assert all(clause.requirements for clause in RULES.clauses.values())


@pytest.mark.shared
@pytest.mark.req("R-POLICY-3")
def test_the_map_of_clauses_is_the_one_of_the_requirements(request: pytest.FixtureRequest) -> None:
    """Table 14 names the requirements of every section; none of them may be missing here."""
    reference = request.config.rootpath.parent / "shared" / "privacy-requirements.md"
    if not reference.is_file():
        pytest.skip("the reference material is not here")
    part = reference.read_text(encoding="utf-8").split("## 14.")[1].split("Out of scope")[0]
    rows = re.findall(r"^\| (pre|\d+) \|[^|]*\|([^|]*)\|$", part, re.MULTILINE)
    assert len(rows) == 19
    for section, names in rows:
        wanted = set(re.findall(r"R-[A-Z]+-\d+", names))
        number = 0 if section == "pre" else int(section)
        kept = {name for clause in RULES.clauses.values() if clause.section == number for name in clause.requirements}
        assert not wanted - kept, f"section {section}"


def test_calendars_hold_the_days_off() -> None:
    assert date(2025, 7, 4) in RULES.calendars["us"].holidays
    assert date(2025, 12, 26) in RULES.calendars["uk"].holidays
    assert not RULES.calendars["none"].holidays


def test_a_calendar_takes_days_of_the_installation() -> None:
    changed = texts()
    changed["calendars"] = changed["calendars"].replace(
        'country = "US"', 'country = "US"\nadd = [2025-07-03]\nremove = [2025-07-04]'
    )
    days = parse_rules(changed).calendars["us"].holidays
    assert date(2025, 7, 3) in days
    assert date(2025, 7, 4) not in days


def replaced(name: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(found: dict[str, str]) -> None:
        assert old in found[name]
        found[name] = found[name].replace(old, new, 1)

    return change


OUT, NEW = "R-OUT-" + "99", "R-SEC-" + "99"  # ids that the requirements do not know

MISTAKES: list[tuple[Callable[[dict[str, str]], None], str]] = [
    (replaced("clocks", "[clocks.gdpr]", "[clocks.gdbr]"), "clocks.gdbr"),
    (replaced("clocks", "court = true", "cuort = true"), "clocks.gdpr.cuort"),
    (
        replaced("clocks", "answer = { months = 1 }", "answer = { months = 1, days = 3 }"),
        "clocks.gdpr.answer: one unit",
    ),
    (replaced("clocks", "answer = { days = 15 }", "answer = {}"), "clocks.lgpd.answer: a length"),
    (replaced("clocks", 'calendar = "uk"', 'calendar = "moon"'), "no calendar 'moon'"),
    (replaced("clocks", "appeal = { days = 45 }", "appeal = { months = 1 }"), "clocks.us_state.appeal: days"),
    (replaced("clocks", "unknown_residence = [", "unknown_residence = [] # ["), "unknown_residence: at least one"),
    (replaced("calendars", 'country = "US"', 'country = "ATL"'), "does not know ATL"),
    (replaced("verification", "[kinds.appeal]", "[kinds.apeal]"), "kinds.apeal"),
    (replaced("verification", "europe = [1, 2]", "europe = [2, 1]"), "kinds.access.levels.europe"),
    (replaced("verification", "europe = [1, 2]", "europe = [1, 3]"), "kinds.access.levels.europe"),
    (replaced("places", '"osterreich"', '"Österreich"'), "write 'osterreich'"),
    (replaced("places", '"osterreich"', '"germany"'), "'germany' also stands for AT"),
    (replaced("places", "[countries.AT]", "[countries.AUT]"), "countries.AUT: an ISO"),
    (replaced("places", '[states.OH]\nname = "Ohio"', '[states.OH]\nname = "Ohio"\nappeal = true'), "states.OH.appeal"),
    (replaced("inventory", "[paths.assistant]", "[paths.robot]"), "assistant of policy section 1 is not mapped"),
    (replaced("inventory", 'systems = ["assistant"]', "systems = []"), "paths.assistant.systems: at least one"),
    (replaced("inventory", 'systems = ["assistant"]', 'systems = ["robot"]'), "no system 'robot'"),
    (replaced("inventory", 'recipients = ["plausible"]', 'recipients = ["implausible"]'), "no recipient 'implausible'"),
    (replaced("inventory", 'bases = ["contract"]', "bases = []"), "at least one purpose and one basis"),
    (replaced("inventory", "personal_data = false", "personal_data = true"), "recipients.plausible: categories"),
    (replaced("inventory", 'categories = ["assistant_inputs"]', 'categories = ["x"]'), "no category 'x'"),
    (replaced("inventory", 'heading = "geolocation"', 'heading = "network"'), "none has the heading geolocation"),
    (replaced("policy", "section = 16", "section = 15"), "section 16 of the policy has none"),
    (replaced("policy", '"R-OUT-1"', '"see the site"'), "P5-cookies.requirements: no row for 'see the site'"),
    (replaced("policy", "R-OUT-1 =", "R-COOKIE ="), "R-COOKIE: no requirement id"),
    (replaced("policy", 'requirements = ["R-OUT-1"]', "requirements = []"), "clauses.P5-cookies: mapped to nothing"),
    (replaced("policy", "[clauses.P5-cookies]", "[clauses.P6-cookies]"), "clauses.P6-cookies: an id"),
    (replaced("policy", "[by_hand]\n", '[by_hand]\nR-PROC-1 = "x"\n'), "R-PROC-1: told in more than one table"),
    (replaced("policy", "[by_hand]\n", f'[by_hand]\n{OUT} = "x"\n'), f"{OUT}: belongs to out_of_scope"),
    (replaced("policy", "[out_of_scope]\n", f'[out_of_scope]\n{NEW} = "x"\n'), f"out_of_scope.{NEW}: an id"),
    (replaced("policy", 'kinds = ["child_report"]', "kinds = []"), "none is behind the kind child_report"),
    (replaced("policy", 'codes = ["held"]', 'codes = ["held", "open"]'), "more than one answers for the code open"),
    (replaced("policy", 'sentences = ["ef1ac3c8", ', 'sentences = ["a8aef745", '), "carries the mark a8aef745"),
    (replaced("policy", 'sentences = ["79b2c906"]', "sentences = []"), "P6-staff.sentences: at least one"),
    (replaced("policy", "[clauses.P5-cookies]", "[clauses.P5-cookies"), "policy.toml"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
@pytest.mark.req("R-POLICY-3", "R-SCOPE-1")
def test_a_wrong_table_is_refused_with_the_place(change: Callable[[dict[str, str]], None], said: str) -> None:
    changed = texts()
    change(changed)
    with pytest.raises(BadInput, match=re.escape(said)):
        parse_rules(changed)


def test_all_mistakes_are_reported_together() -> None:
    changed = texts()
    for change, _ in (MISTAKES[3], MISTAKES[4], MISTAKES[19]):
        change(changed)
    with pytest.raises(BadInput) as error:
        parse_rules(changed)
    assert all(said in str(error.value) for _, said in (MISTAKES[3], MISTAKES[4], MISTAKES[19]))


def test_a_key_in_two_files_is_a_mistake() -> None:
    changed = texts()
    changed["policy"] = 'version = "2"\n' + changed["policy"]
    with pytest.raises(BadInput, match="version stands in another file"):
        parse_rules(changed)


def test_the_shipped_tables_are_without_mistake_and_read_once() -> None:
    assert mistakes(RULES) == ()
    assert load_rules() is RULES


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_noticed(name: str) -> None:
    changed = texts()
    del changed[name]
    with pytest.raises(BadInput):
        parse_rules(changed)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span(), "at once"),
        (Span(days=1), "1 calendar day"),
        (Span(days=45), "45 calendar days"),
        (Span(months=1), "1 month"),
        (Span(business_days=15), "15 business days"),
    ],
)
def test_a_span_says_what_it_is(span: Span, said: str) -> None:
    assert str(span) == said


def test_the_tables_hold_no_unknown_words() -> None:
    """Every id in the files is one that the tables know: nothing was lost between file and value."""
    raw: dict[str, Any] = tomllib.loads(texts()["inventory"])
    assert set(raw["categories"]) == set(RULES.categories)
    assert set(raw["recipients"]) == set(RULES.recipients)


@pytest.mark.req("R-VERIFY-1")
def test_a_kind_or_law_without_a_row_is_a_mistake() -> None:
    """A new member of an enumeration must not fall through to some default."""
    changed = texts()
    changed["verification"] = changed["verification"].split("[kinds.legal_demand]")[0]
    changed["clocks"] = changed["clocks"].split("[clocks.none]")[0]
    with pytest.raises(BadInput) as error:
        parse_rules(changed)
    assert "kinds: no row for legal_demand" in str(error.value)
    assert "clocks: no row for none" in str(error.value)
