"""People by where a name stands and by names that are known as such; no model guesses here. Pure.

A third person is recognised in a greeting, a signature, a reply header, beside a mail address, after a title or a
label; by a given or family name of many languages with the words around it; and then wherever the same name comes
again. A name that is also a word counts only where its neighbours say that it is a name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from zoho_privacy.domain import redact_words as words
from zoho_privacy.domain.redact_known import FIELDS, Contact, known
from zoho_privacy.domain.redact_names import FAMILY, GIVEN
from zoho_privacy.domain.redact_rules import LETTERS, Before, Find, Hit, Look, Rule, Span, cue, later, sign
from zoho_privacy.domain.redact_view import BARRIER, LETTER, View, fold

__all__ = ["CUES", "FIELDS", "RULES", "Contact", "known", "names"]

# ---------------------------------------------------------------------------------------------------- names by place

_TOKEN: Final = later(r"[^\W\d_]{1,24}(?:['-][^\W\d_]{1,24}){0,2}")
_RULED: Final = r"(?:^|\n)[ >]{0,4}(--[ ]?\n[ >*]{0,4})"
_TAGGED: Final = r"(<(?:[a-z]{1,12}:)?(?:first|last|full|given|family|display|contact|customer|user|sur)?_?-?name>)"
_VCARD: Final = r"(?:^|\n)((?:fn|n|x-phonetic-(?:first|middle|last)-name|x-(?:assistant|manager|spouse|evolution-[a-z]{1,12}|ms-(?:manager|assistant|spouse))|related|agent)(?:;[^:\n]{0,60})?:)"
_CALENDAR: Final = r"(;cn=\"?)"
_NOTES: Final = r"(?:^|[^a-z])(cn=)[^/\n,;=]{2,60}/o(?:u\d?)?="
_SPOKEN: Final = words.phrases(
    "calls me|call me|named him|named her|spoke to|spoke with|speak to|speak with|talked to|talked with|talk to|met with|meet with|reported by|requested by|approved by|escalated to"
    "|on behalf of|ask for|my colleague|my manager|my boss|my wife|my husband|my son|my daughter|my mother|my father|my brother|my sister|my friend"
    "|my coworker|our colleague|our manager|new hire|new starter|employee named|colleague named|kollege|kollegin|chef|signed by|colleague|coworker"
    "|her husband|his wife|his manager|her manager|his boss|her boss|our boss|our intern|the intern|our director|our ceo|our cfo|our cto|our accountant"
    "|my assistant|our assistant|my teammate|our new colleague|assistant to|assigned to|forwarded to|handed over to|replaced by|succeeded by|married to"
    "|directed by|starring|written by|produced by|sung by|performed by|recorded by|composed by|led by|managed by|interviewed by|hosted by|sent by|according to"
    "|ma collegue|mon collegue|notre collegue|mi compañera|mi compañero|mi colega|la mia collega|onze collega|minha colega|min kollegas|moja kolegica|moj kolega|colega mea|colegul meu"
    "|мой коллега|моя коллега|наш коллега|наша коллега|коллега|колега ми|η συναδελφος μου|ο συναδελφος μου|is arkadasim|mudurumuz|munkatarsam|kollegam"
    "|mein kollege|meine kollegin|mein chef|meine chefin|unser kollege|unsere kollegin|meine frau|mein mann|mon collegue|ma collegue|mon collègue|mon chef|mon mari|ma femme"
    "|mi companero|mi companera|mi jefe|mi jefa|mi marido|mi esposa|mio collega|la mia collega|il mio collega|il mio capo|mia moglie|mio marito|mijn collega|mijn baas"
    "|meu colega|minha colega|meu chefe|min kollega|min chef|moj kolega|moja kolezanka|muj kolega|moje kolegyne|kollegani|colleague of mine|beneficiary|behalf of|cc'ing"
    "|copying in|looping in|adding in|partner's name|commenter|reach out to|get hold of|in touch with|regards to|the user|end user|our user|employee|staff member|the customer|the client|the patient"
)


def _owned(things: str, *of: str) -> str:
    """Return phrases of whose a thing is: "laptop von", "compte de"."""
    return "|".join(f"{thing} {each}" for thing in things.split() for each in of)


_BELONGS: Final = words.phrases(
    "|".join(
        (
            _owned(
                "pc rechner laptop notebook computer drucker konto benutzerkonto postfach zugang handy diensthandy monitor bildschirm account profil kennwort passwort arbeitsplatz kalender ordner rufnummer telefon",
                "von",
            ),
            _owned(
                "poste ordinateur pc portable compte boite messagerie imprimante telephone session passe acces dossier agenda ecran",
                "de",
                "a",
            ),
            _owned(
                "usuario usuaria portatil ordenador equipo cuenta buzon correo impresora telefono movil contrasena acceso calendario",
                "de",
            ),
            _owned(
                "portatile computer pc account casella posta stampante telefono utente utenza password accesso calendario cartella",
                "di",
            ),
            _owned(
                "computador portatil conta caixa correio impressora telefone telemovel utilizador utilizadora senha acesso agenda",
                "de",
                "da",
                "do",
            ),
            _owned(
                "laptop pc computer account mailbox postvak telefoon wachtwoord toegang agenda printer scherm", "van"
            ),
            _owned(
                "bærbaren bærbar pc'en pc-en pcen datamaskinen computeren kontoen konto mailboksen postkassen postboksen telefonen skærmen passordet adgangskoden brugeren brukeren",
                "til",
                "for",
            ),
            _owned("datorn kontot telefonen lösenordet brevlådan skärmen användaren", "till", "för", "tillhörande"),
            _owned("лаптопът лаптопа компютърът компютъра акаунтът акаунта пощата паролата телефонът профилът", "на"),
            _owned("υπολογιστής λογαριασμός εκτυπωτής φορητός κωδικός θυρίδα", "του", "της"),
            _owned(
                "laptopul calculatorul contul telefonul parola adresa casuta",
                "lui",
                "doamnei",
                "domnului",
                "dnei",
                "dlui",
            ),
        )
    )
)
_GENITIVE: Final = words.phrases(  # languages where the case alone says whose it is
    "pocitac|notebook|ucet|schranka|tiskarna|heslo|telefon|komputer|laptop|skrzynka|drukarka|haslo|uzytkownik|uzytkowniczka|uzivatel|uzivatelka"
    "|компьютер|ноутбук|учётка|учётная запись|почта|почтовый ящик|принтер|пароль|телефон|пользователь|сотрудник|сотрудница|звонил|звонила|обратился"
    "|обратилась|racunalo|prijenosnik|korisnik|korisnica|комп'ютер|користувач"
)
# What is said of and by people in the languages of the desk; an unknown name beside it is one where no word speaks against it.
_CUES: Final = words.phrases(
    "says|add|follow up with|following up with|under the name|in the name of|it's under|asked|i asked|ask|contact|contacted|call|called|cc|belongs to|raised by|raised for|reported for|requested for|account of|mailbox of|laptop of|computer of|phone of"
    "|user|users|employee|colleague|colleagues|manager|thank|told|tell|met|inform|informed|email|emailed|message from|mail from|call from|request from|hired|replaces|replacing|for our colleague|account for|mailbox for|access for"
    "|mit|konto von|postfach von|laptop von|rechner von|gehort|gemeldet von|erstellt von|beantragt von|rufen sie|kollege|kollegin|kollegen|mitarbeiter|mitarbeiterin|chef|chefin|fragen sie|zugang fur|konto fur"
    "|avec|appeler|appelez|contacter|contactez|compte de|boite de|ordinateur de|demande par|signale par|collegue|responsable|directeur|directrice|acces pour"
    "|con|cuenta de|buzon de|portatil de|solicitado por|pedido por|llame a|llamar a|contacte a|contactar con|companero|companera|colega|jefe|jefa|soy|acceso para"
    "|account di|casella di|computer di|richiesto da|segnalato da|chiami|chiamare|contatti|contattare|collega|responsabile|capo|sono|accesso per"
    "|met|ik heb|account van|mailbox van|laptop van|aangevraagd door|gemeld door|bel|neem contact op met|collega|toegang voor"
    "|com|conta de|caixa de|solicitado por|contate|contacte|ligue para|chefe|acesso para"
    "|med|konto til|kontoen til|anmodet af|rekvireret af|kollega|kollegaen|leder|chefen|kontot for|begart av|bestilt av"
    "|konto|konta|kolega|kolezanka|kierownik|zgloszone przez|kolegyne|sefa|ucet|nahlasil|nahlasila"
    "|sager att|sa att|siger at|sagde at|sier at|sa at|sagt dass|sagte dass|meint dass|says that|said that|told me that|dit que|m'a dit que|dice que|dijo que"
    "|dice che|ha detto che|zegt dat|zei dat|diz que|disse que|mowi ze|rika ze|rekl ze|sanoo etta|zastupuje me|zastupuje mnie|vertreten durch|vertritt mich"
    "|remplace par|remplacee par|me sustituye|mi sostituisce|vervangen door|ersatts av|erstattes av|afloses af"
    "|this with|it with|ext with|approved|approver|new starter monday|starter|joiner|leaver|s|ich vertrete|diese woche|ho sentito|sentire|ringa|ringe|ring|talat med|snakket med"
    "|μιλησα με τον|μιλησα με την|επικοινωνησα με τον|επικοινωνησα με την|ο κυριος|η κυρια|свяжитесь с|обращайтесь к|говорил с|говорила с|зв'яжіться з"
    "|moj kolega|moja kolegica|colegul meu|colega mea|rozmawialem z|rozmawialam z|mluvil jsem s|mluvila jsem s|razgovarao sam s|am vorbit cu|gorustum"
    "|kollega|kollegani|tyokaveri|tyokaverini|esimies|kayttaja|tilaaja"
)
_SAYS: Final = words.phrases(
    "ha confirmado|ha pedido|ha enviado|ha comentado|ha escrito|ha indicado|ha informado|ha respondido|ha probado|ha comprobado|ha avisado|ha cambiado|ha solicitado"
    "|a confirmé|a demandé|a répondu|a signalé|a envoyé|a vérifié|a testé|a indiqué|a prévenu|a validé|m'a confirmé|nous a confirmé|m'a dit|nous a dit"
    "|ha confermato|ha risposto|ha segnalato|ha inviato|ha verificato|ha provato|ha indicato|ha avvisato|confirmou|respondeu|informou|avisou|testou|enviou"
    "|hat bestätigt|hat geantwortet|hat geprüft|hat getestet|hat geschickt|hat gefragt|hat gebeten|bestätigt|bestätigte|meldet|meldete"
    "|heeft bevestigd|heeft gemeld|heeft gevraagd|heeft getest|bevestigt|bevestigde|potwierdził|potwierdziła|zgłosił|zgłosiła|potvrdil|potvrdila|ohlásil|ohlásila"
    "|har bekræftet|har bekräftat|har bekreftet|har meldt|har sagt|har svarat|har svart|bekräftade|bekreftet|bekræftede|vahvisti|ilmoitti|kertoi"
    "|подтвердил|подтвердила|сообщил|сообщила|написал|написала|просит|просил|просила|ответил|ответила|επιβεβαίωσε|ανέφερε|ζήτησε|είπε"
    "|a confirmat|a spus|a cerut|a raspuns|megerősítette|jelezte|kérte|potvrdio|potvrdila|javio|javila|onayladı|söyledi|bildirdi|istedi|потвърди|съобщи"
    "|says|said|say|will be|shouted|shouts|asks|asked|tells|told|wrote|writes|called|calls|replied|confirmed|confirms|agrees|agreed|needs|wants|left|joined|complains|complained|mentioned|explained|forgot|moved|reported|reports|approved|from finance|from accounting|from hr|from sales|from marketing|from legal|from the|from our|on behalf|is on leave|is on holiday|is away|is out|is inviting you|invites you|has invited you|has shared|shared a|is my|is our|is the new|has left|has forgotten|has asked|would like"
    "|sagt|sagte|schrieb|schreibt|meint|meinte|braucht|mochte|wartet|bittet|fragt|fragte|hat gesagt|hat angerufen|hat gemeldet|ist im urlaub|ist krank|aus der|aus dem|vom"
    "|dit|a dit|ecrit|a ecrit|a appele|demande|veut|confirme|souhaite|travaille|est absent|est absente|est en conge|du service"
    "|dice|dijo|escribe|pide|quiere|llamo|necesita|comenta|confirma|trabaja|esta de vacaciones|ha llamado|ha dicho"
    "|ha detto|scrive|chiede|vuole|conferma|lavora|ha chiamato|e in ferie|desidera"
    "|zegt|zei|schrijft|vraagt|wil|belde|heeft gebeld|werkt|is ziek|is met vakantie|diz|disse|pede|quer|escreve|precisa|trabalha|ligou|esta de ferias"
    "|siger|sagde|sier|sa|sade|skriver|spurgte|onsker|vil have|ringede|ringte|ringde|behover|trenger|sager|mowi|powiedzial|powiedziala|pisze|prosi|potrzebuje|pracuje|dzwonil|dzwonila"
    "|sanoo|sanoi|kirjoittaa|kirjoitti|pyytaa|tarvitsee|soitti|haluaa|rika|rekl|rekla|pise|zada|potrebuje|volal|volala"
)
_ASIDES: Final = words.phrases(
    "who|qui|que|quien|che|die|der|wie|som|która|który|která|který|która|který|kto|която|който|która|tel|tlf|mob|mobil|mobile|cell|ext|poste|int|dw|durchwahl"
    "|τηλ|κιν|тел|моб|которая|который|doorkiesnr|anknytning|wewn|kl|linka|dahili|telefon|phone|telefono|interno|tél"
)
# One word with a capital behind these is a person, where no word speaks against it; no language that gives things capitals.
_REACHED: Final = words.phrases(
    "loop in|looping in|ping|speak to|spoke to|spoken to|talk to|talked to|spoke with|speak with|chat with|check with|checked with|ask for|cover for|sitting with"
    "|appelle|appelez|appeler|rappelle|rappelez|contactez|contacter|demande a|demandez a|voir avec|vu avec|parle a|parler a|parle avec|parler avec"
    "|llama a|llame a|llamar a|habla con|hable con|hablar con|hablado con|pregunta a|preguntar a|avisa a|avisar a|contacta con"
    "|fale com|falar com|falei com|ligue para|ligar para|manda pro|manda pra|mande para|pergunte a|pergunta a|avise a|avisa o|avisa a"
    "|parla con|parlare con|parlato con|chiedi a|chiedere a|chiama|chiamare|chiamate|sentito con"
    "|overleg met|gesproken met|spreek met|praat met|gepraat met|vraag aan|bel anders|bel even|overlegd met"
    "|pratat med|prata med|hor med|fraga|ring till|snakket med|snakke med|talt med|tal med|spor|sporg|ring til"
    "|demander|demandez|preguntar por|pregunte por|chiedere di|chieda di|vragen naar|asked|asking|told|fala com|falem com|llamad a|preguntad a|hablad con|hablen con|parlate con|chiedete a|bellen met|of met|bel met|contact met|ring|just ring|phone up"
    "|спросите у|спроси у|звоните|позвоните|обратитесь к|обращайтесь к|напишите|передайте|уточните у|свяжитесь с|πες στον|πες στην|πείτε στον|πείτε στην"
    "|μιλήστε με|μιλήστε με τον|μιλήστε με την|ρωτήστε|ρωτήστε τον|ρωτήστε την|καλέστε|καλέστε τον|καλέστε την|pitajte|nazovite|javite se|kontaktujte|volejte"
    "|kontakt z|skontaktuj sie z|vorbiti cu|intrebati pe|intreaba pe|sunati pe|suna pe|kerdezze meg|hivja"
    "|un certain|une certaine|ein gewisser|eine gewisse|einem gewissen|einer gewissen|a certain|un tal|una tal|um tal|uma tal|un certo|una certa|een zekere"
    "|en viss|en vis|pewien|pewna|niejaki|niejaka|некий|некая|некто|κάποιος|κάποια|un anume|o anume|bizonyos"
    "|dzwonic do|zadzwonic do|zadzwon do|zapytaj|rozmawialem z|rozmawialam z|zavolejte|zeptejte se|mluvil s|mluvila s|mluvit s"
)
# What somebody is to the writer; a single unknown word behind it is a name where no noun can follow.
_ROLES: Final = words.phrases(
    "kollege|kollegin|kollegen|vertreter|vertreterin|assistentin|praktikant|praktikantin|hausmeister|colleague|coworker|teammate|trainee|apprentice|intern"
    "|collegue|adjoint|adjointe|suppleant|suppleante|stagiaire|secretaire|companero|companera|becario|becaria|secretaria|collega|stagista|tirocinante"
    "|colega|estagiario|estagiaria|stagiair|kollega|kollegan|kollegaen|kollegani|praktikanten|vikaren|kolega|kolege|kolegou|kolegu|kolegyne|kolegyni"
    "|kolezanka|kolezanki|kolezance|kolezanke|stazista|stazistka|stazystka|kolegica|kolegici|kolegicu|colegul|colegei|colegului"
    "|συνάδελφος|συνάδελφο|συναδέλφισσα|συναδέλφου|коллега|коллеге|коллегу|коллеги|коллегой|стажёр|стажёру|arkadasimiz|munkatarsunk"
)
_ROLE_ENDS: Final = Look(
    r"[ ]?[(),.;:\n]|$|[ ](?:"
    + words.phrases(
        "aus|von|vom|hat|ist|wird|kann|war|und|oder|in|im|who|from|at|has|is|was|will|and|or|de|du|a|qui|et|ou|que|y|o|da|di|che|e|ha|van|die|heeft|en|of|med"
        "|som|fra|har|og|och|z|ze|w|i|ktora|ktory|ktera|ktery|v|na|je|u|iz|koja|koji|din|care|ο|η|στη|στο|στην|δοκίμασε|είπε|έκανε|из|в|с|и|который|которая"
        "|пробовал|пробовала|сказал|сказала"
    )
    + rf")(?:$|[^{LETTERS}])"
)
_MONSIEUR: Final = rf"(?:^|[ \n(,'])(m\.)[ ][{LETTERS}]{{3,24}}"
_MENTION: Final = rf"(?:^|[ \n(>,])(@)[{LETTERS}]{{2,24}}(?:[ ,:][ {LETTERS}]|$|[\n)])"
_DEVICES: Final = "iphone|ipad|macbook|imac|galaxy|pixel|android|phone|handy|laptop|mailbox|calendar|onedrive|desktop"
_HAVINGS: Final = (
    "address|home address|phone number|mobile|e-mail|email|daughter|son|wife|husband|mother|father|birthday|salary"
)
_OWNED: Final = rf"(?:^|[^{LETTERS}])([{LETTERS}]{{3,24}})'s[ ](?:{_DEVICES}|{_HAVINGS})(?:$|[^{LETTERS}])"
_BOTH: Final = "and|und|et|y|e|en|og|och|i|a|ja"
_AMPERSAND: Final = rf"[{LETTERS}]([ ]&[ ])[{LETTERS}]"
_BOTH_DO: Final = Look(
    r"[ ](?:could|can|cannot|can't|couldn't|have|were|are both|both|want|need|konnen|konnten|mochten|brauchen|haben|peuvent|ne peuvent|ont|veulent|no pueden|pueden|quieren|han"
    r"|possono|non possono|hanno|vogliono|kunnen|willen|hebben|conseguem|nao conseguem|podem|querem|kan|har|kunne|vil|moga|nie moga|maja|eivat|voivat|haluavat|nemohou|mohou|chteji|agree)(?:$|[^a-z])"
)
_ARTICLES: Final = Look(
    r"(?:^|[^a-z])(?:the|a|an|our|your|this|that|der|die|das|den|dem|ein|eine|unser|unsere|le|la|les|un|une|el|los|las|una|il|lo|gli|de|het|een|o|os|as|um|uma|det|en|ett|et)[ ]"
)
_TECHNICAL: Final = words.bag(
    "service services desk support team online gateway resources resource defender workspace studio explorer server client cloud portal finance accounts payable receivable"
    " security center centre help helpdesk office admin admins staff team lead engineering operations department human customer sales marketing legal accounting hr it"
    " enterprise business premium standard professional pro plus home suite app apps application platform api sdk cli agent manager console dashboard directory active remote"
    " print printer scanner driver drivers update updates firmware db erp crm theme cluster router switch node kernel gem release build edition plugin addon module browser edge chrome safari teams meeting meetings room rooms zoom webex outlook exchange onedrive sharepoint"
    " adobe sign power automate visual code java runtime environment oracle windows linux mac android apple google amazon aws azure cisco fortinet citrix vmware zoho desk salesforce"
    " zendesk explore tableau jira confluence slack github gitlab docker kubernetes jenkins data loss prevention memory management blue screen error exception access control"
    " firewall vpn proxy network internet wifi lan wan dns dhcp ldap sso saml mfa identity provider policy policies privacy protection act regulation general report reports"
    " database backup storage drive disk file files folder mail mailbox email calendar contact contacts address book inbox spam quarantine ticket tickets incident request"
    " neue neuer neues alte alter altes grosse grosser kleine kleiner erste zweite new old main first second north south east west central international national global group"
    " bank university college hospital school church hotel airport station street road avenue city county island river lake mountain company corp labs works systems solutions"
    " ressources humaines recursos humanos risorse umane personeelszaken personal buchhaltung vertrieb einkauf comptabilite contabilidad contabilita amministrazione ventas acquisti"
    " telecom agency club incorporated limited media press presse verlag newspaper energy energie insurance versicherung finanz finanzen logistics logistik transport industries"
    " holding partners partner associates foundation stiftung verein verband ministry ministerium council commission authority behorde institute institut universitat mobile telekom"
    " gmbh ag kg inc ltd llc co corporation airlines bahn post express store shop market markt hotel restaurant cafe museum radio television tv news times journal magazine"
    " ihrer ihrem ihren ihres seiner seinem meiner meinem unserer unserem dieser diesem diesen jeder jedem allen allem einigen vielen mehreren beiden welche welcher"
    " anfrage anfragen kunde kunden daten passwort drucker rechner netzwerk zugang konto konten anwendung meldung fehler problem hilfe frage fragen antwort bitte datei ordner"
    " abteilung zentrale geschaftsfuhrung leitung rechnung bestellung lieferung vertrag angebot verfugung artikel absatz gesetz verordnung grundverordnung datenschutz"
    " demande compte donnees mot passe imprimante reseau erreur probleme aide article loi reglement cuenta datos impresora error problema ayuda articulo ley reglamento"
    " shipping energi enerji nakliyat spedition logistica trading consulting consultants engineering construction motors foods pharma pharmacy clinic klinik"
    " ghost aurora sekretariat sekretar sekretarin vorzimmer assistenz assistentin vorstand gothic serif grotesk condensed yoneticisi muduru uzmani sorumlusu muhendisi teknisyeni sefi danismani koordinatoru direktoru asistani yardimcisi temsilcisi"
    " koordinator samordnare handlaggare saksbehandler paallikko asiantuntija suunnittelija kierownik specjalista inzynier dyrektor ksiegowa ksiegowy asystentka"
    " vedouci spravce ucetni voditelj inzenjer upravitelj racunovodja inginer contabil responsabile direttore ingegnere impiegato addetto gerente ingeniero encargado"
    " directeur ingenieur adjoint leiter leiterin geschaftsfuhrer geschaftsfuhrerin sachbearbeiter sachbearbeiterin hausmeister igazgato mernok ugyintezo titkar"
    " nos dati stampante errore articolo legge regolamento conta dados impressora erro artigo lei regulamento fout wet artikel verordening printeren skrivaren"
    " version release build model type serie series class level stage phase step part section chapter page table figure line order number code id key date time"
    " antivirus endpoint connector criteria micro messagerie posta elettronica correo electronico interne interna durchwahl ruckfragen vendor review acceptance test testing"
    " reader writer player viewer builder designer editor explorer assistant agent engine plugin addin extension module component library framework scanner toolkit"
    " direction generale sala salas riunioni riunione reuniones reunioes salle salon reunion reunions piano terra primo secondo azul rossa blu banco banca banque banka"
    " afdeling inkoop verkoop kantoor magazijn receptie lager kontor avdelning avdeling okonomi ekonomi lon recepce recepcja recepcion reception rezeption empfang"
    " biuro obslugi magazyn sklad kancelar zasedacka ucetni uctarna gosc host hoste hotelowy guest gast gaste invitado ospite hostdesk wi fi besprechung besprechungsraum konferenz"
    " konferenzraum kasse theke werkstatt halle etage stock flur atencion cliente clientes obsługa klienta vendas ventas compras almacen taller oficina despacho"
    " отдел отдела поддержка служба склад бухгалтерия офис кабинет переговорная касса сервер портал сеть банк бизнес облако почта поштa экран"
    " αιθουσα συσκεψεων τμημα λογιστηριο γραφειο αποθηκη υποδοχη продажби счетоводство склада birou vanzari receptia depozit italiane poste tim"
    " monday tuesday wednesday thursday friday saturday sunday merry happy good best kind many dear hello thank thanks regards black white red green blue gold silver star"
)
_PRESENTS: Final = later(r"[ ]{0,2}(?:,|\.|\n|$|from |here|calling|with |at |and |again|speaking|writing)")
_SMALL_ENDS: Final = later(r"[ ]?(?:,|!|\n|$)")
_ENDS_LINE: Final = later(r"[ *]{0,3}(?:[,|(<\[/\n\t\u2022\u00b7]|-[ ]|$)")
_ENDS_WHOLE_LINE: Final = later(r"[ ,*\t]{0,3}(?:\n|$)")
_ADDRESSED: Final = later(r"[\"' ]{0,3}[<\[(](?:mailto:)?$")
_AND: Final = later(r"(?:[ ](?:and|und|et|y|e|en|og|och|i|a|&)[ ]|,[ ]|[ ]?/[ ]?)")
_WEAK_LABELS: Final = Look(
    r"(?:user|customer|client|agent|owner|host|guest|contact|kunde|usuario|responsable|cliente|author|engineer|manager|signed|besitzer|sn|editor|student|doctor|kontakt|technicien|technicienne|tecnico|tekniker|techniker|technician|technik|tehnician|serviser|responsavel"
    r"|responsabil|asiakas|klient|zakaznik|utilizador|uzytkownik|uzivatel|bruker|bruger|anvandare|felelos|sorumlu|melder|behandelaar|bearbeiter|innmelder|klijent|ugyfel|intervenant|zustandig)[*\"' :=\t]{1,6}"
)


def _titled(view: View, match: Hit) -> Iterator[Find]:
    found = list(_at(view, match.end, least=1))
    yield from found
    if not found and view.text[match.start].islower():
        token = _TOKEN.match(view.low, match.end)
        if token is not None and (token.group() in GIVEN or token.group() in FAMILY) and not _no_name(token.group()):
            following = (
                _TOKEN.match(view.low, token.end() + 1) if view.low[token.end() : token.end() + 1] == " " else None
            )
            longer = following is not None and following.group() in FAMILY and following.group() not in words.COMMON
            yield token.start(), following.end() if following and longer else token.end(), "PERSON"


_SURELY: Final = (
    "my ",
    "ma ",
    "mon ",
    "mi ",
    "mia ",
    "min ",
    "moj ",
    "moja ",
    "minha ",
    "meu ",
    "mijn ",
    "meine ",
    "mein ",
    "starring ",
    "married to ",
    "succeeded by ",
    "calls me",
    "call me",
    "named him",
    "named her",
)


def _asked_after(view: View, match: Hit) -> Iterator[Find]:
    """`Ask Bronagh, she has the key`: one unknown word that is a person by what follows."""
    end = _name_end(view, match.end, least=1, most=2)
    written = view.low[match.end : end or 0].split(" ")
    thing = any(_plain_word(part) or part in _MAKERS or part in _BRANDS or part in _TECHNICAL for part in written)
    if end is not None and not thing and _PRONOUN.ahead(view, end):
        yield match.end, end, "PERSON"


_PRONOUN: Final = Look(
    r"(?:[ ]?[,;.:(-]{1,2}|[ ]-)[ ]?(?:she|he|they|s/he|sie|er|elle|il|ella|el|lei|lui|ze|zij|hij|ela|ele|hon|han|hun)(?:'s|'ll)?[ ]"
)


def _spoken_of(view: View, match: Hit) -> Iterator[Find]:
    end = _name_end(view, match.end, least=1)
    if end is None:
        return
    first = fold(view.text[match.end : end]).split(" ")[0]
    if (
        " " in view.text[match.end : end]
        or first in GIVEN
        or first in FAMILY
        or (first not in words.COMMON and view.low.startswith(_SURELY, match.start))
    ):
        yield match.end, end, "PERSON"


def _belonging(view: View, match: Hit) -> Iterator[Find]:
    """The same behind a thing that belongs to somebody; makers have things, too."""
    for start, end, label in _cued(view, match):
        parts = view.low[start:end].replace("-", " ").split(" ")
        if not any(part in _BRANDS or part in _MAKERS or part in _PLACE_NAMES for part in parts):
            yield start, end, label


def _cued(view: View, match: Hit) -> Iterator[Find]:
    """Two words or more with capitals that nothing marks as a thing, behind words that are said of people."""
    end = _name_end(view, match.end, least=2) if view.text[match.end : match.end + 1].isupper() else None
    if end is None or not _plausible(view, match.end, end, led=True):
        return
    if _WITH.match(view.low, match.start) is None or _TALKED.search(view.low, max(0, match.start - 40), end + 20):
        yield match.end, end, "PERSON"


_WITH: Final = later(r"(?:mit|avec|con|met|com|med|ik heb)[ ]")
_TALKED: Final = later(
    r"(?<![a-z])(?:sprach|sprech|gesproch|sprek|sprak|gesprok|telefon|besproch|verbund|treff|getroffen|zusammen|parl|habl|convers|falei|falou|falar|talte|taler|snakk|pratat|prata|reun|contact|rencontr|incontr|encontr|ontmoet|modte|traff|llam|chiam)"
)


def _reached(view: View, match: Hit) -> Iterator[Find]:
    """One unknown word with a capital behind words that say how to reach somebody."""
    end = _name_end(view, match.end, least=1)
    if end is None or BARRIER in view.text[match.end : end]:
        return
    written = view.low[match.end : end].split(" ")
    raw = view.text[match.end : end]
    things = (_TECHNICAL, words.COMMON, words.SYSTEM_ACCOUNTS, words.NOT_NAMES, _BRANDS, _PLACE_NAMES, _MAKERS)
    if any(part in each for part in written for each in things) or len(written[0]) < 3 or raw.isupper():
        return
    after = view.text[end : end + 1]
    if (
        _HUMPED.search(raw)
        or _ORGANISED.ahead(view, end)
        or _THING.ahead(view, end)
        or (after and after in "@_/\\=0123456789")
    ):
        return
    yield match.end, end, "PERSON"


_MAKERS: Final = words.bag(
    "alexa siri cortana google uber lyft amazon apple microsoft netflix spotify paypal visa mastercard dhl ups fedex dpd hermes lenovo acer asus"
    " nvidia intel amd vodafone orange telekom telefonica swisscom proximus kpn telia telenor skype zoom slack teams outlook exchange sophos kaspersky"
    " kyocera ecosys yandex яндекс ростелеком телеком скайп palo alto paloalto jeeves epson ricoh konica minolta lexmark xerox oki bosch siemens gira miele"
    " norton mcafee avast bitdefender zoho jira github gitlab docker ubuntu debian fedora redhat suse citrix vmware cisco fortinet watchguard sonicwall"
    " sage datev sap oracle adobe autodesk dropbox box teamviewer anydesk chatgpt copilot gemini claude bixby santa god france paris rome europe"
)


def _said(view: View, match: Hit) -> Iterator[Find]:
    """The same before what people do: say, ask, call, need."""
    stop = match.start - 1
    begin = _name_before(view, stop) if view.text[stop - 1 : stop].isalpha() else None
    if begin is not None and _plausible(view, begin, stop):
        yield begin, stop, "PERSON"


def _in_a_role(view: View, match: Hit) -> Iterator[Find]:
    """`mit der Kollegin Karakurt (Leitstelle)`."""
    yield from (find for find in _reached(view, match) if _ROLE_ENDS.ahead(view, find[1]))


def _mentioned(view: View, match: Hit) -> Iterator[Find]:
    """`@Rich Stone please watch`; a given name alone where it is in the list: `@Ingrid, can you look?`."""
    for start, end, label in (*_at(view, match.end, least=2), *_at(view, match.end, least=1))[:1]:
        parts = view.low[start:end].split(" ")
        if (len(parts) > 1 or parts[0] in GIVEN) and not any(part in _TECHNICAL for part in parts):
            yield start, end, label


def _monsieur(view: View, match: Hit) -> Iterator[Find]:
    """`M. Lemercier passera demain`: a French title, or an initial."""
    counted = view.low[max(0, match.end - 4) : match.end - 2].strip().isdigit()  # "3 M. bytes"
    titled = view.text[match.end - 2] == "M" and not counted
    for start, end, label in _at(view, match.end + 1, least=1) if titled else ():
        if not all(map(_plain_word, view.low[start:end].split(" "))):
            yield start, end, label


def _dotted(view: View, start: int, end: int) -> Span | None:
    """`cosmin.turcanu: moved here`: a login of two names, the first of the list."""
    one, other = view.low[start:end].split(".")
    thing = other in words.FILE_ENDINGS or other in _NO_FAMILIES or other in _TECHNICAL or _plain_word(other)
    sure = other in FAMILY and not _wordy(other)
    return (start, end) if one in GIVEN and (sure or not (thing or _wordy(one))) else None


_NO_FAMILIES: Final = words.bag(
    "local localdomain internal info name shop store online example test invalid home corp domain cloud site tech blog page live world"
    " email mail conf config util utils core base main lang tool tools test tests yaml json toml java class func init value length push then data event style state props args self size"
)


def _in_file_name(view: View, start: int, end: int) -> Span | None:
    """`Bewerbung_Celine_Aubert.pdf`: a given name of the list beside a family name or an unknown word with a capital."""
    parts = [(start + part.start(), start + part.end()) for part in _FILE_PARTS.finditer(view.low[start:end])]
    for first, second in pairwise(parts):
        if second[0] - first[1] != 1:
            continue
        one, other = (view.low[begin:stop] for begin, stop in (first, second))
        capitals = view.text[first[0]].isupper() and view.text[second[0]].isupper()
        short = second[1] - second[0] < 5 and view.text[second[0] : second[1]].isupper()  # `Anna_VPN.pdf`
        strange = capitals and len(other) > 2 and not (short or _plain_word(other) or other in _TECHNICAL)
        told = (one in GIVEN and not _wordy(one) and (other in FAMILY or strange)) or (
            other in GIVEN and one in FAMILY and not _wordy(other) and not _wordy(one)
        )
        if told and (capitals or not (_wordy(one) or _wordy(other))):
            return first[0], second[1]
    return None


_FILE_PARTS: Final = later(rf"[{LETTERS}]{{2,24}}")


def _aside(view: View, match: Hit) -> Iterator[Find]:
    """`Zeb Quarles (who runs the proxy)`: what stands in brackets says that it is told of a person."""
    yield from _said(view, Hit(match.start - 1, match.end))


def _honoured(view: View, match: Hit) -> Iterator[Find]:
    """`Tuğrul Bey`: a title behind the name, with a capital as the name."""
    stop = match.start - 1
    token = _LAST_TOKEN.search(view.text, max(0, stop - 24), stop) if view.text[match.start].isupper() else None
    if token is not None and token.group()[0].isupper() and not _plain_word(fold(token.group())):
        yield token.start(), stop, "PERSON"


_LAST_TOKEN: Final = later(r"(?<![\w@./-])[^\W\d_]{2,24}\Z")


def _in_directory(view: View, start: int, end: int) -> Span | None:
    """A name in an export of a directory, where each record begins with its `dn`."""
    return (start, end) if "dn" in view.words and view.text[start].isupper() else None


def _booked(view: View, start: int, end: int) -> Span | None:
    """`CRALE/ZENOBIA MS`, as airlines write people."""
    return (start, end) if view.text[start:end].isupper() else None


def _folder(view: View, start: int, end: int) -> Span | None:
    """A folder named as people are filed: `/Göransson, Märta/`."""
    family, given = view.text[start:end].split(", ")
    named = fold(given) in GIVEN or fold(family) in FAMILY
    if any(_plain_word(fold(part)) for part in (family, given)):
        return None
    return (start, end) if named and family[0].isupper() and given[0].isupper() else None


def _paired(view: View, match: Hit) -> Iterator[Find]:
    """Two of them together that can or want something."""
    stop = match.start - 1
    end = _name_end(view, match.end, least=2) if view.text[match.end : match.end + 1].isupper() else None
    begin = _name_before(view, stop) if end is not None and _BOTH_DO.ahead(view, end) else None
    if begin is not None and _plausible(view, begin, stop) and _plausible(view, match.end, end or 0, led=True):
        yield begin, stop, "PERSON"
        yield match.end, end or 0, "PERSON"


def _joined_by_sign(view: View, match: Hit) -> Iterator[Find]:
    if view.text[match.end : match.end + 1].isupper():
        yield from _paired(view, Hit(match.start + 1, match.end))


_IRISH: Final = frozenset({"ni", "nic", "mac", "mc", "ua", "ui", "san", "st"})


def _plausible(view: View, start: int, end: int, *, led: bool = False) -> bool:
    """Tell whether an unknown name may be one: two words or more, none of them the word of a thing, a place or a firm.

    `led` says that the words before it announce a name, so that an article there is none.
    """
    text, low = view.text, view.low
    first, parts = text[start:end].split(" ")[0], low[start:end].replace("-", " ").split(" ")
    parts = [
        part
        for part in parts
        if part not in words.PARTICLES and part not in _IRISH and not (len(part) == 2 and part[1] == ".")
    ]
    if len(parts) < 2 or (first.isupper() and len(first) > 2) or BARRIER in text[start:end]:
        return False
    if any(len(part) < 2 or "." in part or part in _TECHNICAL or _plain_word(part) for part in parts):
        return False
    if (not led and _ARTICLES.behind(view, start, 10)) or _ORGANISED.ahead(view, end) or _THING.ahead(view, end):
        return False
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if any(_HUMPED.search(part) for part in text[start:end].split(" ")):
        return False
    return not (before and before in "@_/\\#.-") and not (after and (after in "@_/\\=" or after.isalnum()))


_HUMPED: Final = later(
    r"(?<!^M)(?<!^Ma)(?<!^D)(?<!^L)[a-z](?<!Mc)(?<!Mac)(?<!De)(?<!Le)(?<!La)(?<!Di)(?<!Van)(?<!Fitz)[A-Z]"
)


def _owner(view: View, match: Hit) -> Iterator[Find]:
    """`Sent from Zebedia's iPhone`: a device that has an owner."""
    low = view.low[match.start : match.end]
    if view.text[match.start].isupper() and low not in _TECHNICAL and not _plain_word(low) and low not in _BRANDS:
        yield match.start, match.end, "PERSON"


def _labelled(view: View, match: Hit) -> Iterator[Find]:
    if view.low.startswith(_BARE_LABELS, match.start) and _OF_A_THING.search(
        view.low, max(0, match.start - 24), match.start
    ):
        return
    least = 2 if _WEAK_LABELS.behind(view, match.end, 24) else 1
    for start, end, label in _at(view, match.end, least=1):
        name = fold(view.text[start:end])
        if view.text[end : end + 1] in _GOES_ON or len(name) < 2 or all(part in _TECHNICAL for part in name.split(" ")):
            continue
        if least == 1 or " " in name or (name in GIVEN and not _wordy(name)):
            comma = view.text[end : end + 2] == ", " and _name_end(view, end + 2, least=1)
            yield start, comma or end, label


_GOES_ON: Final = frozenset({"-", "_", "@", "\\", "/", *"0123456789"})
_BARE_LABELS: Final = ("name", "nom", "naam")
_OF_A_THING: Final = later(  # "process name:", not "patient name:"
    r"(?<![a-z])(?!(?:and|or|e|et|y|und|oder|i|a|en|og|och|ja|child|mother|father|spouse|partner|parent|guardian|person|colleague|staff|member|technician"
    r"|tech|sender|recipient|approver|insured|driver|holder|subscriber|visitor|applicant|candidate|tenant|buyer|seller|beneficiary|legal|real|preferred|birth"
    r"|my|your|his|her|their|our|the|is|this|new|old|mein|ihr|dein|mi|su|son|sa|mon|votre|il|el|le|la|o|seu|meu|intern|employee|patient|student|customer|client"
    r"|contact|user|agent|manager|owner|author|caller|reporter|requester|attendee|sur|given|family|middle|display|nick|maiden|cardholder|doctor|nurse|teacher|pupil|kid|pet|full|first|last|print|printed|signer)[ ])"
    r"[a-z]{3,16}[ _-]\Z"
)


def _headed(view: View, match: Hit) -> Iterator[Find]:
    """A header names people, one or a list; one word alone only where it is a name or an address follows."""
    start = match.end
    for _ in range(12):
        end = _name_end(view, start, least=1)
        if end is None:
            break
        low = fold(view.text[start:end])
        comma = _name_end(view, end + 2, least=1) if view.text[end : end + 2] == ", " and " " not in low else None
        known_name = low.split(" ")[0] in GIVEN or low.split(" ")[-1] in FAMILY
        if " " in low or comma or known_name or view.text[end : end + 2] in {" <", " [", " ("}:
            yield start, comma or end, "PERSON"
        end = comma or end
        stop = view.text.find("\n", end)
        line = view.text[end : stop if stop >= 0 else len(view.text)][:200]
        following = re.match(r"[^;,\n]{0,90}[;,][ ]?[\"']?", line)
        if following is None:
            break
        start = end + following.end()


def _chatted(view: View, match: Hit) -> Iterator[Find]:
    """`[10:02] Barty Q.: it is down again`: who said it in a chat; not `[10:02] Error: ...`."""
    end = _name_end(view, match.end, least=1, most=3)
    if end is None or not view.text.startswith((":", "\n"), end):
        return
    written = view.low[match.end : end].split(" ")
    written = written[1:] if len(written) > 1 and written[0] in words.NEVER_NAMES else written  # `May Ling Fong`
    line = view.text[end] == "\n"
    if view.text[match.end : end].isupper() and len(written) == 1 and written[0] not in GIVEN:
        return  # `07:45:12 NETLOGON: ...`
    if not any(each in _TECHNICAL or each in words.COMMON or each in words.SYSTEM_ACCOUNTS for each in written) and (
        not line or written[0] in GIVEN or written[-1] in FAMILY
    ):
        yield match.end, end, "PERSON"


def _vcard(view: View, match: Hit) -> Iterator[Find]:
    stop = view.text.find("\n", match.end)
    line = view.text[match.end : stop if stop >= 0 else len(view.text)]
    if any(char.isalpha() for char in line) and len(line) < 120:
        for part in re.finditer(r"[^;,]+", line.rstrip()):
            if part.group().strip() and BARRIER not in part.group():
                yield match.end + part.start(), match.end + part.end(), "PERSON"


def _presented(view: View, match: Hit) -> Iterator[Find]:
    low = view.low
    start = match.end
    if low[start : start + 4].split(" ")[0] in words.PARTICLES:
        return
    for begin, end, label in _at(view, start, least=1):
        name = fold(view.text[begin:end])
        sure = " " in name or name in GIVEN or low.startswith((" from ", " here"), end)
        if (
            _PRESENTS.match(low, end)
            and sure
            and not (_wordy(name) and " " not in name and not low.startswith((" from", " here", ","), end))
        ):
            yield begin, end, label


def _wrote(view: View, match: Hit) -> Iterator[Find]:
    position = match.start
    stop = position - (view.text[position - 1] == " ")
    opening = view.text.rfind("<", max(0, stop - 160), stop)
    line = view.text.rfind("\n", 0, stop)
    stop = opening if opening > line else stop
    begin = _name_before(view, stop)
    if begin is not None and begin < _trimmed(view, stop):
        yield begin, _trimmed(view, stop), "PERSON"
    after = re.match(r"(?:[^\n:]{0,12}[ ])?(?=[^\W\d_])", view.text[match.end - 1 : match.end])
    inside = view.text[match.start : match.end - 1]
    gap = inside.find(" ")
    if gap > 0 and after is None:
        yield from _at(view, match.start + gap + 1, least=2)


def names(
    view: View,
    mails: Iterable[Find],
    found: list[Find],
    others: Iterable[Find] = (),
    spoken: set[str] | None = None,
    own: Sequence[Find] = (),
) -> Iterator[Find]:
    """Yield third persons beside values, by their names, and wherever those names stand again.

    `mails` are the addresses found, `found` the people found by rules, `others` the numbers, dates and streets: a name
    beside them is a name. `spoken` are the names of other parts of the same record; the ones found here are added. `own`
    are names of the person the record is about.
    """
    found = [*found, *_beside(view, [*mails, *others])]
    for start, _, _ in mails:
        window = view.text[max(0, start - 12) : start]
        hit = _ADDRESSED.search(window)
        if hit:
            stop = start - len(window) + hit.start()
            begin = _name_before(view, stop)
            if begin is not None and begin < _trimmed(view, stop):
                found.append((begin, _trimmed(view, stop), "PERSON"))
    found += _by_name(view, found)
    found += _bracketed(view, [*found, *own])
    found += _enumerated(view, found)
    yield from found
    yield from _again(view, found, set() if spoken is None else spoken)


def _bracketed(view: View, found: Sequence[Find]) -> Iterator[Find]:
    """Yield the one word in brackets behind a name: `Caflisch (Ursina)`."""
    for _, end, _ in found:
        inside = _IN_BRACKETS.match(view.text, end) if view.text.startswith((" (", "("), end) else None
        if inside is not None:
            word = fold(inside.group(1))
            if LETTER in word or not (
                _plain_word(word) or word in _TECHNICAL or word in _BRANDS or inside.group(1).isupper()
            ):
                yield *inside.span(1), "PERSON"


def _enumerated(view: View, found: Sequence[Find]) -> Iterator[Find]:
    """Yield the other members of a list in which people stand: `Kovar, Lee and Ball`.

    A list of three or more ends with "and"; of one of two, the other must be a name somewhere, or both do something.
    """
    text, done = view.text, 0
    if not found or view.words.isdisjoint(_LIST_WORDS):
        return
    named = bytearray(len(text) + 1)
    for start, end, _ in found:
        named[start:end] = b"\1" * (end - start)
    for joint in _LIST_JOINT.finditer(text):
        if joint.start() < done:
            continue
        first = max(done, text.rfind("\n", 0, joint.start()) + 1, joint.start() - _LIST_REACH)
        before = _LIST_BEFORE.search(text, first, joint.start())
        after = _LIST_AFTER.match(text, joint.end())
        if before and after and named.find(1, before.start(), after.end()) >= 0:
            done = after.end()
            yield from _members(view, before.start(), done, named)


def _members(view: View, start: int, end: int, named: bytearray) -> Iterator[Find]:
    text = view.text
    items = [item.span() for item in _MEMBER.finditer(text, start, end)]
    people = {item for item in items if named.find(1, *item) >= 0}
    both = len(items) == 2 and _BOTH_DO.ahead(view, end)
    for first, last in items:
        written = [fold(part) for part in text[first:last].split(" ")]
        listed = any(part in GIVEN or part in FAMILY or _TOLD_END.search(part) for part in written)
        thing = any(part in _TECHNICAL or part in words.NOT_NAMES or part in words.SYSTEM_ACCOUNTS for part in written)
        plain = any(
            part in words.COMMON or part in _BRANDS or part in _PLACE_NAMES or len(part) < 3 for part in written
        )
        sure = (listed and (len(items) > 2 or both or not plain)) or ((len(people) > 1 or both) and not plain)
        if (first, last) not in people and sure and not thing and not text[first:last].isupper():
            yield first, last, "PERSON"


_LIST_REACH: Final = 240
_LIST_WORDS: Final = words.bag("and und et y e en og och i ve")
_CAPITAL: Final = r"[^\W\d_a-z][^\W\d_]{1,23}+(?:['-][^\W\d_]{1,23}+)?+"
_MEMBER: Final = later(rf"{_CAPITAL}(?:[ ]{_CAPITAL})?+")
_LIST_BEFORE: Final = later(
    rf"(?<![\w@./\\-]){_CAPITAL}(?:[ ]{_CAPITAL})?+(?:,[ ]{_CAPITAL}(?:[ ]{_CAPITAL})?+){{0,8}}+,?\Z"
)
_LIST_JOINT: Final = later(r"(?<=[\w,])[ ](?:and|und|et|y|e|en|og|och|i|ve)[ ](?=[^\W\d_a-z][^\W\d_])")
_IN_BRACKETS: Final = later(rf" ?\(({_CAPITAL}|[\u0590-\u06ff\u0900-\u0dff\u3041-\u9fff\uac00-\ud7a3 ]{{2,20}})\)")
_LIST_AFTER: Final = later(rf"{_CAPITAL}(?:[ ]{_CAPITAL})?+(?![\w@\\-]|\.\w)")


def _beside(view: View, values: Iterable[Find]) -> Iterator[Find]:
    """Yield lines that are nothing but two to four words of a name, next to a line with a personal value."""
    text = view.text
    looked: set[int] = set()
    for start, end, label in values:
        first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        above, below = _line_above(text, first), last + 1 if last >= 0 else first
        between = text[above : max(above, text.find("\n", above, first))].strip(" \t>*")
        stepped = above and (label == "ADDRESS" or _A_ROLE.fullmatch(between))
        farther = _line_above(text, above) if stepped else above
        for line in (above, below, farther):
            if line in looked or line == first:
                continue
            looked.add(line)
            begin = line
            while begin < len(text) and begin - line < 8 and text[begin] in " >*-\t?":
                begin += 1
            title = _TITLED.match(view.low, begin)
            begin = title.end() if title else begin
            stop = _name_end(view, begin, least=2)
            if stop is None or _ENDS_WHOLE_LINE.match(text, stop) is None:
                continue
            parts = fold(text[begin:stop]).split(" ")
            known_name = parts[0] in GIVEN
            if not known_name and any(part in _TECHNICAL for part in parts):
                continue  # what somebody is, or the firm
            if line in (above, below) or known_name or _plausible(view, begin, stop):  # a firm may stand between
                yield begin, stop, "PERSON"


def _line_above(text: str, line: int) -> int:
    """Return where the line above one begins, over a blank line or two as tables leave them; the line itself at the top."""
    above = line
    for _ in range(4):
        above = text.rfind("\n", 0, max(0, above - 1)) + 1
        if not above or text[above : text.find("\n", above)].strip(" \t>*"):
            break
    return above


_A_ROLE: Final = later(r"[^\W\d_][^\n\d@:;!?]{2,58}[^\n\d@:;!?.,]")
"""What may stand between a name and a number in a signature: a position, a firm."""
_TITLED: Final = later(rf"(?:{words.TITLE}\.?[ ]{{1,2}}){{1,2}}")
_TITLED_HERE: Final = later(rf"(?<![{LETTERS}@._/\\-])(?:{words.TITLE}(?:\.[ ]{{0,2}}|[ ]{{1,2}})){{1,2}}$")


def title_start(view: View, start: int) -> int:
    """Return where the title before a name begins, or the name where it has none."""
    if view.low[start - 1 : start] not in {" ", "."}:
        return start
    found = _TITLED_HERE.search(view.low, max(0, start - 26), start)
    if found is None or (view.text[found.start()].islower() and found.group().strip(" .") in _ALSO_WORDS):
        return start
    return found.start()


_ALSO_WORDS: Final = words.bag("pane panie miss don dona pan ing hr fr sig heer herra")


def _trimmed(view: View, stop: int) -> int:
    """Step back over the blanks and quotes between a name and what follows it."""
    while view.text[stop - 1] in " \"'":
        stop -= 1
    return stop


def _at(view: View, start: int, *, least: int) -> Iterator[Find]:
    end = _name_end(view, start, least=least)
    if end is not None:
        yield start, end, "PERSON"


def _greeted(view: View, match: Hit) -> Iterator[Find]:
    start = match.end
    for _ in range(4):
        end = _name_end(view, start, least=1, greeting=True)
        if end is None:
            end = _small_name_end(view, start)
        if end is None:
            break
        yield start, end, "PERSON"
        joint = _AND.match(view.low, end)
        if joint is None:
            break
        start = joint.end()


def _closed(view: View, match: Hit) -> Iterator[Find]:
    yield from _signed(view, match.end, broken=False)


def _ruled(view: View, match: Hit) -> Iterator[Find]:
    yield from _signed(view, match.end, broken=True)


def _signed(view: View, position: int, *, broken: bool) -> Iterator[Find]:
    text, start = view.text, position
    while start < len(text) and text[start] in "\n \t>*_|-\r/~" and start - position < 24:
        broken = broken or text[start] == "\n"
        start += 1
    end = _name_end(view, start, least=1)
    if end is not None and _ENDS_LINE.match(text, end):
        yield start, end, "PERSON"
    elif broken:
        small = _small_name_end(view, start)
        if small is not None and text[small : small + 1] in {"\n", ""} and text[start : start + 1].islower():
            yield start, small, "PERSON"


def _small_name_end(view: View, start: int) -> int | None:
    """`hi john,` without a capital: one or two words, nothing but names, then a stop."""
    token = _TOKEN.match(view.low, start)
    if token is None or len(token.group()) < 3 or _no_name(token.group()) or token.group() in _LIST_WORDS:
        return None
    end = token.end()
    following = _TOKEN.match(view.low, end + 1) if view.low[end : end + 1] == " " else None
    if following is not None and not _no_name(following.group()):
        end = following.end()
    return end if _SMALL_ENDS.match(view.low, end) else None


def _no_name(word: str) -> bool:
    return word in words.NOT_NAMES or word in words.SYSTEM_ACCOUNTS or word in words.PARTICLES


def _name_end(view: View, start: int, *, least: int, most: int = 4, greeting: bool = False) -> int | None:
    """Return where the name that starts here ends, None where fewer than `least` words of one stand here."""
    text, low = view.text, view.low
    end: int | None = None
    count, position = 0, start
    while count < most:
        short = _SHORT_PARTICLE.match(text, position)
        position = short.end() if short else position
        token = _TOKEN.match(text, position)
        if token is None:
            break
        word = low[token.start() : token.end()]
        if (
            word in words.PARTICLES
            and (count or text[token.end() : token.end() + 1] == " ")
            and not token.group()[0].isupper()
        ):
            position = token.end() + 1
            continue
        unfit = word in words.NOT_NAMES and not (
            word in words.NEVER_NAMES and (greeting or _names_follow(text, token.end()))
        )
        if text[token.end() : token.end() + 1].isdigit():
            break
        if word in words.SYSTEM_ACCOUNTS and word not in words.NEVER_NAMES and not count:
            break
        if not token.group()[0].isupper() or unfit:
            break
        count += 1
        end = token.end()
        if text[end : end + 1] == "." and (len(word) == 1 or word in {"jr", "sr", "dr"}):
            end += 1
        if not (text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha()):
            break
        position = end + 1
    return end if count >= least else None


_SHORT_PARTICLE: Final = later(r"(?:v|z|d)\.[ ]?(?:d\.[ ]?)?(?=[^\W\d_a-z][^\W\d_])")


def _names_follow(text: str, end: int) -> bool:
    """Tell of `May` whether a name follows, or two words with capitals that mean nothing: `May Ling Fong`."""
    following = [fold(word) for word in _TWO_CAPITALS.findall(text[end : end + 50])[:1] for word in word.split()]
    if not following or any(word in words.COMMON or word in _TECHNICAL or _no_name(word) for word in following):
        return False
    return len(following) > 1 or following[0] in FAMILY or following[0] in GIVEN


_TWO_CAPITALS: Final = later(rf"\A ({_CAPITAL}(?: {_CAPITAL})?)(?![\w-])")


def _name_before(view: View, stop: int) -> int | None:
    """Return where the name that ends here starts: up to four words with a capital, or `Last, First`."""
    floor = max(0, stop - 80)
    window = view.text[floor:stop].rstrip(" \"'")
    begin: int | None = None
    tokens = list(_TOKEN.finditer(window))
    reach, count = len(window), 0
    for token in reversed(tokens):
        gap = window[token.end() : reach]
        word = fold(token.group())
        if gap.strip(" .") and gap.strip() != ",":
            break
        if "," in gap and count != 1:
            break
        if count and word in words.PARTICLES:
            reach = token.start()
            continue
        if (
            count == 4
            or not token.group()[0].isupper()
            or word in words.NOT_NAMES
            or (not count and token.end() < len(window) - 1)
        ):
            break
        if token.start() and window[token.start() - 1].isdigit():
            break
        begin, reach, count = token.start(), token.start(), count + 1
    return None if begin is None else floor + begin


# -------------------------------------------------------------------------------------------------- names by their own

_JOINED_WORDS: Final = later(r"(?<![a-z\xa1-\xff])[a-z\xa1-\xff]{1,24}+['-][a-z\xa1-\xff]{2,}")
_NAMES: Final = GIVEN | FAMILY
_PLAIN_NAMES: Final = frozenset(name for name in _NAMES if len(name) > 2)
_ENDINGS: Final = r"(?:ov|ova|ovic|evic|ovich|evich|owski|owska|ewski|ewska|inski|sky|ska|cki|cka|sson|ssen|nen|enko|wicz|czyk|czak|escu|shvili|adze|yan|opoulos|akis|idis|oglu|dottir|sdottir|mann|stein|berg|qvist|lund|gaard|quist|veld|stra|huis)"
_OTHER_ENDINGS: Final = fold(
    "ов ова ев ева ович евич овна евна енко ский ская цкий цкая όπουλος όπουλο όπουλου ίδης ίδη άκης άκη"
).split()
_FAMILY_ENDINGS: Final = (*_ENDINGS.removeprefix("(?:").removesuffix(")").split("|"), *_OTHER_ENDINGS)
_LAST_LETTERS: Final = frozenset(ending[-2:] for ending in _FAMILY_ENDINGS)
_FAMILY_END: Final = later(rf"[{LETTERS}]{{3,}}(?:{'|'.join(_FAMILY_ENDINGS)})")
_TOLD_END: Final = later(
    r"(?i:sson|sdottir|dóttir|shvili|svili|adze|owski|owska|ewski|ewska|ovic|evic|ovich|evich|wicz|enko|opoulos|idis|oglu|escu|qvist|gaard)$|ić$|ová$"
    r"|(?:ов|ова|ев|ева|ович|евич|овна|евна|енко|όπουλος|όπουλο|όπουλου|ίδης|άκης)$"
)
"""Endings of family names and of next to no other word, as they are written."""
_MARKED_END: Final = later(r"[^\W\d_]{2,20}(?:ić|ová)(?![^\W_])")
_NOT_FAMILY: Final = words.bag(
    "lesson moscow heidelberg nuremberg hamburg strasbourg salzburg freiburg luxemburg spielberg iceberg berlinska walkman pakistan german human roman woman"
    " workman superman batman foreman chairman salesman bergen essen hessen listen kitchen whiskey whisky husky risky kafka alaska nebraska polska czech"
    " postman ottoman kharkov saratov rostov azov tambov pskov pleven haven seven eleven bitstein zeppelin frankenstein jugoslavska openstack epstein husqvarna"
    " киев ростов саратов тамбов псков харьков львов азов могилев кишинев основа"
)
_NO_FAMILY: Final = words.COMMON | _NOT_FAMILY
_PLACE_NAMES: Final = words.bag(
    "sydney florence milan paris chelsea austin dallas georgia virginia victoria charlotte orlando madison savannah adelaide santiago israel jordan kent devon"
    " lorraine london berlin lancaster york washington houston denver lincoln jackson carolina salvador valencia leon toledo cordoba vienna milano roma bristol"
    " durham bedford oxford stafford richmond hamilton arlington burlington boston holland england ireland france bath chester preston winchester dover"
    " perth brandon sierra monterey phoenix troy odessa montana dakota brooklyn asia africa america europe india kenya chad cuba malta cyprus"
    " kiel worth wells lima porto braga leiria mainz ulm bern basel como siena verona monza novara ravenna bari lodi sofia"
)
_BRANDS: Final = words.bag(
    "ericsson nokia hudson celsius kelvin fahrenheit volvo saab scania husqvarna electrolux bosch ford dell porsche siemens kaiser fischer adler lexmark epson canon xerox brother philips siemens marantz denon yamaha honda toyota suzuki mercedes"
    " audi bmw skoda fiat ferrari lancia maserati boeing airbus pascal julia ruby jade jasper jasmine alma hugo travis jenkins ivy catalina maven ada"
    " clay sage gatsby astro vite nest vera pearl opal crystal amber may april june august summer dawn sunny sky rose iris olive ginger basil marina melody"
    " max min carmen java python docker harper cisco novell lotus sandy misty faith hope grace joy mercy trinity cherry penny mark bill will rich frank chase"
    " hunter art grant pat ray rob sue gene dale glen dean earl duke king prince queen bishop harris cooper mason porter miller baker smith parker turner cook"
    " walker taylor fisher hall hill lake wood stone banks page price cash law young long short little brown black white green gray grey gold silver"
    " case cole crane cross day drake finch flowers fox frost gates good goodman hand head hood house love lane lamb lock marsh moon moss"
    " noble park parks pope potter power powers rice rivers rush sharp shields small snow sparks spears stark steel street strong summers sweet tate todd"
    " wall ward waters webb weeks wells west wheeler wise wolf woods west winter winters church bell berry best bird blank blank bush"
    " can cem deniz umut barış ufuk onder eren bao mai long son ha hong minh an kim lee li wang yang tan lin ding song ma hu ye yu xu lu he du fu gao"
    " per ole bo kai dag odd gro tor stig liv tove inge egil eli eve gil gal tal ran may ron don dan dov sol luz paz mar ana rosa vito salvo primo fe"
    " christian roman german duke major minor rex rocky jewel dick bob jack jim joe ben sam tom tim ted tony guy roy lance miles chad drew cliff heath forest"
    " robin jay martin jan dec jo al ed cy lou sal val ty bea peg dot pam kit nan fay gus abe ike moe leo ira lea mia nia pia tia kia zoe ava eva ida ada ned"
    " amit ram raj raja rani dev veena prem arun usha hari priti manas maya tara rita gita sita asha lata mala uma mina nada dina lina noor nour hind salah islam"
    " reem said saba amal amani hala malak safa huda farid hani majid rami sami adil salam omar ali abu ahmed"
    " sort order fold main mona lisa lotte charge pages"
)
_CALLS: Final = Look(
    r"(?:^|[^a-z])(?:by|with|from|for|to|ask|asked|tell|told|contact|call|called|cc|and|met|meet|named|starring|via|thanks|thank you|dear|hi|hello|hey|mr\.?|mrs\.?|ms\.?|dr\.?|prof\.?|herr|herrn|frau"
    r"|monsieur|madame|senor|senora|sr\.?|sra\.?|colleague|manager|boss|says|said|asks|see|let|invite|user|customer|client|employee|producer|director|singer|actor|author|assistant|engineer"
    r"|doctor|nurse|teacher|friend|brother|sister|uncle|aunt|mother|father|son|daughter|husband|wife|name is|name:|i am|i'm|this is|am|von|mit|bei|fur|an|de|avec|pour|par|con|per|da|para|por|met|voor|van|med|z|od|s|pro|or|like|of|than|but|don't|zombie|mayor|president|judge|captain|coach|sergeant|officer|agent|minister|queen|king|prince|princess|pope|sir|lady|lord)[,:]?[ ]"
)
_ACTS: Final = Look(
    r"(?:'s)?,?[ ](?:said|says|say|asked|asks|told|tells|wrote|writes|called|calls|replied|confirmed|reported|is|was|has|had|will|would|can|could|cannot|can't|needs|need|wants|want|left|joined"
    r"|spent|works|worked|explained|informed|mentioned|requested|sent|received|lives|lived|moved|started|got|gets|went|came|comes|does|did|didn't|doesn't|isn't|wasn't|listed|played|sings|sang|made|makes|took"
    r"|hat|ist|wird|kann|mochte|schrieb|sagt|sagte|braucht|arbeitet|war|meint|a|est|peut|veut|dit|avait|ha|es|dijo|puede|quiere|necesita|tiene|disse|vuole|pode|quer|heeft|kan|wil|zei|har|kan|sade|ma|jest|je|and|und|et|y|just|also|who|on behalf)(?:$|[^a-z])"
)
_ORGANISED: Final = Look(
    r"[ ](?:&[ ]|and sons|ltd|inc|llc|llp|gmbh|ag|plc|corp|co\.|group|bank|university|college|hospital|school|street|road|avenue|drive|lane|place|square|st\.|ave|blvd|hotel|airport|station|stadium|park"
    r"|controls|electric|systems|solutions|software|technologies|industries|holdings|partners|associates|foundation|institute|museum|theatre|theater|church|cathedral|county|city|island|river|lake|river|mountain|beach|bridge|center|centre"
    r")(?:$|[^a-z])"
)
_PRODUCT: Final = Look(
    r"[ ](?:firmware|erp|crm|db|theme|plug-?in|add-?on|module|cluster|kernel|framework|library|connector|middleware|toolkit|sdk|api|gem|package|gothic|sans|serif|grotesk|font)(?:$|[^a-z])"
)
_THING: Final = Look(
    r"[ ](?:server|printer|router|switch|laptop|model|edition|version|award|prize|act|law|day|line|cup|league|algorithm|theorem|effect|number|test|scale|code|cipher|equation|method)(?:$|[^a-z])"
)
_JOINED: Final = later(
    r"[ ](?:(?:van|von|de|der|den|del|della|di|da|dos|das|du|la|le|ter|ten|bin|ibn|al|el|af|av|zu|y|san|st\.)[ ]|o'){0,3}|-(?=[^\W\d_])"
)


_PATHLIKE: Final = frozenset(f"\\{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789")


def _wordy(low: str) -> bool:
    return (
        low in words.ORDINARY_NAMES
        or low in words.NOT_NAMES
        or low in words.COMMON
        or low in _PLACE_NAMES
        or low in _BRANDS
        or len(low) < 3
    )


def _by_name(view: View, people: Iterable[Find]) -> Iterator[Find]:
    """Yield people told by a given or family name, with the words around it, where none of `people` stands."""
    text, low = view.text, view.low
    named = bytearray(len(text) + 1)
    for start, end, _ in people:
        if " " in text[start:end]:
            named[start:end] = b"\1" * (end - start)
    here = {word for word in view.words & _PLAIN_NAMES if _unjoined(low, word)}
    if "-" in low or "'" in low:
        here.update(
            word for word in map(re.Match.group, _JOINED_WORDS.finditer(low)) if word in _NAMES or _double(word)
        )
    caseless = len(text) > 8 and text == text.lower()
    unusual = view.words - _NO_FAMILY
    likely = [word for word in unusual if word[-2:] in _LAST_LETTERS]
    ends = {word for word in likely if word.endswith(_FAMILY_ENDINGS) and _FAMILY_END.fullmatch(word)}
    if "ić" in text or "ová" in text:
        ends.update({fold(word) for word in _MARKED_END.findall(text)} - _NO_FAMILY)
    for word in sorted(here | ends, key=lambda word: (word not in GIVEN, word)):
        at = low.find(word)
        while at >= 0:
            end = at + len(word)
            if caseless or (text[at].isupper() and not named[at]):
                span = _person(view, at, end, word, caseless=caseless)
                if span is not None:
                    yield *span, "PERSON"
                    if span[1] > end:
                        named[end : span[1]] = b"\1" * (span[1] - end)
            at = low.find(word, end)


def _unjoined(low: str, word: str) -> bool:
    """Tell whether a word stands somewhere that is no part of a longer one: not `martin` in `martin-luther`."""
    at = low.find(word)
    while at >= 0:
        end = at + len(word)
        before = low[at - 1 : at]
        if not before.isalpha() and not low[end : end + 1].isalpha():
            joined = before in _JOINTS and before and low[max(0, at - 4) : at - 1].isalpha() and at > 3
            if not joined and not (
                low[end : end + 1] in _JOINTS and low[end + 1 : end + 3].isalpha() and end + 3 <= len(low)
            ):
                return True
        at = low.find(word, end)
    return False


_JOINTS: Final = frozenset("'-")


def _person(view: View, start: int, end: int, word: str, *, caseless: bool) -> tuple[int, int] | None:  # noqa: C901, PLR0911, PLR0912  a table of cases
    """Return the whole name around a known one, None where its neighbours say that it is none."""
    text, low = view.text, view.low
    if (start and (low[start - 1].isalnum() or low[start - 1] in "@_/\\#$&=%.'")) or (
        end < len(low) and (low[end].isalnum() or low[end] in "@_/\\=") and not low.startswith(_QUOTED_OWNER, end)
    ):
        return None
    if low[end : end + 1] in {".", "!"} and low[end + 1 : end + 2].isalnum():
        return None
    if low[end : end + 1] == "-" and low[end + 1 : end + 2].isdigit():
        return None
    if (low[end : end + 1] == ":" and word in _LABELS) or (word == "hana" and low.endswith("sap ", 0, start)):
        return None
    if start > 1 and text[start - 1] == "-" and text[start - 2].isupper() and word not in GIVEN:
        return None  # of two words joined, as HQ-Branch
    capital = text[start].isupper()
    given, family, wordy = word in GIVEN or _double(word), word in FAMILY, _wordy(word)
    before = low[max(0, start - 16) : start]
    called = _CALLS.behind(view, start, 16)
    if not capital:
        if not caseless or wordy or not given:
            return None
        return start, _small_family(view, end)
    shouting = text[start:end].isupper() and end - start > 3
    if shouting and text[max(0, start - 25) : end + 25].isupper():
        wordy = wordy or word in words.COMMON
    if _ORGANISED.ahead(view, end):
        return None
    right, parts, known_after = _onward(view, end, shouting=shouting)
    left, known_before = _backward(view, start)
    if word in words.ALSO_WORDS and _ARTICLES.behind(view, start, 10):
        return None  # "der Ernst der Lage"
    sentence = (
        start == 0
        or not text[text.rfind("\n", 0, start) + 1 : start].strip()
        or text[max(0, start - 2) : start] in {". ", "! ", "? ", ": "}
        or text[start - 1 : start] in {"\n", '"', "\t"}
    )
    if _ORGANISED.ahead(view, right):
        return None
    if given and not wordy:
        return None if (left, right) == (start, end) and _PRODUCT.ahead(view, end) and not called else (left, right)
    listed = (
        text[end : end + 2] == ", "
        or text[max(0, start - 2) : start] == ", "
        or low[max(0, start - 5) : start] == " and "
    )
    if given and listed and _in_list(view, start, end):
        return start, end
    if given and parts:
        if known_after and (
            not sentence
            or called
            or not wordy
            or _ACTS.ahead(view, right)
            or text[right : right + 1] in {"", "\n", ",", ".", "'", ")", "<"}
        ):
            return left, right
        return (left, right) if (called and not sentence) or _ACTS.ahead(view, right) else None
    if family and known_before:
        return left, end
    if given and ((sentence and _ASKED.ahead(view, end)) or (_opens_line(text, start) and _SPEAKS.ahead(view, end))):
        return start, end
    if given:
        place = word in _PLACE_NAMES and re.search(r"(?:in|at|from|to|near|of|through|via)[ ]$", before)
        if place or shouting:
            return None
        acts = _ACTS.ahead(view, end)
        return (
            (start, end)
            if (called and (acts or text[end : end + 1] in {",", ".", "\n", "", "?", "!", ")"}))
            or (acts and not sentence and word not in words.COMMON)
            else None
        )
    if wordy or word in _BRANDS or _THING.ahead(view, right):
        return None
    if left < start:
        return left, right
    place = re.search(r"(?:in|at|near|through)[ ]$", before)
    if not place and (called or _ACTS.ahead(view, end)) and not shouting:
        return start, right
    if not place and not sentence and not shouting and (family or _TOLD_END.search(text, start, end)):
        return start, right
    return None


_DOUBLED: Final = GIVEN | words.bag(
    "olof ake arne inge owe olov gunnar magnus erik anders marie luise pierre claude yves luc paul louis baptiste marc"
)
_LABELS: Final = words.bag("fran till per")
_QUOTED_OWNER: Final = ("\\'s ", '\\"')


_ASKED: Final = Look(r",[ ](?:can|could|would|will|do|did|are|have|may)[ ](?:i|you|we|u)[ ]")
_SPEAKS: Final = Look(r":[ ]?\\?\"")


def _double(word: str) -> bool:
    """Tell whether it is two given names in one: `anna-karin`."""
    first, dash, second = word.partition("-")
    return bool(dash) and first in GIVEN and second in _DOUBLED


def _opens_line(text: str, start: int) -> bool:
    return not start or text[start - 1] in "\n\t>"


def _small_family(view: View, end: int) -> int:
    """Return where a family name without a capital ends behind a given name, or the given name where none follows."""
    low = view.low
    particles = _SMALL_PARTICLES.match(low, end)
    token = _TOKEN.match(low, particles.end()) if particles else None
    if token is None:
        return end
    word = token.group().removesuffix("'s")
    stop = token.start() + len(word)
    if (word in FAMILY and not _wordy(word)) or _FAMILY_END.fullmatch(word):
        return stop
    unknown = len(word) > 3 and not _plain_word(word) and word not in _TECHNICAL and word not in _BRANDS
    return stop if unknown and (_NAME_STOPS.match(low, stop) or _ACTS.ahead(view, stop)) else end


_SMALL_PARTICLES: Final = later(
    r"[ ](?:(?:van|von|de|der|den|del|della|di|da|dos|das|du|la|le|ter|ten|bin|ibn|al|el|af|av|zu|san|st\.)[ ]|o'){0,3}"
)
_NAME_STOPS: Final = later(r"(?:'s)?(?:[.,;:!?)\"\n]|$|[ ](?:and|as|on|at|in|from|for|the|is|und|et|y|e|en|og|och)[ ])")


def _in_list(view: View, start: int, end: int) -> bool:
    """Tell whether a known name that is no word stands beside this one in a list of names."""
    around = [*re.findall(r"([^\W\d_]{3,24})(?:,| and| und| et| y) $", view.text[max(0, start - 32) : start])]
    around += re.findall(r"^(?:,| and| und| et| y) ([^\W\d_]{3,24})", view.text[end : end + 32])
    return any(each[0].isupper() and fold(each) in GIVEN and not _wordy(fold(each)) for each in around)


def _onward(view: View, end: int, *, shouting: bool) -> tuple[int, int, bool]:
    """Return where a name goes on to from `end`, by how many words, and whether one of them is a known name."""
    text, low = view.text, view.low
    reach, count, sure = end, 0, False
    while count < 3:
        if (
            text[reach : reach + 1] == " "
            and text[reach + 1 : reach + 2].isupper()
            and text[reach + 2 : reach + 4] == ". "
            and text[reach + 4 : reach + 5].isupper()
        ):
            reach += 3
        joint = _JOINED.match(low, reach)
        token = _TOKEN.match(text, joint.end()) if joint else None
        if token is None or not token.group()[0].isupper():
            break
        word = low[token.start() : token.end()]
        if text[token.end() : token.end() + 1].isalnum() or text[token.end() : token.end() + 1] in {"@", "_"}:
            break
        owner = word.endswith("'s")
        word = word.removesuffix("'s")
        name = word in FAMILY or word in GIVEN
        plain = word in words.NOT_NAMES or word in words.COMMON or word in words.SYSTEM_ACCOUNTS
        if plain and not (name and count == 0):
            break
        if not name and len(word) > 2 and token.group().isupper() and not shouting and word not in {"md", "dds", "phd"}:
            break
        if len(word) < 2 and text[token.end() : token.end() + 1] != ".":
            break
        sure = sure or name or _FAMILY_END.fullmatch(word) is not None
        reach, count = token.end() - 2 * owner, count + 1
        if owner:
            break
    return reach, count, sure


def _backward(view: View, start: int) -> tuple[int, bool]:
    """Return where a name that is known at `start` begins: a name or an unknown word with a capital before it."""
    text, low = view.text, view.low
    hit = re.search(r"([^\W\d_]{1,24}(?:['-][^\W\d_]{1,20})?\.?|[^\W\d_]{2,24},)[ ]$", text[max(0, start - 30) : start])
    if hit is None or not hit.group(1)[0].isupper():
        return start, False
    word = fold(hit.group(1).rstrip(".,"))
    begin = start - (len(hit.group()))
    if hit.group(1).endswith(","):
        lined = begin == 0 or low[begin - 1] in '\n:"<;\t'
        return (begin, word in FAMILY) if lined and (word in FAMILY and word not in words.COMMON) else (start, False)
    name = word in GIVEN or word in FAMILY
    if _plain_word(word) or (hit.group(1).endswith(".") and len(word) > 1):
        return start, False
    filed = begin and low[begin - 1] in "/\\" and word in GIVEN
    if begin and (low[begin - 1].isalnum() or low[begin - 1] in "@_/.\\-") and not filed:
        return start, False
    sentence = begin == 0 or text[max(0, begin - 2) : begin] in {". ", "! ", "? "} or text[begin - 1] == "\n"
    if not name and ((hit.group(1).isupper() and len(word) > 1) or (sentence and len(word) > 9)):
        return start, False
    return begin, name and word in GIVEN


def _plain_word(word: str) -> bool:
    return (
        word in words.NOT_NAMES
        or word in words.COMMON
        or word in words.SYSTEM_ACCOUNTS
        or word in _PLACE_NAMES
        or word in words.PARTICLES
        or word in words.STRUCTURE
    )


def _again(view: View, found: Iterable[Find], spoken: set[str]) -> Iterator[Find]:
    """Find the same names elsewhere: whole, and each part of it that is not a word of its own."""
    for whole in dict.fromkeys(view.text[start:end].strip(" .,") for start, end, _ in found):
        if BARRIER in whole or len(whole) < 3:
            continue
        parts = [part for part in _APART.split(whole) if len(part) > 2]
        spoken.update(part for part in parts if part in spoken or _distinctive(part))
        if len(parts) > 1:
            spoken.add(whole)
        if len(spoken) > 200:
            break
    if not spoken:
        return
    capital = {name[0].upper() + name[1:] for name in spoken} | {name.title() for name in spoken if name.isupper()}
    text = view.text
    yield from _in_small_letters(text, spoken)
    for name in spoken | capital:
        if not name[0].isupper() and name[0] < "\u0590":
            continue
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            opened = not text[at - 1 : at].isalnum() or text[at - 2 : at] == "\\n"
            if name[0] > "\u2e80" or (opened and not text[end : end + 1].isalnum()):
                yield at, end, "PERSON"
            at = text.find(name, end)


def _in_small_letters(text: str, spoken: set[str]) -> Iterator[Find]:
    """Yield given names as people write them who write without capitals; nothing inside of a technical name."""
    for name in spoken:
        small = name.lower()
        if len(name) < 4 or not name.istitle() or fold(name) not in GIVEN:
            continue
        at = text.find(small)
        while at >= 0:
            end = at + len(small)
            apart = (not at or text[at - 1] in " \n,(") and text[end : end + 1] in _BEHIND_WORDS
            if apart and not (text[end : end + 1] in ".:" and text[end + 1 : end + 2].strip()):
                yield at, end, "PERSON"
            at = text.find(small, end)


_BEHIND_WORDS: Final = frozenset({"", " ", "\n", ",", "!", "?", ".", ":", ")", ";"})
_APART: Final = later(r"[ .,]+")


def _distinctive(word: str) -> bool:
    low = fold(word)
    return not _wordy(low) and not _no_name(low)


def _after_line(marks: str, stops: str, skipped: str, most: int) -> Before:
    """Return a look at what stands before a phrase: a line's beginning or a sentence's end, then what may be skipped."""

    def before(low: str, place: int) -> bool:
        at, floor = place, place - most
        while at > floor and at and low[at - 1] in skipped:
            at -= 1
        if not at or low[at - 1] in marks or (at < place and low[at - 1] in stops and low[at] == " "):
            return True
        return any(low[back] in marks for back in range(at, place))

    return before


def _after_blank(low: str, place: int) -> bool:
    return low[place - 1 : place] == " "


def _after_bracket(low: str, place: int) -> bool:
    return low[place - 2 : place] == " ("


def _between_names(low: str, place: int) -> bool:
    return place > 1 and low[place - 1] == " " and (low[place - 2].isalpha())


def _no_part(low: str, place: int) -> bool:
    return not place or low[place - 1] not in "@./-"


def _no_number(low: str, place: int) -> bool:
    return not place or low[place - 1] not in "0123456789."


def _closes_part(low: str, place: int) -> bool:
    return place > 0 and low[place - 1] in " >)]"


_CHATTED: Final = r"(?:^|\n)[ >]{0,4}(\[?(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?[ ])?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ ]?[ap]m)?\]?[ ,-]{1,3}(?:(?:agent|user|customer|client|support|admin|kunde|mitarbeiter)[ ])?)"
_CODED: Final = r"=\?[a-z0-9_-]{2,20}\?[bq]\?[^?\n]{1,300}\?="
_ADDRESSEES: Final = "from|to|cc|bcc|reply-to|sender|resent-from|return-path|von|an|de|da|para|a|van|aan|fra|til|od|do"
_A_TITLE: Final = rf"(?:{words.TITLE}\.?[ ]{{1,2}})?"
_TITLES: Final = words.TITLE.removeprefix("(?:").removesuffix(")").replace("\\.", ".")
_FILES: Final = (
    "pdf doc docx odt rtf xls xlsx csv ppt pptx png jpg jpeg heic msg eml txt zip vcf ics mp3 mp4 m4a wav pst"
)
CUES: Final = (
    cue(words.GREETING, rf",?[ ]{{1,3}}(?:{words.TITLE}\.?[ ]{{1,2}}){{0,2}}", _greeted, before=_after_line("\n\t>|", ".!?:,", " >*", 7)),
    cue(words.CLOSING, r"[ \t*]{0,3}[,.!;:-]{0,3}[ \t>*_|-]{0,6}(?![a-z])", _closed, before=_after_line("\n\t", ".!?,", " >*|_-", 10)),
    cue(words.HEADER, r"[ *]{0,2}[:=;][ \t*]{0,4}[\"']?", _headed, ahead=70, before=_after_line("\n\t", "", " >*|", 8)),
    cue(words.WROTE, r"[^\n:]{0,120}:", _wrote, before=_closes_part),
    cue(_TITLES, rf"(?:\.[ ]{{0,2}}|[ ]{{1,2}}){_A_TITLE}", _titled, before=_no_number),
    cue(words.INTRODUCED, rf"[ ]{{1,3}}{_A_TITLE}", _titled),
    cue(words.PRESENTED, r"[ ]{1,3}", _presented, ahead=60),
    cue(words.PERSON_LABEL, r"[*\"'\])]{0,3}[ ]{0,16}(?:[:=\t]|=>)[ \t*]{0,4}[\"']?", _labelled, ahead=90),
    cue(_SPOKEN, rf"[,:]?[ ]{{1,2}}{_A_TITLE}", _spoken_of, ahead=80),
    cue(_CUES, rf"[,:]?[ ]{{1,2}}{_A_TITLE}", _cued, before=_no_part, ahead=60),
    cue(_BELONGS, rf"[ ]{{1,2}}{_A_TITLE}", _belonging, before=_no_part, ahead=60),
    cue(_GENITIVE, rf"[ ]{{1,2}}{_A_TITLE}", _belonging, before=_no_part, ahead=60),
    cue(_REACHED, rf"[ ]{{1,2}}(?:(?:a|o|la|le|el|il|het|de)[ ])?{_A_TITLE}", _reached, before=_no_part, ahead=60),
    cue(_ROLES, rf"[ ]{{1,2}}{_A_TITLE}", _in_a_role, before=_no_part, ahead=60),
    cue("ask|contact|call|tell|email|ping|text|try|cc|with|w/|fragen sie|frag|demandez a|pregunta a|chiedi a|vraag|fraga|spor|sporg", r"[ ]", _asked_after, before=_no_part, ahead=40),
    cue(_SAYS, rf"(?![{LETTERS}-])", _said, before=_after_blank, behind=30),
    cue(_ASIDES, r"[.:]?[ ]", _aside, before=_after_bracket, behind=32),
    cue("bey|hanım|hoca|efendi", r"(?:'[a-z]{1,6})?(?![a-z])", _honoured, before=_after_blank, behind=24),
    cue(_BOTH, rf"[ ](?=[{LETTERS}])", _paired, before=_between_names, ahead=8, behind=30),
)  # fmt: skip
RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "PERSON",
        rf"(?:^|[^{LETTERS}])(?:agent|operator|support|csr|rep|helpdesk)_([{LETTERS}]{{3,20}})[ ]?:",
        lambda v, s, e: (s, e) if v.low[s:e] in GIVEN else None,
        when="agent operator support csr rep helpdesk",
    ),
    sign(_RULED, _ruled, sign=("--\n", "-- \n")),
    sign(_TAGGED, _titled, sign=("name>",)),
    sign(_CHATTED, _chatted, sign=(":",), digits=2),
    sign(_VCARD, _vcard, when="fn n phonetic x-assistant x-manager assistant manager spouse related agent"),
    sign(_CALENDAR, _titled, sign=(";cn=",)),
    sign(
        r"(?:^|\n)(x-(?:ab|android|evolution|ms|moz)[a-z-]{2,30}(?:;[^:\n]{0,60})?:(?:[a-z.]{1,40}/[a-z]{2,20};)?)",
        _titled,
        sign=("x-a", "x-e", "x-m"),
    ),
    sign(_NOTES, _titled, sign=("/o=", "/ou")),
    sign(_MENTION, _mentioned, sign=("@",)),
    Rule(
        "PERSON",
        r"(?:^|[^a-z0-9\xa1-\xff@._/\\-])([a-z]{3,20}\.[a-z]{4,24})(?:$|[^a-z0-9\xa1-\xff@._/\\(=-]|\.(?:$|[ \n]))",
        _dotted,
        hidden=True,
        shape=r"[a-z]{3}\.[a-z]{4}",
    ),
    Rule(
        "PERSON",
        rf"(?:^|[^{LETTERS}0-9_.-])([{LETTERS}0-9]{{1,40}}(?:[_.-][{LETTERS}0-9]{{1,40}}){{1,8}})\.(?:{'|'.join(_FILES.split())})(?:$|[^{LETTERS}0-9])",
        _in_file_name,
        hidden=True,
        when=_FILES,
    ),
    sign(_MONSIEUR, _monsieur, sign=("m. ",)),
    Rule(
        "PERSON",
        rf"(?:^|\n)\^?[0-9a-f]{{7,40}}[ ](?:[^\s()]{{1,80}}[ ]+)?\(([{LETTERS}][^()\d\n]{{2,40}}?)[ ]+(?:19|20)\d\d-\d\d-\d\d[ ]",
        sign=(" (",),
        digits=6,
        shape=r"[0-9a-f]{7} .{0,80}\([^()\n]+ (?:19|20)\d\d-\d\d-",
    ),
    Rule(
        "PERSON",
        r"(?:^|[^a-z/])([a-z]{2,30}/[a-z]{2,30})[ ]?(?:mr|mrs|ms|miss|mstr|dr|chd|inf)(?:$|[^a-z])",
        _booked,
        sign=("/",),
        when="mr mrs ms miss mstr dr chd inf",
    ),
    Rule("PERSON", r';cn="([^"\n@]{2,80})"', sign=(";cn=",)),
    Rule(
        "PERSON",
        r"(?:^|\n)(?:cn|sn|givenname|displayname|gecos|initials)::[ ]?([a-z0-9+/=]{4,300})",
        when="cn sn givenname displayname gecos initials",
    ),
    Rule(
        "PERSON",
        r"(?:^|\n)(?:cn|sn|givenname|displayname|gecos):[ ]([^\n:]{2,80})",
        _in_directory,
        when="cn sn givenname displayname gecos",
    ),
    Rule(
        "PERSON",
        rf"(?:^|\n|[=|][ ]?)([{LETTERS}][{LETTERS}'-]{{2,30}},[ ][{LETTERS}]{{2,30}})(?:\n|$|[ ]?\|)",
        _folder,
        sign=(", ",),
    ),
    Rule(
        "PERSON",
        r"[/\\]([^/\\\s,:]{2,30},[ ][^/\\\s,:]{2,30})(?:[/\\]|\n|$)",
        _folder,
        sign=(", ",),
        shape=r"[/\\][^/\\ ,]{2,30}, ",
    ),
    sign(_OWNED, _owner, when=f"{_DEVICES}|{_HAVINGS}".replace("|", " ")),
    sign(_AMPERSAND, _joined_by_sign, sign=(" & ",)),
    Rule("PERSON", rf"(?:^|\n)(?:{_ADDRESSEES}):[ \t]{{0,3}}({_CODED}(?:[ \n\t]{{1,3}}{_CODED}){{0,4}})", sign=("=?",)),
    Rule("PERSON", rf"({_CODED}(?:[ \n\t]{{1,3}}{_CODED}){{0,4}})[ ]{{0,2}}<", sign=("=?",)),
)
