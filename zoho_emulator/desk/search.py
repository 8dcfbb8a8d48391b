"""Search: an index of its own that lags behind writes and matches e-mail addresses loosely (API reference, section 13).

Because it lags, nobody can check a write with it; because it returns near misses, the caller must compare addresses.
"""

from collections.abc import Mapping
from typing import Final

from zoho_emulator.clock import iso, parse
from zoho_emulator.desk import shapes
from zoho_emulator.desk.errors import invalid, unprocessable
from zoho_emulator.desk.state import World, contact_name
from zoho_emulator.store import Json, folded

PAGING: Final = frozenset({"from", "limit", "sortBy", "orgId"})
RANGES: Final[Mapping[str, str]] = {
    "createdTimeRange": "created",
    "modifiedTimeRange": "modified",
    "customerResponseTimeRange": "responded",
    "dueDateRange": "due",
}
TICKET_EXACT: Final[Mapping[str, str]] = {
    "id": "id", "ticketNumber": "number", "departmentId": "department", "contactId": "contact", "accountId": "account",
    "productId": "json_extract(doc, '$.doc.productId')", "assigneeId": "assignee", "priority": "priority",
    "channel": "channel",
}  # fmt: skip
CONTACT_EXACT: Final[Mapping[str, str]] = {"id": "id"}
# parameter -> a column whose distinct values are in search_word, so that few texts are looked at
WORDS: Final[Mapping[str, str]] = {
    "phone": "phone", "contactName": "contact_name", "fullName": "contact_name", "category": "category", "tag": "tags",
    "subject": "subject",
}  # fmt: skip
TICKET_LIKE: Final[Mapping[str, str]] = {
    "phone": "phone", "subject": "subject", "description": "lower(json_extract(doc, '$.doc.description'))",
    "contactName": "contact_name", "accountName": "lower(json_extract(doc, '$.accountName'))",
    "productName": "lower(json_extract(doc, '$.productName'))", "category": "category", "tag": "tags",
    "_all": "lower(doc)",
}  # fmt: skip
CONTACT_LIKE: Final[Mapping[str, str]] = {
    "firstName": "lower(json_extract(doc, '$.doc.firstName'))",
    "lastName": "lower(json_extract(doc, '$.doc.lastName'))",
    "fullName": "contact_name", "phone": "phone", "mobile": "lower(json_extract(doc, '$.doc.mobile'))",
    "accountName": "lower(json_extract(doc, '$.accountName'))", "_all": "lower(doc)",
}  # fmt: skip
SORTS: Final[Mapping[str, str]] = {
    "modifiedTime": "modified", "createdTime": "created", "customerResponseTime": "responded", "relevance": "modified",
}  # fmt: skip
MOST_WORDS: Final = 500
FEW: Final = 2_000
SHORTEST: Final[Mapping[str, int]] = {"subject": 3, "tag": 3, "_all": 3}


def note(world: World, module: str, record_id: str) -> None:
    """Let the index learn of a change once its lag has passed."""
    lag = world.switches.number("search_lag_seconds")
    if lag:
        world.plan_in("index", f"{module}/{record_id}", seconds=lag)
    else:
        index(world, f"{module}/{record_id}")


def forget(world: World, record_id: str) -> None:
    """Drop a record that is gone for good at once."""
    world.store.remove("search_document", "id = ?", record_id)


def index(world: World, ref: str) -> None:
    """Read a record as it is now into the index; called by the agenda."""
    module, _, record_id = ref.partition("/")
    document = world.store.get("ticket" if module == "tickets" else "contact", record_id)
    if document is None or (document.get("isArchived") and world.on("search_archived", "absent")):
        forget(world, record_id)
        return
    entry: Json = {"id": record_id, "module": module, "doc": shapes.public(document)}
    person = document if module == "contacts" else world.store.get("contact", document["contactId"] or "")
    known = (document.get("email"), *((person.get("email"), person.get("secondaryEmail")) if person else ()))
    entry["emails"] = " ".join(dict.fromkeys(each.lower() for each in known if each))
    entry["contactName"] = contact_name(person) if person else ""
    if module == "tickets":
        links = world.store.find("ticket_tag", "ticket = ?", record_id)
        names = [world.need("tag", link["tagId"])["name"] for link in links]
        entry["tags"] = " ".join(names)
    world.store.put("search_document", entry)


def run(world: World, module: str, query: Mapping[str, str]) -> tuple[list[Json], int]:
    """Return one page of matching documents as the index knows them, and how many match in all."""
    exact, like = (TICKET_EXACT, TICKET_LIKE) if module == "tickets" else (CONTACT_EXACT, CONTACT_LIKE)
    clauses, values = ["module = ?"], [module]
    if world.on("search_trashed", "absent"):
        clauses.append("NOT trashed")
    if world.on("search_spam", "absent"):
        clauses.append("NOT json_extract(doc, '$.doc.isSpam')")
    filters = {name: value for name, value in query.items() if name not in PAGING}
    if "_all" in filters and len(filters) > 1:
        raise unprocessable("_all cannot be combined with other search parameters.")
    for name, value in filters.items():
        clause, more = _clause(world, name, value, exact, like)
        clauses.append(clause)
        values.extend(more)
    start, limit = _page(world, query)
    where = " AND ".join(clauses)
    found = world.store.find(
        "search_document", where, *values, order=_order(query.get("sortBy", "relevance")), limit=limit, offset=start
    )
    for entry in found:
        entry["doc"] = world.store.loaded(entry["doc"])
    if len(found) < limit and (found or not start):
        return found, start + len(found)
    return found, world.store.count("search_document", where, *values)


def _page(world: World, query: Mapping[str, str]) -> tuple[int, int]:
    try:
        start, limit = int(query.get("from", "0")), int(query.get("limit", "10"))
    except ValueError:
        raise invalid("/from") from None
    ceiling = world.switches.number("search_from_ceiling")
    if not 0 <= start <= ceiling:
        raise unprocessable(f"The value passed for field 'from' exceeds the range of '0-{ceiling}'")
    if not 1 <= limit <= 100:
        raise unprocessable("The value passed for field 'limit' exceeds the range of '1-100'")
    return start, limit


def _order(sort: str) -> str:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise invalid("/sortBy")
    descending = sort.startswith("-") or name == "relevance"
    return f"{SORTS[name]} {'DESC' if descending else 'ASC'}, rowid"


def _clause(
    world: World, name: str, value: str, exact: Mapping[str, str], like: Mapping[str, str]
) -> tuple[str, list[str]]:
    module = "tickets" if exact is TICKET_EXACT else "contacts"
    if name == "email":
        return _email(value)
    if name in RANGES:
        return _range(name, value)
    if name == "status" and exact is TICKET_EXACT:
        return _status(value)
    if name in exact:
        wanted = shapes.csv(value)
        return f"{exact[name]} IN ({', '.join('?' * len(wanted))})", list(wanted)
    if name in like:
        if len(value.strip("*")) < SHORTEST.get(name, 1):
            raise invalid(f"/{name}")
        return _word(world, WORDS[name], value) if name in WORDS else _text(world, like[name], value, module)
    if name.startswith("customField"):
        field, _, wanted_value = value.partition(":")
        if not field.replace("_", "").isalnum():
            raise invalid(f"/{name}")
        column = f"lower(json_extract(doc, '$.doc.cf.{field}'))"
        return _text(world, column, wanted_value, module, whole="*" not in wanted_value)
    if world.on("search_unknown_param", "ignored"):
        return "1", []
    raise unprocessable("An extra parameter was found in the request.")


def _status(value: str) -> tuple[str, list[str]]:
    kinds = {"${OPEN}": "Open", "${ONHOLD}": "On Hold", "${CLOSED}": "Closed"}
    wanted = shapes.csv(value)
    types = [kinds[each] for each in wanted if each in kinds]
    names = [each for each in wanted if each not in kinds]
    clause = f"(status_type IN ({', '.join('?' * len(types))}) OR status IN ({', '.join('?' * len(names))}))"
    return clause, [*types, *names]


def _email(value: str) -> tuple[str, list[str]]:
    """Match loosely: the address anywhere in another, the same mailbox name at any domain, or with a +suffix."""
    wanted = shapes.csv(value)
    if not 1 <= len(wanted) <= 30:
        raise invalid("/email")
    clauses: list[str] = []
    values: list[str] = []
    for each in wanted:
        address = _escaped(each.lower()).replace("*", "%")
        local = address.partition("@")[0]
        patterns = [f"%{address}%"]
        if "@" in each:
            patterns += [f"{local}@%", f"% {local}@%", f"{local}+%"]
        match = " OR ".join(["text LIKE ? ESCAPE '\\'"] * len(patterns))
        if "*" in each:
            clauses.append(f"({match})")
        else:  # every pattern holds the mailbox name, and to look for that is quicker by far
            clauses.append(f"(instr(text, ?) AND ({match}))")
            values.append(each.lower().partition("@")[0])
        values += patterns
    return _among("emails", " OR ".join(clauses)), values


def _word(world: World, column: str, value: str) -> tuple[str, list[str]]:
    """Match a column by those of its distinct values that match: few records are best found by the column.

    Many are found by going through all in the order that is asked for; the indexes by time hold the column too.
    """
    if value.startswith("${"):
        return _like(column, value)
    clause, values = _like("text", value)
    words = world.store.words(column, clause, *values)
    among = f"{column} IN ({', '.join('?' * len(words))})"
    if len(words) > MOST_WORDS or world.store.count("search_document", among, *words) > FEW:
        return _like(column, value)
    return f"rowid IN (SELECT rowid FROM search_document WHERE {among})", words  # noqa: S608  ours, values bound


def _among(column: str, clause: str) -> str:
    words = f"SELECT text FROM search_word WHERE kind = '{column}' AND ({clause})"  # noqa: S608  ours, values bound
    return f"rowid IN (SELECT rowid FROM search_document WHERE {column} IN ({words}))"  # noqa: S608  ours, values bound


def _range(name: str, value: str) -> tuple[str, list[str]]:
    parts = shapes.csv(value)
    try:
        low, high = (iso(parse(part)) for part in parts)
    except ValueError:
        raise invalid(f"/{name}") from None
    return f"{RANGES[name]} BETWEEN ? AND ?", [low, high]


def _like(column: str, value: str, *, whole: bool = False) -> tuple[str, list[str]]:
    """Match *column*, which is lower case already, with a value that may hold `*`."""
    if value == "${empty}":
        return f"coalesce({column}, '') = ''", []
    if value == "${notempty}":
        return f"coalesce({column}, '') <> ''", []
    forms = _in_any_case(value)
    if "*" not in value and not whole:
        return _any(f"instr({column}, ?)", forms), forms
    clause = _any(f"{column} LIKE ? ESCAPE '\\'", forms)
    return clause, [_escaped(each).replace("*", "%") for each in forms]


def _in_any_case(value: str) -> list[str]:
    """Return a value as a column in lower case may hold it: SQL lowers ASCII alone, other letters keep their case."""
    forms = (value, value.lower(), value.upper(), value.title())
    return list(dict.fromkeys(folded(each) for each in forms))


def _any(clause: str, forms: list[str]) -> str:
    return f"({' OR '.join(clause for _ in forms)})"


def _text(world: World, column: str, value: str, module: str, *, whole: bool = False) -> tuple[str, list[str]]:
    """Match a text that no column holds: few documents are read where the index of all letters knows better."""
    clause, values = _like(column, value, whole=whole)
    narrowed = None if value.startswith("${") else world.store.narrowed(module, value.lower().split("*"))
    if narrowed is None:
        return clause, values
    return f"{narrowed[0]} AND {clause}", [*narrowed[1], *values]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def shown(world: World, module: str, entry: Json) -> Json:
    """Return a hit as the search answer shows it: the record as the index last saw it."""
    seen: Json = entry["doc"]
    if module == "contacts":
        return seen | {"account": None}
    counts = {"threadCount": str(world.store.count("thread", "ticket = ?", entry["id"]))}
    return seen | counts
