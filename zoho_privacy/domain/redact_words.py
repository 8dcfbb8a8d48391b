"""The words that tell personal data from the rest of a ticket: labels, greetings, closings, streets. Pure data.

All words are folded as `redact_view.fold` does: lower case, no accents. Languages: those the desk is written to in
most (en de fr es it nl pt da sv no pl). A word too many here costs a false find, a word too few a leak.
"""

from typing import Final


def bag(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _phrases(text: str) -> str:
    """Return an alternation, longest first, so that the longer phrase wins."""
    phrases = sorted((part.strip() for part in text.split("|")), key=lambda part: (-len(part), part))
    return "|".join(phrase.replace(" ", "[ ]{1,3}") for phrase in phrases if phrase)


# First or last names that are also words; alone they are a name only inside a sentence and with a capital.
ORDINARY_NAMES: Final = bag(
    "will mark grace long best young rose hope faith joy bill rich frank ernest chase hunter art dean"
    " grant pat ray rob"
    " sue guy king knight black white brown green gray grey gold silver stone wood woods field fields"
    " hill hills bush"
    " lake rivers river banks bank bond price cash law page case cook baker carpenter mason miller"
    " fisher farmer porter"
    " potter walker driver day weeks week winter winters frost snow rain love wise sharp strong small"
    " little short power"
    " powers good goodman hand head foot ball bell ring rock sand marsh reed root park parks house"
    " church temple"
    " hall gate gates bridge ford street lane west east north south major pope bishop abbot prince duke"
    " earl noble free"
    " freeman newton archer angel basil candy carol cherry christian cliff crystal dawn daisy dale drew"
    " eve fern forest"
    " gene ginger glen heath heather iris ivy jack jade jasmine jay jean jewel jimmy josh lance lee lily"
    " melody mercy"
    " mike misty norm olive opal patience pearl penny poppy precious robin ruby sandy sky star summer"
    " sunny tab terry"
    " trinity trip victor violet wade ward wells wolf worth york cross swift berry bird fox hawk drake"
    " finch swan lamb"
    " bull steel pool train marks sales office server host mouse key click link max min ping son page port"
)
NEVER_NAMES: Final = bag(  # months, days: no name even with a capital
    "january february march april may june july august september october november december jan feb mar"
    " apr jun jul aug"
    " sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)
# Capitalised words that open a line or follow a greeting without being anybody's name.
NOT_NAMES: Final = NEVER_NAMES | bag(
    "a about access account accounts actual admin administrator advance again agent all also an and any"
    " anyone are as at"
    " automatic be best box bug by call can care case channel city cheers chief client colleague"
    " colleagues comments"
    " company computer contact could country customer customers data date dear default department description desk"
    " director do does each email emails engineer error everybody everyone exchange fax file folks for"
    " from greetings"
    " guys have he head hello help helpdesk her here hey hi his how however i id if in info information into is it"
    " its just kind kindest ladies laptop let license local looking madam manager many me microsoft"
    " mobile morning mrs mr"
    " ms my name network new no none not note now number of office on online or order our outlook"
    " password phone please"
    " possible printer priority problem product provider re regards regarding report request resolved same sender"
    " sent server service services she signature sir sirs site so software some soon sorry staff subject"
    " support system"
    " team tech technical thank thanks that the their them then there these they this those ticket time to today"
    " tomorrow unfortunately unknown update urgent us user users valued version via vpn was we web website welcome"
    " what when where which who whom why wifi windows with would yes suite apt yesterday you your yours"
    " afternoon evening day night again both much very well per"
    " damen herren sehr geehrte geehrter geehrten liebe lieber hallo guten tag morgen abend zusammen alle team"
    " mit freundlichen grussen viele beste herzliche gruss grusse danke vielen dank ihr ihre"
    " madame monsieur messieurs mesdames bonjour bonsoir salut cher chere tous toutes equipe merci cordialement"
    " estimado estimada estimados senor senora senores hola buenos buenas dias tardes noches todos"
    " gracias equipo saludos"
    " gentile gentili egregio spettabile buongiorno buonasera ciao salve tutti grazie cordiali saluti"
    " beste geachte heer mevrouw hoi goedemorgen goedemiddag allemaal iedereen bedankt groet groeten"
    " prezado prezada prezados ola bom boa dia tarde noite obrigado obrigada caros"
    " inc ltd llc gmbh plc corp co ag sa bv srl limited group solutions systems consulting technologies"
    " street avenue road lane drive germany france spain italy england uk usa america europe"
)
PARTICLES: Final = bag("van von de der den del della di da dos das du la le ten ter bin ibn al el zu af av")
TITLE: Final = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|herr|herrn|frau|hr|fr|mme|mlle|monsieur|madame|sr|sra|srta|sig|signor"
    r"|signora|dhr|mevr"
    r"|don|dona)"
)

GREETING: Final = _phrases(
    "hi|hello|hey|dear|good morning|good afternoon|good evening|greetings|hi there|morning|afternoon"
    "|hallo|liebe|lieber"
    "|sehr geehrter|sehr geehrte|guten tag|guten morgen|guten abend|servus|moin|bonjour|bonsoir|salut"
    "|cher|chere|hola"
    "|estimado|estimada|querido|querida|buenos dias|buenas tardes|ciao|salve|gentile|egregio|caro|cara"
    "|buongiorno|beste"
    "|geachte|hoi|dag|goedemorgen|goedemiddag|ola|prezado|prezada|bom dia|boa tarde|hej|kaere|basta|hei"
    "|kjaere|czesc"
    "|witam|thanks|thank you|many thanks|thx|danke|merci|gracias|grazie|bedankt|obrigado|obrigada|cheers"
)
CLOSING: Final = _phrases(
    "regards|best regards|kind regards|kindest regards|warm regards|with kind regards|with best regards"
    "|best|best wishes"
    "|all the best|sincerely|sincerely yours|yours sincerely|yours truly|yours faithfully|yours|respectfully|cheers"
    "|thanks|thank you|many thanks|thanks again|thanks in advance|thank you in advance"
    "|thanks and regards|thx|cordially"
    "|thanks & regards|thank you and best regards|warmly|br|rgds|mit freundlichen grussen"
    "|freundliche grusse|viele grusse"
    "|liebe grusse|beste grusse|mfg|lg|vg|herzliche grusse|gruss|schone grusse|hochachtungsvoll|cordialement"
    "|bien cordialement|salutations|sinceres salutations|merci|merci d'avance|bien a vous|saludos|un saludo"
    "|saludos cordiales|atentamente|cordialmente|gracias|cordiali saluti|distinti saluti|saluti|grazie|un saluto"
    "|met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|groet|groeten|groetjes|bedankt"
    "|atenciosamente"
    "|cumprimentos|abracos|obrigado|obrigada|med venlig hilsen|venlig hilsen|mvh|med vanliga halsningar|halsningar"
    "|med vennlig hilsen|hilsen|pozdrawiam|z powazaniem|s pozdravem|s postovanjem|lep pozdrav|cu stima"
    "|cu respect|tisztelettel|sent by|signed"
)
HEADER: Final = _phrases(
    "from|to|cc|bcc|sender|reply-to|von|an|kopie|antwort an|de|a|da|para|van|aan|fra|til|fran|till|kopia"
    "|od|do|dw|per|ccn"
    "|recipient|recipients|delivered-to|return-path|x-original-to|organizer|attendee|attendees|required"
    "|optional|fn|n"
)
WROTE: Final = _phrases("wrote|schrieb|a ecrit|escribio|ha scritto|schreef|escreveu|skrev|napisal|writes|said")
INTRODUCED: Final = _phrases(
    "my name is|my name's|mein name ist|ich heisse|je m'appelle|mon nom est|me llamo|mi nombre es"
    "|mi chiamo|mijn naam is"
    "|meu nome e|o meu nome e|jag heter|jeg hedder|mit navn er|nazywam sie|people call me|call me"
    "|name is|i am called"
)
PRESENTED: Final = _phrases("i am|i'm|this is|ich bin|hier ist|je suis|soy|sono|ik ben|sou|it is|it's|speaking with")
PERSON_LABEL: Final = _phrases(
    "name|full name|first name|last name|surname|given name|family name|middle name|display name|displayname"
    "|contact|contact name|contact person|contact for this|customer name|client name|requester"
    "|requested by|requestor"
    "|reported by|reporter|raised by|submitted by|created by|opened by|logged by|caller|called by"
    "|spoke to|spoke with"
    "|affected user|end user|user|employee|assigned to|assignee|owner|manager|attn|attention|approver"
    "|approved by|signed"
    "|vorname|nachname|ansprechpartner|kontakt|mitarbeiter|kunde|nom|prenom|nom complet|nombre|apellido|apellidos"
    "|nombre completo|nome|cognome|nome e cognome|naam|voornaam|achternaam|contactpersoon|sobrenome|cardholder"
    "|cardholder name|account holder|patient|insured|maiden name|mother's maiden name|her maiden name is"
)
PHONE_LABEL: Final = _phrases(
    "tel|telephone|phone|ph|mobile|mob|cell|cellphone|cell phone|fax|handy|mobil|mobiltelefon|telefon"
    "|telefono|telefone"
    "|telefoon|telefax|gsm|portable|movil|celular|cellulare|whatsapp|sms|call|call me|call us|call him|call her"
    "|call me back|reach me|reach us|answering at|answering|reachable|dial|dialled|text me|direct"
    "|durchwahl|hotline|ring"
    "|callback|call back|pager|landline|festnetz|ruf|appelez|llame|voicemail|calling|contact number"
    "|my number|phone number"
)
CREDENTIAL_LABEL: Final = (
    r"pass(?:word|wd|phrase|code)s?|pwd|passwort|kennwort|mot de passe|contrasena|wachtwoord|senha"
    r"|parola d'ordine|haslo"
    r"|(?:client|app|shared|webhook|consumer)?[_ -]?secret|(?:api|access|secret|private|account"
    r"|encryption|license|product"
    r"|recovery|shared access|sharedaccess|pre-?shared|wpa2?|wi-?fi)[_ -]?(?:access[_ -]?)?key(?:[_ -]?id)?"
    r"|(?:auth|access|refresh|bearer|session|csrf|xsrf|id|security|sas|api)?[_ -]?token"
    r"|(?:php|j|asp\.net_)?sess(?:ion)?[_ -]?id|sid|pin(?:[ -]?code)?|otp|one[ -]time (?:code|password)|2fa code"
    r"|verification code|security (?:code|answer)|cvv2?|cvc2?|psk|community string|passcode|pw|pass"
)
USER_LABEL: Final = (
    r"user[_ -]?name|user[_ -]?id|user|usr|login(?:[_ -]?(?:name|id))?|log-?on(?:[_ -]?(?:name|id"
    r"|account))?|account[_ -]?name"
    r"|sam[_ -]?account[_ -]?name|upn|user[_ -]?principal[_ -]?name|benutzer(?:name|kennung)?|anmeldename"
    r"|usuario|utente"
    r"|nom d'utilisateur|utilisateur|identifiant|gebruikersnaam|gebruiker|anvandarnamn|brugernavn|uid|ruser|handle"
    r"|screen name|skype(?: id| name)?|twitter|instagram|nickname"
)
SYSTEM_ACCOUNTS: Final = bag(
    "root admin administrator system localsystem public default guest all alluser allusers shared"
    " www-data postgres nobody"
    " service networkservice localservice daemon ubuntu ec2-user debian centos git user users username"
    " jenkins docker"
    " none null true false unknown anonymous n/a na sa nginx apache mysql redis backup test runner app"
    " node vagrant pi"
    " the a an is was not for from name id and or your my our this that in on of to at by has with"
    " authentication invalid"
    " login account domain local localhost everyone error failed access settings profile profiles data"
    " agent support"
    " desktop documents downloads appdata windows programdata public. default. required missing field"
)
BIRTH_LABEL: Final = _phrases(
    "date of birth|dob|d.o.b|d.o.b.|birth date|birthdate|birthday|born|born on|geburtsdatum|geboren"
    "|geboren am|geb|geb.|ne le"
    "|nee le|date de naissance|fecha de nacimiento|nacido el|nacida el|data di nascita|nato il|nata il"
    "|geboortedatum"
    "|geboren op|data de nascimento|nascido em|nascida em|fodelsedatum|fodselsdato|data urodzenia|geburtstag|bday"
).replace(".", r"\.")
GOVID_LABEL: Final = (
    r"passport|reisepass(?:nummer)?|passeport|pasaporte|passaporto|paspoort(?:nummer)?|passaporte"
    r"|driver'?s?'? ?licen[cs]e|driving licen[cs]e|fuhrerschein(?:nummer)?|permis de conduire"
    r"|licencia de conducir|patente"
    r"|national (?:id|insurance)|nino|ni number|id card|identity card|personalausweis(?:nummer)?"
    r"|ausweisnummer|carte d'identite"
    r"|nhs|medicare|social insurance|tax id|itin|ein|steuer-?id(?:entifikationsnummer)?|steuernummer|tin|bsn"
    r"|burgerservicenummer|codice fiscale|numero de securite sociale|numero de seguridad social|pesel|cpf"
    r"|rg|dni|nie|nif"
    r"|personnummer|cpr(?:-nummer)?|aadhaar|aadhar|pan card|sin|social security|ssn|licen[cs]e plate|kennzeichen"
    r"|health card|insurance (?:policy|member)|member id|versichertennummer|rentenversicherungsnummer"
    r"|sozialversicherungsnummer"
)
MONTHS: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|marz|mai|juni|juli|okt|dez"
    r"|janvier|fevrier|mars|avril"
    r"|juin|juillet|aout|septembre|octobre|novembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre"
    r"|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    r"|dicembre)[a-z]{0,7}\.?"
)

# ISO 13616 country codes and lengths of their IBANs.
IBAN_LENGTHS: Final = {
    code[:2]: int(code[2:])
    for code in sorted(
        bag(
            "ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22 dj27 dk18 do28"
            " ee20 eg29"
            " es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hn28 hr21 hu28 ie22 il23 iq23 is26 it27"
            " jo30 kw30 kz20"
            " lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27 md24 me22 mk19 mn20 mr27 mt31 mu30 ni28 nl18 no15 om23"
            " pk24 pl28 ps29"
            " pt25 qa29 ro24 rs22 ru33 sa24 sc31 sd18 se24 si19 sk24 sm27 so23 st25 sv28 tl23 tn24 tr26 ua29"
            " va22 vg24 xk20"
            " ye30"
        )
    )
}
# What ends like a domain but is a file; none of these is a top-level domain.
FILE_ENDINGS: Final = bag(
    "png jpg jpeg gif svg webp bmp ico tif tiff pdf css js json xml html htm txt log exe dll service"
    " socket timer target"
    " mount slice swap device path ini cfg conf yml yaml csv doc docx xls xlsx tgz gz"
)
