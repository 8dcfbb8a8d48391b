"""People nobody has heard of, told by where their names stand, in each language; and things that are nobody."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from zoho_privacy.domain.redact import find_personal_data, redact_text
from zoho_privacy.domain.redact_names import FAMILY, GIVEN
from zoho_privacy.domain.redact_view import fold

UNKNOWN: Final = ("Quorra Vintilescu", "Zebedia Thrace", "Heidrun Käsbohrer", "Wiesława Żurek", "Teuvo Rämö")
# Greeting, signature, colleague, header, reply line, and what people do.
SENTENCES: Final[Mapping[str, Sequence[str]]] = {
    "en": (
        "Dear {n},\nit is down.",
        "It is down.\n\nKind regards,\n{n}",
        "my colleague {n} cannot log in",
        "From: {n}\nSubject: VPN",
        "On Mon, 3 Mar 2025 at 10:11, {n} wrote:\n> it",
        "{n} says the VPN is slow",
        "can you reset the account of {n}?",
        "Sent from {f}'s iPhone",
        "here is {f}'s address",
        "everyone calls me {f}",
        "it is under my partner's name {n}",
        "please follow up with {n} next week",
        "{n}\n\n12 Mill Lane\nLeeds LS1 4AB",
        "{n}\nThe Copper Kettle\n12 Mill Lane\nLeeds LS1 4AB",
    ),
    "de": (
        "Sehr geehrte Frau {l},\nes geht nicht.",
        "Danke.\n\nMit freundlichen Grüßen\n{n}",
        "Viele Grüße\n{f}",
        "meine Kollegin {n} kann nicht arbeiten",
        "Von: {n}\nBetreff: VPN",
        "Am 03.03.2025 um 10:11 schrieb {n}:\n> es",
        "{n} sagt, das VPN sei langsam",
        "ich habe mit {n} gesprochen",
    ),
    "fr": (
        "Bonjour Madame {l},\nmerci.",
        "Cordialement,\n{n}",
        "mon collègue {n} n'a pas de VPN",
        "De : {n}\nObjet : VPN",
        "Le lun. 3 mars 2025 à 10:11, {n} a écrit :\n> ici",
        "le compte de {n} est bloqué",
        "merci d'appeler {n} au bureau",
    ),
    "es": (
        "Estimado Sr. {l}:\ngracias.",
        "Saludos,\n{n}",
        "mi compañera {n} no puede entrar",
        "De: {n}\nAsunto: VPN",
        "El lun, 3 mar 2025 a las 10:11, {n} escribió:\n> aquí",
        "{n} dice que la VPN va lenta",
    ),
    "it": (
        "Gentile Sig.ra {l},\ngrazie.",
        "Cordiali saluti,\n{n}",
        "la mia collega {n} non riesce ad accedere",
        "Da: {n}\nOggetto: VPN",
        "Il giorno lun 3 mar 2025 alle ore 10:11 {n} ha scritto:\n> qui",
        "ho parlato con {n} ieri",
    ),
    "nl": (
        "Geachte mevrouw {l},\nbedankt.",
        "Met vriendelijke groet,\n{n}",
        "mijn collega {n} kan niet inloggen",
        "Van: {n}\nOnderwerp: VPN",
        "Op ma 3 mrt 2025 om 10:11 schreef {n}:\n> hier",
        "het account van {n} is geblokkeerd",
    ),
    "pt": (
        "Prezado {n},\nobrigado.",
        "Atenciosamente,\n{n}",
        "minha colega {n} não consegue entrar",
        "De: {n}\nAssunto: VPN",
        "Em seg., 3 de mar. de 2025 às 10:11, {n} escreveu:\n> aqui",
        "falei com {n} ontem",
    ),
    "da": (
        "Kære {n},\ntak.",
        "Med venlig hilsen\n{n}",
        "min kollega {n} kan ikke logge ind",
        "Fra: {n}\nEmne: VPN",
        "Den man. 3. mar. 2025 kl. 10.11 skrev {n}:\n> her",
        "{n} siger, at VPN er langsom",
    ),
    "sv": (
        "Hej {f},\ntack.",
        "Med vänliga hälsningar\n{n}",
        "min kollega {n} kan inte logga in",
        "Från: {n}\nÄmne: VPN",
        "Den mån 3 mars 2025 kl 10:11 skrev {n}:\n> här",
        "jag pratade med {n} igår",
    ),
    "no": (
        "Kjære {n},\ntakk.",
        "Med vennlig hilsen\n{n}",
        "min kollega {n} får ikke logget inn",
        "Fra: {n}\nEmne: VPN",
        "man. 3. mars 2025 kl. 10:11 skrev {n}:\n> her",
        "{n} sier at VPN er treg",
    ),
    "pl": (
        "Dzień dobry {f},\ndziękuję.",
        "Pozdrawiam,\n{n}",
        "moja koleżanka {n} nie może się zalogować",
        "Od: {n}\nTemat: VPN",
        "pon., 3 mar 2025 o 10:11 {n} napisał(a):\n> tu",
        "{n} mówi, że VPN jest wolny",
    ),
    "fi": (
        "Moi {f},\nkiitos.",
        "Ystävällisin terveisin\n{n}",
        "kollegani {n} ei pääse sisään",
        "Lähettäjä: {n}\nAihe: VPN",
        "ma 3. maaliskuuta 2025 klo 10.11 {n} kirjoitti:\n> tässä",
        "{n} sanoo, että VPN on hidas",
    ),
    "cs": (
        "Vážená paní {l},\nděkuji.",
        "S pozdravem\n{n}",
        "kolega {n} nemá VPN",
        "Od: {n}\nPředmět: VPN",
        "po 3. 3. 2025 v 10:11 odesílatel {n} napsal:\n> zde",
        "{n} říká, že VPN je pomalá",
    ),
}
NOBODY: Final = (
    "Microsoft Teams and Cisco Webex could not start after the update.",
    "The Fortinet Client says access denied.",
    "We use Adobe Sign and Power Automate for approvals.",
    "I asked Customer Support yesterday.",
    "Red Hat Enterprise says no",
    "Please contact Human Resources or the Service Desk.",
    "Visual Studio Code says the extension failed",
    "Trend Micro reports malware",
    "the account of Contoso Finance Group",
    "cc Accounts Payable please",
    "Sent by Outlook Mobile",
    "Meeting Room Berlin has no screen",
    "Thanks,\nIT Support Team",
    "From: Service Desk\nTo: All Staff",
    "Dear Customer Care,",
    "Bei Rückfragen Durchwahl benutzen.",
    "Der Neue Server und die Alte Datenbank können nicht starten.",
    "mit Remote Desktop Verbindung gesprochen",
    "Konto von Exchange Online Postfach",
    "le service Ressources Humaines dit que non",
    "cuenta de Correo Electronico",
    "account di Posta Elettronica",
    "ServiceNow Connector needs update",
    "mit Ihrer Pressemitteilung",
    "It will take long. Then mark the best one.",
)


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.req("R-ERASE-2")
def test_an_unknown_name_is_told_by_its_place(language: str) -> None:
    for sentence in SENTENCES[language]:
        for name in UNKNOWN:
            first, last = name.split(" ")
            after = redact_text(sentence.format(n=name, f=first, l=last))
            assert not any(part in after for part in (first, last)), sentence


def test_the_unknown_names_are_in_no_list() -> None:
    assert any(fold(part) not in GIVEN | FAMILY for name in UNKNOWN for part in name.split(" "))
    assert not any(fold(name.split(" ")[1]) in FAMILY for name in UNKNOWN)


@pytest.mark.parametrize("text", NOBODY)
def test_a_thing_with_capitals_is_nobody(text: str) -> None:
    assert [label for _, _, label in find_personal_data(text) if label == "PERSON"] == []


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dear Mr. Ford, ask Prof. Dr. Okerlund", ["Mr. Ford", "Prof. Dr. Okerlund"]),
        ("Sehr geehrte Frau Dr. Käsbohrer,", ["Frau Dr. Käsbohrer"]),
        ("the verses from Kevin Lamarque's book", ["Kevin Lamarque"]),
        ("Heidi van der Velden, the surgeon, said no", ["Heidi van der Velden"]),
        ("it's under my partner's name roberto quellmann", ["roberto quellmann"]),
        ("natasha takebayashi\nfloor 3", ["natasha takebayashi"]),
        ("our three founders: Quellmann, Lee and Phillips.", ["Quellmann", "Lee", "Phillips"]),
        ("They had 4: Malvo, Mark, Kaylee and Jennifer.", ["Malvo", "Mark", "Kaylee", "Jennifer"]),
        ("Torvald and Anneliese have no access", ["Torvald", "Anneliese"]),
        ('Amber: "Who are you?"', ["Amber"]),
        ("He read the Salómonsson novel (by Perić)", ["Salómonsson", "Perić"]),
        ("Oscar, can I please speak to your boss?", ["Oscar"]),
    ],
)
def test_a_name_is_taken_whole_with_its_title_and_its_neighbours_in_a_list(text: str, names: Sequence[str]) -> None:
    found = {text[start:end] for start, end, label in find_personal_data(text) if label == "PERSON"}
    assert found >= set(names)


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    "text",
    [
        "Outlook, Teams and Excel were slow.",
        "I miss the old printer and the old Scanner",
        "the lesson: Windows and Office were updated",
        "Chrome, Edge and Safari show the same page",
        "Berlin, Hamburg and Munich were offline",
    ],
)
def test_a_list_of_things_names_nobody(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.req("R-ERASE-1")
def test_a_title_goes_with_the_name_and_makes_no_other_person_of_it() -> None:
    after = redact_text("Ask Ms. Prettyman. Prettyman knows. I miss Prettyman.")
    assert after == "Ask [name removed]. [name removed] knows. I miss [name removed]."


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("勅使河原 様\nお世話になっております。", ["勅使河原"]),
        ("差出人: 小鳥遊 剛\n件名: 障害", ["小鳥遊 剛"]),
        ("尊敬的诸葛经理:\n请联系司马长风,手机 13855500188。", ["诸葛", "司马长风"]),
        ("제갈 팀장님께,\n빌드 2026.11.3\n남궁다온 드림", ["제갈", "남궁다온"]),
        ("السيد زهير،\nالخطأ 13", ["زهير"]),
        ("[10:02] Barty Q.: it is down\n[10:03] Agent Isolde: which build?", ["Barty Q.", "Isolde"]),
        ("s panem Ctiradem Vlkem", ["panem Ctiradem Vlkem"]),
    ],
)
def test_people_are_told_in_scripts_without_capitals_and_in_chats(text: str, names: Sequence[str]) -> None:
    found = {text[start:end] for start, end, label in find_personal_data(text) if label == "PERSON"}
    assert found >= set(names)


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    "text",
    [
        "お客様\nエラーコード 40213 です。皆様へ",
        "尊敬的客户:\n您好",
        "고객님, 안녕하세요.",
        "السادة العملاء، شكراً",
        "[10:02] Error: it is down\n10:03 Warning: Disk full",
    ],
)
def test_a_salutation_of_anybody_stays(text: str) -> None:
    assert redact_text(text) == text


OTHER_FORMS = (
    ({"firstName": "Işıl", "lastName": "Kılıçdağ"}, "ISIL KILICDAG, Isil Kiliçdag"),
    ({"firstName": "Jörg", "lastName": "Weißenböck"}, "WEISSENBÖCK Wei?enb?ck WeiÃŸenbÃ¶ck"),
    ({"firstName": "Steffi", "lastName": "Pfiffner-Aeschlimann"}, "Pﬁﬀner-Æschlimann"),
    ({"firstName": "Dexter", "lastName": "Lovelock"}, "ᴅᴇxᴛᴇʀ ʟᴏᴠᴇʟᴏᴄᴋ"),
    ({"firstName": "Edda", "lastName": "Quistorp", "email": "edda.q@example.com"}, "Q u i s t o r p, Q·u·i·s·t·o·r·p"),
    ({"firstName": "Radoslav", "lastName": "Hanzlík"}, "Hanzlíkovým účtem"),
    ({"firstName": "Eleuterio", "lastName": "Barragán Fuentes"}, "EleuterioBarragan"),
    ({"firstName": "Nikolaos", "lastName": "Tzavaras"}, "Νικόλαος Τζαβάρας, ΤΖΑΒΑΡΑΣ, Τζαβάρα"),
    ({"firstName": "Giedrius", "lastName": "Vaičiulėnas"}, "Vai%25C4%258Diul%25C4%2597nas, Vai%u010Diul%u0117nas"),
    ({"firstName": "Rüdiger", "lastName": "Büchsenschütz"}, "xn--bchsenschtz-thbi"),
)


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(("contact", "text"), OTHER_FORMS)
def test_a_known_name_is_found_as_others_write_it(contact: Mapping[str, str], text: str) -> None:
    after = redact_text(text, contact)
    left = {word for word in re.findall(r"[^\W\d_]{3,}", after) if word not in {"name", "removed", "účtem"}}
    assert left == set()


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sinon appelle Solenn au bureau", "Solenn"),
        ("har du pratat med Disa i driften?", "Disa"),
        ("please loop in Fitzwarren.", "Fitzwarren"),
        ("manda pro Wandercleison também", "Wandercleison"),
    ],
)
def test_one_unknown_name_is_told_by_how_somebody_is_reached(text: str, name: str) -> None:
    assert [text[start:end] for start, end, _ in find_personal_data(text)] == [name]


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize(
    "text", ["please loop in Support", "ping Outlook again", "appelle Windows au secours", "talk to Siri"]
)
def test_a_thing_that_is_reached_stays(text: str) -> None:
    assert redact_text(text) == text


SPOKEN_OF = """
Please coordinate the swap with Thandeka Mabuza from facilities.|Thandeka,Mabuza
I already discussed this with Oisin Gilhooly last Tuesday.|Oisin,Gilhooly
Our new controller, Ngozi Adichukwu, can't open the ledger.|Ngozi,Adichukwu
The laptop of Wanjiru Kamande shows a blue screen.|Wanjiru,Kamande
Wanjiru Kamande's laptop shows a blue screen.|Wanjiru,Kamande
cc'ing Piotrek Zawistowski who owns the firewall|Piotrek,Zawistowski
Thx, Hemming|Hemming
Spoke w/ Dimakatso - she will reboot it|Dimakatso
The last person to touch it was Faisal Qureshi (ext. 4402).|Faisal,Qureshi
Kindly reach out to our accountant Ms Ledelle Fontaine-Ruiz|Ledelle,Fontaine
Herr Zschoche aus der Buchhaltung hat das Passwort vergessen.|Zschoche
Frau Dr. Özlem Yavuzhan bittet um Rückruf.|Yavuzhan
Bitte richten Sie für unsere neue Kollegin Swantje Petersilie ein Postfach ein.|Swantje,Petersilie
Der PC von Hinnerk Brodersen startet nicht mehr.|Hinnerk,Brodersen
Ich vertrete diese Woche Gesche Jürgensen.|Gesche,Jürgensen
Le poste de Gwenaëlle Kervella ne démarre plus.|Gwenaëlle,Kervella
Monsieur Abdoulaye Diarrassouba a quitté l'entreprise.|Abdoulaye,Diarrassouba
Merci de voir cela avec Loïc Guéguen directement.|Loïc,Guéguen
Ma collègue Maylis ne reçoit plus ses mails.|Maylis
Hablé ayer con Eneko Arrizabalaga sobre el corte.|Eneko,Arrizabalaga
La cuenta de Nahia Etxeberria está bloqueada.|Nahia,Etxeberria
Il portatile di Ersilia Bonfanti non si accende.|Ersilia,Bonfanti
Ho sentito Duccio Pallavicini, conferma il guasto.|Duccio,Pallavicini
La signora Tosca Bevilacqua chiede assistenza.|Tosca,Bevilacqua
De laptop van Sjoukje Hoekstra start niet op.|Sjoukje,Hoekstra
Kun je even bellen met Wiebe Terpstra?|Wiebe,Terpstra
Mijn collega Fenna kan niet inloggen.|Fenna
O computador da Iracema Bittencourt não liga.|Iracema,Bittencourt
Falei com o Sr. Valdomiro e ele autorizou.|Valdomiro
Datorn som tillhör Ingegerd Rosenqvist är trasig.|Ingegerd,Rosenqvist
Kan du ringa Torkel Lagerbielke?|Torkel,Lagerbielke
Kontakt venligst Gudrun Skovgaard i økonomi.|Gudrun,Skovgaard
Bærbaren til Sindre Haugland er ødelagt.|Sindre,Haugland
Pekka Ylönen ei pääse kirjautumaan.|Pekka,Ylönen
Domitilla Bellucci ha confirmado que vuelve a funcionar.|Domitilla,Bellucci
Maëlys Quentric a confirmé la panne.|Maëlys,Quentric
Домициана Белоус подтвердила сбой.|Домициана,Белоус
Komputer pani Bożeny Szczepaniak nie działa.|Bożeny,Szczepaniak
Rozmawiałem z Zenonem Wiśniowskim o awarii.|Zenonem,Wiśniowskim
Počítač Radovana Krejčíře nejde zapnout.|Radovana,Krejčíře
Paní Drahomíra Vejvodová volala kvůli tiskárně.|Drahomíra,Vejvodová
Računalo koje koristi Zvonimir Perković ne radi.|Zvonimir,Perković
Laptopul doamnei Smaranda Brâncoveanu nu pornește.|Smaranda,Brâncoveanu
Szabolcs Hajdúböszörményi gépe nem indul.|Szabolcs,Hajdúböszörményi
Ayşegül Hanım'ın bilgisayarı açılmıyor.|Ayşegül
Müdürümüz Kerem Bozdağ onayladı.|Kerem,Bozdağ
Компьютер Аграфены Тимофеевой не включается.|Аграфены,Тимофеевой
Звонил Прохор Селезнёв из бухгалтерии.|Прохор,Селезнёв
Ο υπολογιστής της Ευανθίας Καλογήρου δεν ανοίγει.|Ευανθίας,Καλογήρου
Μίλησα με τον Αρίσταρχο Ζωγράφο για το θέμα.|Αρίσταρχο,Ζωγράφο
Лаптопът на Десислава Хаджиева не тръгва.|Десислава,Хаджиева
Caller was Rukhsana Begum, badge 4471.|Rukhsana,Begum
New starter Monday: Tiarnán McAleese, needs VPN|Tiarnán,McAleese
leaver: Obinna Okonkwo - disable AD account|Obinna,Okonkwo
assigned -> Yevhen Trofymenko|Yevhen,Trofymenko
on behalf of Mireille Kouyaté|Mireille,Kouyaté
Best, Q. Abernethy-Vance|Abernethy
Approved: Zubaida Al-Rashidi (CFO)|Zubaida,Rashidi
Ask Bronagh, she has the key|Bronagh
""".strip().splitlines()
"""A sentence, and behind the bar what of it names somebody."""


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize("line", SPOKEN_OF, ids=map(str, range(len(SPOKEN_OF))))
def test_people_in_no_list_are_told_by_what_is_said_of_them(line: str) -> None:
    text, names = line.rsplit("|", 1)
    after = redact_text(text)
    assert [name for name in names.split(",") if name in after] == []


THINGS = """
Die Software auf dem PC von Dell Technologies muss aktualisiert werden.
Das Konto von Microsoft Azure ist gesperrt.
Le compte de Google Workspace ne répond plus.
Le poste de Direction Générale est en panne.
La cuenta de Amazon Web Services tiene un error.
La impresora de Recursos Humanos no funciona.
El correo de Atención al Cliente rebota.
La stampante di Piano Terra è offline.
A conta do Banco Santander expirou.
De laptop van Afdeling Inkoop is traag.
De printer van Kantoor Utrecht doet het niet.
Datorn till Lager Norr startar inte.
Kontoen til Økonomi Afdeling er lukket.
Počítač Recepce Praha nejde zapnout.
Počítač HP ProDesk nejde zapnout.
Notebook Lenovo Legion se přehřívá.
Komputer Dell Optiplex nie działa.
Microsoft Support ha confirmado el fallo.
La Poste a confirmé la livraison.
Laptop Asus Zenbook nie startuje.
Drukarka Brother Laser nie drukuje.
Компьютер Lenovo ThinkCentre не включается.
Принтер Kyocera Ecosys не печатает.
Почта Яндекс Бизнес не работает.
Телефон Samsung Galaxy не заряжается.
Пользователь Windows Server не найден.
Ο υπολογιστής της Αίθουσας Συσκέψεων δεν ανοίγει.
Лаптопът на Отдел Продажби не тръгва.
Laptopul HP Elitebook nu pornește.
Contul lui Microsoft Teams nu merge.
Please follow up with Deutsche Telekom.
Approved: Change Advisory Board
starter: Docker Compose
Ring Central is down.
Call Quality Dashboard shows red.
with Windows Hello it fails
Contact Form 7, it breaks the site
Ask Jeeves, he is old
Text Wrangler, it crashed
Tell Siri, she answers
Ho sentito Poste Italiane, confermano il guasto.
Kan du ringa Telia Support?
Min kollega Outlook kraschar
La mia collega Excel non apre
Свяжитесь с Ростелеком Поддержка
мой коллега Скайп не работает
El usuario Administrador Local no puede entrar.
La contraseña de Administrador Local caducó.
Le mot de passe de Session Windows est faux.
Die Passwörter von Active Directory Benutzern laufen ab.
Das Profil von Remote Desktop ist beschädigt.
mailbox van Info Verkoop
Telefon Cisco Jabber nefunguje
Uživatel Domain Admins nemá práva
Heslo Wi-Fi Hosté nefunguje
Skrzynka Biuro Obsługi jest pełna
Użytkownik Gość Hotelowy nie ma dostępu
""".strip().splitlines()


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize("text", THINGS, ids=map(str, range(len(THINGS))))
def test_firms_rooms_and_products_own_and_say_things_too(text: str) -> None:
    assert redact_text(text) == text


TECHNICAL = Path(__file__).with_name("technical.txt").read_text("utf-8").removesuffix("\n").split("\n=====\n")


@pytest.mark.req("R-ERASE-2")
@pytest.mark.parametrize("text", TECHNICAL, ids=map(str, range(len(TECHNICAL))))
def test_logs_settings_and_notes_of_a_release_stay_as_they_are(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.req("R-ERASE-2")
@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("@Ingrid, can you look?", "@[name removed], can you look?"),
        ("(@Ingrid) @Override @media", "(@[name removed]) @Override @media"),
        ("Demain M. Lemercier passera.", "Demain M. [name removed] passera."),
        ("5 p.m. Tuesday, 3 M. Bytes, an M. Sc. degree", "5 p.m. Tuesday, 3 M. Bytes, an M. Sc. degree"),
    ],
)
def test_a_mention_by_the_given_name_and_a_french_title(text: str, after: str) -> None:
    assert redact_text(text) == after
