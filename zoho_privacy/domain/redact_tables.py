"""Values that a heading names: the columns of a pasted table and of an SQL insert. Pure.

A line of headings counts as one where a column is named as personal and the next line has as many cells. Cells are read
as far as the lines keep their number. Quotes hold separators; nothing else of the formats is read here.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_rules import Find, Span, later
from zoho_privacy.domain.redact_view import BARRIER, View, fold

_HEADINGS: Final = {
    "PERSON": "name|firstname|lastname|fullname|surname|givenname|familyname|middlename|displayname|maidenname|employee|employeename"
    "|contactname|customername|clientname|username full|contactperson|requester|assignee|owner|manager|reporter|caller|author|agent"
    "|vorname|nachname|mitarbeiter|mitarbeiterin|ansprechpartner|kunde|nom|prenom|nomcomplet|nombre|apellido|apellidos|nombrecompleto"
    "|nome|cognome|nomecompleto|sobrenome|naam|voornaam|achternaam|medewerker|fornavn|etternavn|efternavn|navn|fornamn|efternamn|namn"
    "|imie|nazwisko|imieinazwisko|jmeno|prijmeni|etunimi|sukunimi|nimi|nev|vezeteknev|keresztnev|ime|prezime|nume|prenume|ad|soyad|adsoyad"
    "|имя|фамилия|фио|ονομα|επωνυμο|apelido|sobrenome|cardholder|accountholder|patient|tenant|student|attendee|guest|driver|conductor|conductora|chofer|motorista|autista|fahrer|fahrerin"
    "|chauffeur|bestuurder|kierowca|ridic|vozac|conducteur|pracownik|zamestnanec|anstalld|ansat|tyontekija|dolgozo|angajat|calisan|сотрудник|работник"
    "|schuler|schulerin|alumno|alumna|eleve|alunno|gast|huesped|hote|ospite|paciente|paziente|potilas|mieter|inquilino|locataire|mitglied|socio|socia|fname|lname|contact|personname",
    "USERNAME": "utilizador|brukernavn|brugernavn|uzivatel|uzytkownik|korisnik|utilizator|kullaniciadi|kullanici|felhasznalonev|kayttajatunnus|gebruiker|username|userid|login|loginname|samaccountname|upn|userprincipalname|uid|logon|useraccount|benutzername|benutzer"
    "|utilisateur|usuario|utente|gebruikersnaam|anmeldename|accountname|ntaccount|mailnickname|alias",
    "DATE": "geb|gebdat|gebdatum|geburtsdat|nato|nata|ne|nee|nele|neele|urodz|narozen|fodt|fodd|szul|nasc|birth|dob|birthdate|dateofbirth|birthday|bday|geburtsdatum|geburtstag|datedenaissance|fechadenacimiento|datadinascita|geboortedatum|nascimento|datadenascimento|nacimiento|nascita|naissance|urodzenia|dataurodzenia|datumnarozeni|fodelsedatum|fodselsdato|syntymaaika|дата рождения|датарождения|dogumtarihi",
    "ADDRESS": "address|homeaddress|street|streetaddress|postaladdress|mailingaddress|adresse|anschrift|strasse|direccion|indirizzo|adres"
    "|addressline1|address1|addressline2|address2",
    "PHONE": "phone|phonenumber|mobile|mobilephone|cell|cellphone|telephone|tel|homephone|workphone|telefon|telefono|handy|mobil|gsm|fax|telefone|telemovel|celular|movil|telefoonnummer|mobiel|portable|komorka|telefonkomorkowy|mobilnitelefon|puhelin|telefonszam|телефон|мобильный|мобильныйтелефон|τηλεφωνο|κινητο|ceptelefonu|telefonnummer|mobilnummer|mobiltelefon",
    "GOVID": "ssn|socialsecuritynumber|nationalid|passport|passportnumber|passportno|taxid|nino|nationalinsurancenumber|personnummer|pesel|dni|nif|cpf",
}  # fmt: skip
_NAMED: Final = {heading: label for label, list_ in _HEADINGS.items() for heading in map(fold, list_.split("|"))}
_FIRSTS: Final = words.bag(
    "name first last full surname given family vorname nachname nom prenom nombre apellido apellidos nome cognome"
    " apelido sobrenome utilizador naam voornaam achternaam fornavn etternavn efternavn navn imie nazwisko jmeno prijmeni etunimi sukunimi nev"
    " mitarbeiter mitarbeiterin ansprechpartner kunde utilisateur usuario cliente medewerker anvandare bruger bruker"
    " ime prezime employee dob birth fname lname firstname lastname fullname displayname username login"
    " samaccountname contact customer requester assignee owner values insert user"
    " phone mobile cell telefon telefono telefone movil mobil handy gsm dni nif ssn pesel personnummer passport geburtsdatum nacimiento"
    " driver conductor conductora chofer fahrer fahrerin chauffeur bestuurder kierowca ridic patient paciente guest gast huesped student alumno schuler"
) | frozenset(_NAMED)
"""One of these words stands in every line of headings that is read."""

_MAILS: Final = frozenset({"email", "mail", "emailaddress", "mailaddress", "correo", "epost"})
_OF_PEOPLE: Final = frozenset(
    heading
    for heading, label in _NAMED.items()
    if label == "PERSON"
    and heading not in words.bag("name nom nombre nome naam navn namn nimi nev ime nume ad author agent owner contact")
)
_APART: Final = later(r"[ |+=:-]{5,2000}|[ ]{0,4}")
_LETTERS: Final = later(r"[^a-z0-9\xa1-\xff]+")
_MARKS: Final = (",", ";", "\t", "|")
_CELL: Final = {
    mark: re.compile(rf'[ ]*(?:"(?:[^"\n]|"")*+"|\'[^\'\n]*\'(?=[ ]*(?:{re.escape(mark)}|$))|[^{re.escape(mark)}\n]*)') for mark in _MARKS
}  # fmt: skip
_INSERT: Final = later(r"insert[ \n\t]+into[ \n\t]+[^\s(]{1,80}[ \n\t]*\(([^()]{3,800})\)[ \n\t]*values[ \n\t]*(?=\()")
_TUPLE: Final = later(r"[ \n\t,]{0,20}\(((?:'(?:[^'\n]|''){0,300}'|\"[^\"\n]{0,300}\"|[^()'\"\n]){1,3000})\)")
_VALUE: Final = later(r"[ ]*(?:'((?:[^'\n]|'')*)'|\"([^\"\n]*)\"|([^,]*))[ ]*(?:,|$)")
_MOST_COLUMNS: Final = 60
_MOST_ROWS: Final = 5000


def finds(view: View) -> Iterator[Find]:
    """Yield the cells that a heading calls personal."""
    if view.words.isdisjoint(_FIRSTS):
        return
    if "\n" in view.text:
        yield from _tables(view, [place for _, place in view.standing(_FIRSTS)])
    if "insert" in view.words:
        yield from _inserts(view)


def _tables(view: View, named: Sequence[int]) -> Iterator[Find]:
    """Yield the cells under headings; `named` is where words stand that may begin one."""
    text, low, start, length = view.text, view.low, 0, len(view.text)
    columns: dict[int, str] = {}
    mark, cells, rows = "", 0, 0
    while start < length:
        end = text.find("\n", start)
        end = length if end < 0 else end
        if columns and _APART.fullmatch(text, start, end):  # as databases print, people write and pages are built
            start = end + 1
            continue
        if columns:
            spans = _cells(text, start, end, mark)
            if len(spans) == cells and rows < _MOST_ROWS:
                rows += 1
                yield from _personal(view, spans, columns)
                start = end + 1
                continue
            columns = {}
        coming = bisect_left(named, start)
        if coming == len(named):
            return
        if named[coming] > end:
            start = text.rfind("\n", end, named[coming]) + 1
            continue
        if end - start < 2000:
            first, last = _next_line(text, end)
            while last < length and _APART.fullmatch(text, first, last):
                first, last = _next_line(text, last)
            mark, cells, columns = _heading(text, low, start, end, (first, last))
            rows = 0
        start = end + 1


def _next_line(text: str, end: int) -> Span:
    stop = text.find("\n", end + 1)
    return min(end + 1, len(text)), len(text) if stop < 0 else stop


def _heading(text: str, low: str, start: int, end: int, following: Span) -> tuple[str, int, dict[int, str]]:
    """Return separator, number of cells and personal columns of a line of headings, no columns where it is none."""
    counts = [text.count(each, start, end) for each in _MARKS]
    count = max(counts)
    mark = _MARKS[counts.index(count)]
    if not 0 < count < _MOST_COLUMNS or text.count(mark, *following) < count:
        return mark, 0, {}
    spans = _cells(text, start, end, mark)
    headings = list(map(_called(low), spans))
    columns = {index: _NAMED[heading] for index, heading in enumerate(headings) if heading in _NAMED}
    if len(columns) < 2 and not _MAILS.intersection(headings) and not _OF_PEOPLE.intersection(headings):
        return mark, 0, {}  # things have names, too
    below = next(filter(None, map(_called(low), _cells(text, *following, mark))), "")
    if below in _NAMED or below in _MAILS:
        return mark, 0, {}  # a heading in each line
    told = all(
        last - first < 40 and not any(c in "0123456789@" for c in low[first : first + 3]) for first, last in spans
    )
    return mark, len(spans), columns if told else {}


def _called(low: str) -> Callable[[Span], str]:
    """Return what tells the letters of a cell that is no longer than a heading."""
    return lambda span: _LETTERS.sub("", low[slice(*span)]) if span[1] - span[0] < 40 else ""


def _cells(text: str, start: int, end: int, mark: str) -> list[Span]:
    spans: list[Span] = []
    at, cell = start, _CELL[mark]
    while at <= end and len(spans) < _MOST_COLUMNS:
        found = cell.match(text, at, end)
        last = found.end() if found else at
        if last < end and text[last] != mark:
            last = text.find(mark, last, end)
            last = end if last < 0 else last
        spans.append((at, last))
        at = last + 1
    return spans


def _personal(view: View, spans: Sequence[Span], columns: dict[int, str]) -> Iterator[Find]:
    for index, label in columns.items():
        start, end = _bare(view.text, *spans[index])
        if _fits(view, start, end, label):
            yield start, end, label


def _bare(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in " \"'*\r":
        start += 1
    while end > start and text[end - 1] in " \"'*\r":
        end -= 1
    return start, end


def _fits(view: View, start: int, end: int, label: str) -> bool:
    """Tell whether a cell may hold what its heading says: an empty one, a dash or a word such as "none" does not."""
    written, low = view.text[start:end], view.low[start:end]
    if not 1 < end - start < 120 or BARRIER in written or low in _NOTHING:
        return False
    digits = sum(char in "0123456789" for char in low)
    match label:
        case "PERSON":
            known = low in words.SYSTEM_ACCOUNTS or low in words.NOT_NAMES or low.lstrip().split(" ")[0] in _DESKS
            return not digits and "@" not in low and any(map(str.isalpha, written)) and low.count(" ") < 5 and not known
        case "USERNAME":
            return " " not in low and low not in words.SYSTEM_ACCOUNTS and "@" not in low and digits < len(low) - 1
        case "ADDRESS":
            return any(map(str.isalpha, written)) and (digits > 0 or " " in low)
        case "DATE":
            return digits >= 4
        case _:
            return digits >= 5


_DESKS: Final = words.bag("support suporte soporte assistenza helpdesk servicedesk kundenservice service team")
_NOTHING: Final = words.bag("none null nil n/a na unknown tbd - -- true false yes no string text varchar int integer")


def _inserts(view: View) -> Iterator[Find]:
    """`insert into staff (first_name, mail) values ('Ada', ...), (...)`."""
    for found in _INSERT.finditer(view.low):
        names = [_LETTERS.sub("", each) for each in found.group(1).split(",")]
        columns = {index: _NAMED[name] for index, name in enumerate(names) if name in _NAMED}
        row = _TUPLE.match(view.low, found.end()) if columns else None
        while row is not None:
            spans = [_span(value) for value in _VALUE.finditer(view.low, *row.span(1))]
            yield from _personal(view, spans, {at: label for at, label in columns.items() if at < len(spans)})
            row = _TUPLE.match(view.low, row.end())


def _span(found: re.Match[str]) -> Span:
    return found.span(found.lastindex or 0)
