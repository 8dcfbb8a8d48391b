"""Measures redaction beside its peers: `python -m benchmarks.redaction [LABELLED.json]`.

Prints, per engine that is installed: precision and recall per label by characters over three sets (the labelled file and
a set of templates of our own, on both of which rules were tuned, and a fresh set, written before it was measured and not
tuned on since); MB/s for short tickets, long texts and mail-like HTML; the share of hostile pages that come out right
(redaction_pages.py); and of us alone the processor time of import and first redaction, and of the worst hostile lines.
The labelled file is a JSON list of {"full_text", "spans": [{"entity_type", "start_position", "end_position"}]}.

The peers stay out of the project's environments; make one for them and run this there:
`python -m venv /tmp/peers && /tmp/peers/bin/pip install -e . presidio-analyzer scrubadub`. Presidio runs with its patterns
and a deny list of the contact's values, scrubadub with its detectors; without them only our figures are printed.
Nothing is asserted here; tests/unit/domain/test_redact_labelled.py holds the floors.
"""

import argparse
import itertools
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.redaction_pages import PAGES, mixed, score, strangers
from zoho_privacy.domain.redact import find_personal_data, redact_html, redact_text

Find = tuple[int, int, str]
Finder = Callable[[str], Iterable[Find]]
CONTACT = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.net"}
LABELS = {
    "PERSON": "PERSON",
    "ADDRESS": "ADDRESS",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "US_DRIVER_LICENSE": "GOVID",
    "IP_ADDRESS": "IP",
    "SECRET": "SECRET",
    "USERNAME": "USERNAME",
    "BIRTH_DATE": "DATE",
}
PRESIDIO = {"US_PASSPORT": "GOVID", "UK_NHS": "GOVID", "DATE_TIME": "DATE", **LABELS}
SCRUBADUB = {"email": "EMAIL", "phone": "PHONE", "credit_card": "CARD", "social_security_number": "SSN", "url": "URL",
             "credential": "SECRET", "twitter": "USERNAME", "skype": "USERNAME", "postalcode": "ADDRESS"}  # fmt: skip

# Names and places chosen to be in no list of ours; rules have been changed after looking at what was missed here.
VALUES: Mapping[str, Sequence[str]] = {
    "PERSON": (
        "Maribel Quesada", "Torvald Aakre", "Heidrun Käsbohrer", "Oluwatobi Fashola", "Jean-Loup Carpentras", "Wiesława Żurek",
        "Giacinta Perosa", "Sanjeeva Rangaswamy", "Teuvo Rämö", "Bríd Ní Cheallaigh", "Chidozie Anyanwu", "Leticia Barrientos",
        "Ruslan Tymchyshyn", "Hyacinthe Oudin", "Kjersti Hovland", "Mehrnaz Golzari", "Philippa Strutt", "Dragomir Velkov",
        "Noriko Ebihara", "Xóchitl Montaño", "Ludger Terhorst", "Sioned Prydderch", "Aurelio Sgambati", "Marijke Brandsma",
    ),
    "ADDRESS": (
        "27 Larkspur Crescent, Dunmow CM6 1ZX", "Ahornallee 91, 14050 Berlin", "8 rue du Moulin Vert, 69003 Lyon",
        "Via dei Glicini 14, 40137 Bologna", "C/ Olmos 33, 28005 Madrid", "4410 Juniper Hollow Rd, Apt 12, Boise, ID 83702",
        "Lindelaan 5, 3571 AB Utrecht", "ul. Wierzbowa 18/3, 60-123 Poznań", "Bjørkeveien 7, 0783 Oslo", "Rua das Acácias 210, 4150-026 Porto",
        "Unit 6, 19 Saltbush Street, Fremantle WA 6160", "Kastanienweg 3, 3012 Bern",
    ),
    "PHONE_NUMBER": ("+44 7700 900461", "030 90182 4471", "(208) 555-0174", "06 39 98 41 72", "+39 02 5550 1832", "+48 512 555 019"),
    "EMAIL_ADDRESS": ("m.quesada@example.org", "torvald+desk@mail.example.com", "heidrun_k@example.net", "oluwatobi.f@sub.example.co.uk"),
    "IP_ADDRESS": ("203.0.113.91", "198.51.100.23", "2001:db8:4::17"),
    "SECRET": ("Zw4!kelder-Toren", "ghp_h7Jk2LmQ9xTzR4vBn6YcW8sD1fG3aE5uPoIq", "AKIAQ3EXAMPLE7LOUTRE", "pr9-Xv22-Kol1"),
    "USERNAME": ("mquesada", "t.aakre", "hkb7", "ofashola2"),
    "BIRTH_DATE": ("14.02.1971", "1988-11-30", "7 August 1965"),
}  # fmt: skip
TEMPLATES = (
    "Morning team, {PERSON} moved desks today and the phone {PHONE_NUMBER} is dead.",
    "Ticket raised for {PERSON}. Their laptop shows error 0x80070005 after build 22631.2428.",
    "Bonjour,\nmerci d'appeler {PERSON} au {PHONE_NUMBER}.\nCordialement,\n{PERSON}",
    "Sehr geehrte Damen und Herren,\nbitte liefern Sie den Drucker an {ADDRESS}.\nMit freundlichen Grüßen\n{PERSON}",
    "The replacement goes to {ADDRESS}; order 4929578569339118 stays open.",
    "From: {PERSON} <{EMAIL_ADDRESS}>\nSent: Monday\nSubject: VPN\n\nStill down from {IP_ADDRESS}.",
    "Login {USERNAME} failed: user={USERNAME} password={SECRET} src={IP_ADDRESS}",
    "I asked {PERSON} yesterday whether Outlook 16.0.17328 was installed; it was not.",
    "new starter\nName: {PERSON}\nDate of birth: {BIRTH_DATE}\nAddress: {ADDRESS}\nMobile: {PHONE_NUMBER}",
    "C:\\Users\\{USERNAME}\\AppData is full. {PERSON} says so, and {PERSON} agrees.",
    "export TOKEN={SECRET}\nssh {USERNAME}@build07.example.com -p 2222",
    "Hola,\nsoy {PERSON} y vivo en {ADDRESS}. Mi correo es {EMAIL_ADDRESS}.",
    "Buongiorno, la collega {PERSON} non riceve la posta. Saluti, {PERSON}",
    "After the meeting {PERSON} and {PERSON} could not print on floor 3; cartridge 4.17.21 is fine.",
    "Can you reset the account of {PERSON}? The mailbox is {EMAIL_ADDRESS}.",
    "Release 10.4.2 broke lodash@4.17.21 and icon@2x.png; nothing personal in this line, we will see in May.",
)


# Written before its figures were seen, and not tuned on: other names, other sentences, other languages.
FRESH_VALUES: Mapping[str, Sequence[str]] = {
    "PERSON": (
        "Annika Rosvall", "Besarion Kakhidze", "Corisande Lathbury", "Dietlind Pfannmüller", "Eskendir Worku", "Fiammetta Guarnaschelli",
        "Gwenhwyfar Maddox", "Hallvard Stensrud", "Iluminada Cebrián", "Jaromíra Hlaváčková", "Kwadwo Asante-Boateng", "Ljubinka Perišić",
        "Nanouk Verhaegen", "Osmo Kaipainen", "Przemysława Gąsior", "Quitéria Vasconcellos", "Sigtrygg Eldjarn", "Tancredi Malaspina",
    ),
    "ADDRESS": (
        "9 Thistledown Mews, Ludlow SY8 2PT", "Erlenbruchstraße 44, 60386 Frankfurt", "12 bis rue des Tanneurs, 37000 Tours",
        "Viale Monte Ceneri 60, 20155 Milano", "Calle Almendro 7, 2º B, 41003 Sevilla", "Kastelenstraat 118, 1082 EK Amsterdam", "Storgata 21, 9008 Tromsø",
    ),
    "PHONE_NUMBER": ("+31 20 555 0188", "0161 496 0733", "(512) 555-0119", "+33 1 70 18 99 04", "089 5550 7741"),
    "EMAIL_ADDRESS": ("a.rosvall@example.net", "corisande@mail.example.org", "osmo-k@example.co.uk"),
    "IP_ADDRESS": ("198.51.100.177", "2001:db8:9::2f"),
    "SECRET": ("Birke7+Fjord", "xoxb-2048-Kp3QmZ7rTyWv", "glpat-9sKdLm2PqRt7VxYz4WbN"),
    "USERNAME": ("arosvall", "h.stensrud", "okaip3"),
    "BIRTH_DATE": ("03.11.1969", "1990-07-21", "12 March 1958"),
}  # fmt: skip
FRESH_TEMPLATES = (
    "Hello,\nplease create a mailbox for {PERSON}, who starts on Monday.\nRegards,\n{PERSON}\nPhone: {PHONE_NUMBER}",
    "The docking station of {PERSON} is broken; {PERSON} confirmed it on the phone ({PHONE_NUMBER}).",
    "Guten Morgen {PERSON},\ndas Gerät steht jetzt bei {ADDRESS}.\nViele Grüße\n{PERSON}",
    "Bonjour,\n{PERSON} demande un accès au partage. Son adresse : {ADDRESS}.\nCordialement\n{PERSON}",
    "Van: {PERSON} <{EMAIL_ADDRESS}>\nAan: {PERSON}\nOnderwerp: wachtwoord\n\nMijn wachtwoord is {SECRET}",
    "Buongiorno, sono {PERSON}. Il mio numero è {PHONE_NUMBER}, abito in {ADDRESS}.",
    "Den 4. mars 2025 kl. 09:12 skrev {PERSON}:\n> skriveren er nede\n\nHilsen {PERSON}",
    "Dzień dobry, koleżanka {PERSON} nie może się zalogować.\nPozdrawiam\n{PERSON}",
    "Employee: {PERSON}\nDOB: {BIRTH_DATE}\nHome address: {ADDRESS}\nUser name: {USERNAME}",
    "session opened for user {USERNAME} by (uid=0) from {IP_ADDRESS}",
    "Olá, falei com {PERSON} e a conta de {PERSON} continua bloqueada.",
    "Kollegani {PERSON} ei saa postia. Terveisin {PERSON}",
    "Requested by {PERSON} on behalf of {PERSON}; API token: {SECRET}",
    "Chrome 122.0.6261.112 crashes after KB5034763; Fabric Console reports nothing, the Quartz Gateway is fine.",
    "We moved the rack to room B2.114 on 2024-11-05 at 14:20, ticket 417000000990017, firmware 7.4.3.",
)


def hold_out(
    count: int = 480, templates: Sequence[str] = TEMPLATES, values: Mapping[str, Sequence[str]] = VALUES
) -> list[dict[str, Any]]:
    """Return labelled texts of the same form as the labelled file; the same ones on every run."""
    chance = random.Random(20)
    rows = []
    for number in range(count):
        text, spans = "", []
        for index, part in enumerate(templates[number % len(templates)].replace("}", "{").split("{")):
            if index % 2:
                written = chance.choice(values[part])
                spans.append(
                    {"entity_type": part, "start_position": len(text), "end_position": len(text) + len(written)}
                )
                text += written
            else:
                text += part
        rows.append({"full_text": text, "spans": spans})
    return rows


def measure(
    rows: Iterable[Mapping[str, Any]], find: Finder = find_personal_data
) -> dict[str, tuple[float, float, int]]:
    """Return label -> (precision, recall, labelled characters).

    A found character is right where it lies in any labelled span, whatever its class; recall counts the characters of
    a class that anything covered. Places, organisations, titles and dates that are no birth dates are not asked for.
    """
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for row in rows:
        text = row["full_text"]
        finds = list(find(text))
        here = {index for start, end, _ in finds for index in range(start, end)}
        personal = {index for span in row["spans"] for index in range(span["start_position"], span["end_position"])}
        for start, end, label in finds:
            letters = [index for index in range(start, end) if text[index].isalnum()]
            found[label] += len(letters)
            right[label] += sum(index in personal for index in letters)
        for span in row["spans"]:
            label = LABELS.get(span["entity_type"], "")
            letters = [i for i in range(span["start_position"], span["end_position"]) if text[i].isalnum()]
            if label:
                wanted[label] += len(letters)
                covered[label] += sum(index in here for index in letters)
    return {
        label: (
            right[label] / found[label] if found[label] else 1.0,
            covered[label] / wanted[label] if wanted[label] else 1.0,
            wanted[label],
        )
        for label in sorted({*found, *wanted})
    }


def pages(texts: Sequence[str]) -> list[str]:
    """Return mails as a word processor writes them around the texts: mostly style."""
    style = "<span lang=EN-US style='font-size:11.0pt;font-family:\"Calibri\",sans-serif;mso-fareast-language:EN-US'>"
    rule = 'p.MsoNormal, li.MsoNormal {margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;}\n'
    return [
        f"<html><head><style>{rule * 40}</style></head><body>"
        + "".join(f"<p class=MsoNormal>{style}{line}<o:p></o:p></span></p>\n" for line in text.split("\n"))
        + "</body></html>"
        for text in texts
    ]


def rate(work: Callable[[str], object], samples: Sequence[str]) -> float:
    """Return MB/s of processor time over the samples, after a warm-up of ten."""
    for sample in samples[:10]:
        work(sample)
    begin = time.process_time()
    for sample in samples:
        work(sample)
    return sum(map(len, samples)) / 1e6 / (time.process_time() - begin)


def speed(find: Finder | None) -> dict[str, float]:
    """Return MB/s by kind of text; a peer only finds, we find and write, for another contact each time."""
    rows = hold_out()
    dense = ["\n".join(row["full_text"] for row in rows[at : at + 8]) for at in range(0, 160, 8)]
    sparse = [PLAIN * 6 + text for text in dense]
    kinds = {"dense text": dense, "ticket text": sparse, "word processor mail": pages(dense)}
    contacts = itertools.count()

    def ours(text: str) -> str:
        number = next(contacts)
        contact = {**CONTACT, "lastName": f"Moss{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}"}
        return redact_html(text, contact) if text.startswith("<html>") else redact_text(text, contact)

    return {kind: rate(ours if find is None else lambda text: list(find(text)), texts) for kind, texts in kinds.items()}


PLAIN = (
    "the shared drive on the second floor is slow since the update and some files open only after a minute or two.\n"
    "we restarted the service, cleared the cache and removed the old driver; event 4625 comes every 10 minutes.\n"
    "could somebody look at the queue before noon, please? version 10.0.19045.3803 is installed on all of them.\n"
)

HOSTILE = (
    "1.1.1.", "a@", "(", "+1 ", '<a "', "&#", "password: ", "::", "\nFrom: A", "Hi A and ", "Regards,\n>", "12 Main Street ", "eyJa",
    "-----BEGIN PRIVATE KEY-----", "zsu[@user:", "x@x.com ", "<!--", "QUJD", "1 ", "John Smith ", "at 1 a ", "Kim Lee, ", "moss ada ", "&lt;",
)  # fmt: skip


def worst_lines() -> list[tuple[float, str]]:
    """Return the slowest 50 kB lines in seconds of processor time, as text or as page, the slowest first."""
    found = []
    for unit in HOSTILE:
        line = (unit * (50_000 // len(unit) + 1))[:50_000]
        times = []
        for work in (redact_text, redact_html):
            begin = time.process_time()
            work(line, CONTACT)
            times.append(time.process_time() - begin)
        found.append((max(times), unit))
    return sorted(found, reverse=True)


def start_up() -> tuple[float, float]:
    """Return milliseconds of processor time for import and first redaction, with byte code and without; best of five."""
    code = (
        "import time; begin = time.process_time(); import zoho_privacy; zoho_privacy.redact_text('Hi Will,\\ncall 0171/1234567,"
        " password: Hunter22!', {'firstName': 'Ada', 'lastName': 'Moss'}); print((time.process_time() - begin) * 1000)"
    )

    def run(*options: str) -> float:
        command = [sys.executable, *options, "-c", code]
        return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(5))  # noqa: S603

    with tempfile.TemporaryDirectory() as empty:
        return run(), run("-B", "-X", f"pycache_prefix={empty}")


def taken_out(find: Finder) -> Callable[[str, Mapping[str, str]], str]:
    """Return a redaction that cuts out what a peer finds; the contact is its deny list, as ours is its record."""

    def redact(source: str, contact: Mapping[str, str]) -> str:
        known = [value for value in contact.values() if value]
        spans = [(start, end) for start, end, _ in find(source)]
        spans += [found.span() for value in known for found in re.finditer(re.escape(value), source, re.IGNORECASE)]
        for start, end in sorted(spans, reverse=True):
            source = source[:start] + source[end:]
        return source

    return redact


def presidio() -> Finder:
    """Return Presidio with its patterns and a deny list, without a language model.

    Raises:
        ImportError: It is not installed.
    """
    import tldextract  # type: ignore[import-not-found]  # noqa: PLC0415
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # type: ignore[import-not-found]  # noqa: PLC0415

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())  # it would ask the network
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers()
    patterns = [each for each in registry.recognizers if isinstance(each, PatternRecognizer)]
    patterns.append(PatternRecognizer(supported_entity="PERSON", deny_list=list(CONTACT.values())))

    def find(text: str) -> Iterable[Find]:
        for each in patterns:
            for hit in each.analyze(text, each.supported_entities, None) or ():
                if hit.score >= 0.3:
                    yield hit.start, hit.end, PRESIDIO.get(hit.entity_type, hit.entity_type)

    return find


def scrubadub() -> Finder:
    """Return scrubadub with its own detectors.

    Raises:
        ImportError: It is not installed.
    """
    import scrubadub as peer  # type: ignore[import-not-found]  # noqa: PLC0415

    scrubber = peer.Scrubber()
    return lambda text: [
        (filth.beg, filth.end, SCRUBADUB.get(filth.type, filth.type.upper())) for filth in scrubber.iter_filth(text)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of every engine that is here."""
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks.redaction",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("labelled", type=Path, nargs="?", help="a file of labelled texts to measure on as well")
    labelled = parser.parse_args(arguments).labelled
    sets = {"our set": hold_out(), "fresh set": hold_out(450, FRESH_TEMPLATES, FRESH_VALUES)}
    if labelled and not labelled.is_file():
        parser.error(f"there is no file {labelled}: name the labelled texts, or leave them out")
    if labelled:
        sets["labelled"] = json.loads(labelled.read_text(encoding="utf-8"))
    engines: dict[str, Finder] = {"zoho_privacy": find_personal_data}
    for name, make in (("presidio", presidio), ("scrubadub", scrubadub)):
        try:
            engines[name] = make()
        except ImportError:
            print(f"{name} is not installed: left out (the module says how)")  # noqa: T201
    for engine, find in engines.items():
        for called, rows in sets.items():
            print(f"\n{engine} on {called}, {len(rows)} texts")  # noqa: T201
            for label, (precision, recall, size) in measure(rows, find).items():
                print(f"  {label:14} precision {precision:.3f}  recall {recall:.3f}  of {size} characters")  # noqa: T201
        own = engine == "zoho_privacy"
        rates = speed(None if own else find)
        print("  " + ", ".join(f"{kind} {mbs:.2f} MB/s" for kind, mbs in rates.items()) + " of processor time")  # noqa: T201
        for whose, pages in (("our", PAGES), ("strangers'", strangers()), ("our mixed", mixed())):
            share, wrong = score(*((redact_html, redact_text) if own else (taken_out(find),) * 2), pages)
            print(f"  {whose} hostile pages right: {share:.1%} of {len(pages)}")  # noqa: T201
            if own:
                print("  wrong: " + (", ".join(wrong) or "none"))  # noqa: T201
        if own:
            warm, cold = start_up()
            print(f"  import and first redaction: {warm:.0f} ms with byte code, {cold:.0f} ms without")  # noqa: T201
            for seconds, unit in worst_lines()[:4]:
                print(f"  50 kB of {unit!r}: {seconds:.2f} s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
