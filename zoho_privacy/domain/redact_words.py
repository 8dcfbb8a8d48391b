"""The words that tell personal data from the rest of a ticket: labels, greetings, closings. Pure data.

All words are folded as `redact_view.fold` does: lower case, no accents, one byte per letter. Languages: those the desk
is written to in most (en de fr es it nl pt da sv no pl fi cs), the frequent words of some more. A word too many here
costs a false find, a word too few a leak. Phrases are parts of patterns in the RE2 language.
"""

from typing import Final

from zoho_privacy.domain.redact_view import fold


def bag(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(fold(text).split())


def phrases(text: str) -> str:
    """Return an alternation, longest first, so that the longer phrase wins."""
    ordered = sorted((part.strip() for part in text.split("|")), key=lambda part: (-len(part), part))
    return "|".join(fold(phrase).replace(" ", "[ ]{1,3}") for phrase in ordered if phrase)


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
ALSO_WORDS: Final = bag(  # known names that are words of other languages
    "ernst klein gross lang kurz jung alt neu schwarz weiss braun roth rot grun blau sommer herbst fruhling sonntag freitag montag koch bauer"
    " schneider jager richter kaiser konig herzog graf ritter stein berg feld wald bach busch baum blume stern himmel engel teufel fuchs hase"
    " vogel hahn adler bar hirsch hecht hammer nagel keller kern kraft kraus krone lange link recht reich reif reiter ruf sattel sauer scharf"
    " schatz schild schmal schnell schuh schwamm see speck stahl stark stolz sturm tag traum treu voll weber weide wein wende wirt zorn zufall linde heide"
    " blanco blanca rosa negro moreno rojo rubio delgado gordo largo bravo bueno calvo cano caro casas cruz flores fuente fuentes guerra iglesias luna luz"
    " mar mesa paz pena piedra prado puente rey reyes rico rio rios roca rueda salas santos sierra sol soto torres valle vega vela verde ventura esperanza"
    " consuelo angel domingo franco justo perla reina rosario salvador severo estrella gloria"
    " petit pierre blanc blanche brun grand noir roi clair claire constant parfait juste fort forte bon bois boulanger boucher berger marchand page pont porte"
    " riviere rocher saint salle sauvage vallee vert vigne ville voisin court carre chevalier comte duc marin mars moulin olive plein prudent renard loup aube"
    " aurore france victoire honore modeste marguerite"
    " bianco bianca rosso nero neri verdi bruno bruna grande piccolo longo corto basso alto costa conte monte monti fiore fiori fontana fonte mare"
    " marina stella luce sole angelo felice fausto serena vittoria gioia grazia pace bello bella buono leone marino martello palma pastore sala serra torre villa volpe"
    " branco branca preto campos dias leal lima lobo machado ramos reis ribeiro rocha vale gloria"
    " groot bakker jong oude wit zwart bruin groen dijk meer prins koning keizer vos haas haan boer kok sterk veld vries zee zomer lente bloem ster trouw"
    " wilk lis krol zima wrona kot kos baran duda gora kamien kruk lato mroz nowy orzeł ptak sowa sroka biały czarny mały duży gruby stary młody"
    " novy maly velky cerny bily holy kratky dlouhy stary mlady vesely tichy stastny smutny horky beran kohout sokol mraz leto jaro podzim hora patek sobota"
    " nedele svoboda kral cisar moudry dobry"
    " мороз вера любовь надежда роза белый чёрный волк зима лето кот баран король князь сокол ворон жук ткач заяц медведь бык луна звезда слава победа мир свет"
    " роман лев радуга гора дуб берёза мороз гром ветер снег вода"
    " deniz kaya yildiz gunes ay gul demir tas toprak su bulut yagmur ruzgar kaplan aslan kurt sahin kartal dogan koc celik altin gumus bakir kilic savas baris"
    " sevgi umut can ozgur ates bahar yaz kis cicek yaprak agac orman dag tepe kara ak beyaz yesil mavi sari uzun kisa buyuk kucuk genc mutlu nese devrim evrim"
    " ilke eylem onur gurur ozlem dilek arzu temiz"
    " strom lund dal holm skog sten storm vinter sommar frost lind alm strand stark glad modig klar ros liv gro stig dag"
    " laine koski maki niemi jarvi lahti saari salo ranta karhu kallio kivi laakso virta talvi kesa ilo toivo rauha onni voitto tahti meri lumi pilvi tuuli valo"
    " kis nagy fekete feher voros kovacs farkas kiraly hajnal alb negru rosu soare kovac vuk jelen car knez nada vjera zora sunce mali veliki novi stari"
)
NEVER_NAMES: Final = bag(  # months, days: no name even with a capital
    "january february march april may june july august september october november december jan feb mar"
    " apr jun jul aug"
    " sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)
# Capitalised words that open a line or follow a greeting without being anybody's name.
NOT_NAMES: Final = NEVER_NAMES | bag(
    "i'm i've i'd i'll we're we've we'll it's that's there's here's you're they're he's she's what's let's don't can't"
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
    " τμημα διευθυνση ομαδα εταιρεια τεχνικη υποστηριξη πληροφορικης abteilung reparto departamento dzial oddeleni avdeling avdelning osasto отдел служба"
    " mille tante beaucoup muchas wielkie schon por"
    " street avenue road lane drive germany france spain italy england uk usa america europe"
)
PARTICLES: Final = bag("van von de der den del della di da dos das du la le ten ter bin ibn al el zu af av")
TITLE: Final = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|herr|herrn|frau|hr|fr|mme|mlle|monsieur|madame|sr|sra|srta|sig|signor"
    r"|signora|dhr|mevr"
    r"|don|dona|mevrouw|meneer|heer|dott|dott\.ssa|sig\.ra|sig\.na|signorina|senhor|senhora|senor|senora|pan|pani|fru|rouva|herra|maitre|ing|"
    + phrases(
        "κύριε|κύριο|κυρία|κύριος|κα|κας|κον|κου|κυρίου|κυρίας|господин|госпожа|господину|госпоже|gospodin|gospodine|gospođa|gospođo|domnule|doamna|doamnă|pane|panie|panu|panem|slečna|slečně|slečno"
    )
    + ")"
)

GREETING: Final = phrases(
    "hi|hello|hey|dear|good morning|good afternoon|good evening|greetings|hi there|morning|afternoon"
    "|hallo|liebe|lieber"
    "|sehr geehrter|sehr geehrte|guten tag|guten morgen|guten abend|servus|moin|bonjour|bonsoir|salut"
    "|cher|chere|hola"
    "|estimado|estimada|querido|querida|buenos dias|buenas tardes|ciao|salve|gentile|egregio|caro|cara"
    "|buongiorno|beste"
    "|geachte|hoi|dag|goedemorgen|goedemiddag|ola|prezado|prezada|bom dia|boa tarde|hej|kaere|basta|hei"
    "|kjaere|czesc|god morgon|god dag|god morgen|hejsan|tjena|hei hei|moi|terve|hyva|arvoisa|dobry den|vazeny|vazena|ahoj|witaj"
    "|dzien dobry|szanowny panie|szanowna pani|drogi|droga|panie|pani|buna ziua|stimate|stimata|draga|tisztelt|kedves|szia"
    "|zdravo|postovani|postovana|dragi|merhaba|sayin|sevgili|selam|здравствуйте|привет|уважаемый|уважаемая|добрый день"
    "|добрый вечер|доброе утро|вітаю|шановний|шановна|доброго дня|καλημερα|γεια σου|γεια σας|αγαπητε|αγαπητη|κυριε|κυρια"
    "|good day|howdy|gday|attn|hello again|hi again|dearest|my dear|gruezi|gruss gott|hoi|alo|allo"
    "|coucou|muy buenas|buenas|apreciado|apreciada|distinguido|distinguida|estimados|estimadas|pregiatissimo|illustre|carissimo"
    "|kære|kjære|kära|käre|käraste|dobrý den,|szanowna pani|szanowny panie|grüß gott|grüezi|beste heer|beste mevrouw|geachte heer|geachte mevrouw"
    "|witam|thanks|thank you|many thanks|thx|danke|merci|gracias|grazie|bedankt|obrigado|obrigada|cheers"
)
CLOSING: Final = phrases(
    "mit freundlichen grüßen|freundliche grüße|viele grüße|liebe grüße|beste grüße|herzliche grüße|schöne grüße|gruß|grüße|lieben gruß|schönen gruß"
    "|mit besten grüßen|mit lieben grüßen|mit herzlichen grüßen|mit vielen grüßen|besten gruß|vielen dank und viele grüße|danke und gruß"
    "|díky|děkuji|s pozdravem|s úctou|přeji hezký den|hezký den|z góry dziękuję|dzięki|tak|tusen takk|takk|mange tak|tack|med venlig hilsen"
    "|ystävällisin terveisin|kiitoksin|t.|terv.|cdlt|cdt|bien à toi|sincèrement|avec mes remerciements|un cordiale saluto|in fede|abraço|até breve|"
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
    "|cu respect|tisztelettel|sent by|signed|vielen dank|viele gruesse|freundliche gruesse|mit freundlichen gruessen|beste gruesse"
    "|lieben gruss|schonen gruss|bis dann|bis bald|tschuss|ciao|see you|speak soon|talk soon|take care|ta|ttyl|xoxo|love|hugs"
    "|yours sincerely|sincerely|looking forward|very truly yours|rgds|brgds|kr|kind rgds|best rgds|b. regards|mes salutations"
    "|bonne journee|bonne reception|amicalement|bises|a bientot|amities|un abrazo|abrazos|un cordial saludo|reciba un cordial saludo"
    "|muchas gracias|a presto|buona giornata|un caro saluto|hartelijke groet|hartelijke groeten|met groet|mvg|gr|tot ziens|alvast bedankt"
    "|com os melhores cumprimentos|melhores cumprimentos|abs|obrigada|att|abraco|vanliga halsningar|med vanlig halsning|mvh|hilsen|vh"
    "|bedste hilsner|de bedste hilsner|med venlige hilsner|ystavallisin terveisin|terveisin|parhain terveisin|kiitos|z wyrazami szacunku"
    "|pozdrowienia|dziekuje|dekuji|s pratelskym pozdravem|saygilarimla|iyi calismalar|tesekkurler|с уважением|спасибо|з повагою"
    "|με εκτιμηση|ευχαριστω|multumesc|udvozlettel|koszonom|lijepi pozdravi|srdacan pozdrav|s pozdravom|cheers mate"
)
HEADER: Final = phrases(
    "from|to|cc|bcc|sender|reply-to|von|an|kopie|antwort an|de|a|da|para|van|aan|fra|til|fran|till|kopia"
    "|od|do|dw|per|ccn|bilgi|gizli|κοιν|σε|копия"
    "|recipient|recipients|delivered-to|return-path|x-original-to|organizer|attendee|attendees|required"
    "|optional|fn|n|author|authors|committer|signed-off-by|reviewed-by|co-authored-by|tested-by|acked-by|reported-by"
    "|original message from|forwarded by|expediteur|destinataire|destinatario|mittente|remitente|absender|empfanger|afzender"
    "|ontvanger|avsandare|mottagare|afsender|modtager|nadawca|odbiorca|odesilatel|komu|kimden|kime|от|кому|отправитель|получатель"
    "|от кого|копия|lahettaja|vastaanottaja|remetente|x-sender|x-from|resent-from|resent-to|errors-to|participants|attendee cn|organizer cn|cn"
)
WROTE: Final = phrases(
    "wrote|schrieb|a ecrit|escribio|ha scritto|schreef|escreveu|skrev|napisal|napisala|napsal|napsala|writes|said|kirjoitti"
    "|napisal(a)|ha escrito|escribe|scrive|het volgende geschreven|geschreven|a scris|irta|yazdi|написал|написала|пише|έγραψε|ecrit"
)
INTRODUCED: Final = phrases(
    "my name is|my name's|mein name ist|ich heisse|je m'appelle|mon nom est|me llamo|mi nombre es"
    "|mi chiamo|mijn naam is"
    "|meu nome e|o meu nome e|jag heter|jeg hedder|mit navn er|nazywam sie|people call me|call me"
    "|name is|i am called|goes by|is called|named|ich bin der|ich bin die|heisst|heisse|s'appelle|se llama|si chiama|heet|ik heet|heter"
    "|hedder|nazywa sie|mam na imie|jmenuji se|nimeni on|adim|меня зовут|мене звати|numele meu este|a nevem"
)
PRESENTED: Final = phrases("i am|i'm|this is|ich bin|hier ist|je suis|soy|sono|ik ben|sou|it is|it's|speaking with")
PERSON_LABEL: Final = phrases(
    "name|full name|first name|last name|surname|given name|family name|middle name|display name|displayname"
    "|contact|contact name|contact person|contact for this|customer name|client name|requester"
    "|requested by|requestor"
    "|reported by|reporter|raised by|submitted by|created by|opened by|logged by|caller|called by"
    "|spoke to|spoke with"
    "|affected user|end user|user|employee|assigned to|assignee|owner|manager|attn|attention|approver"
    "|approved by|signed"
    "|vorname|nachname|ansprechpartner|kontakt|mitarbeiter|kunde|nom|prenom|nom complet|nombre|apellido|apellidos"
    "|nombre completo|nome|cognome|nome e cognome|naam|voornaam|achternaam|contactpersoon|sobrenome|cardholder"
    "|cardholder name|account holder|patient|insured|maiden name|mother's maiden name|her maiden name is|customer|client|contact us"
    "|recipient name|ship to|bill to|sold to|deliver to|name of employee|employee name|new user|new hire|leaver|joiner|starter|line manager"
    "|supervisor|reports to|point of contact|poc|primary contact|technician|engineer|agent|handled by|taken by|prepared by|author|editor"
    "|modified by|last modified by|updated by|closed by|resolved by|escalated by|escalated to|witness|beneficiary|tenant|guest|visitor"
    "|attendee|organizer|host|speaker|teacher|student|doctor|nachname, vorname|name, vorname|vor- und nachname|vollstandiger name"
    "|bearbeiter|bearbeiterin|sachbearbeiter|anforderer|melder|gemeldet von|erstellt von|vorgesetzter|abteilungsleiter|besitzer|inhaber"
    "|kontoinhaber|karteninhaber|empfanger|absender|nom de famille|titulaire|demandeur|responsable|interlocuteur|salarie|titular|solicitante"
    "|usuario|responsable|empleado|cliente|contacto|titolare|richiedente|dipendente|referente|contatto|rekeninghouder|medewerker|klant"
    "|aanvrager|behandelaar|nome completo|solicitante|responsavel|namn|fornamn|efternamn|fornavn|etternavn|efternavn|navn|imie|nazwisko"
    "|imie i nazwisko|jmeno|prijmeni|jmeno a prijmeni|nimi|etunimi|sukunimi|ad soyad|adi soyadi|имя|фамилия|фио|ім'я|прізвище|nume|prenume|nev"
    "|teljes nev|ime i prezime|ονομα|επωνυμο|ονοματεπωνυμο|signer|signatory|payee|payer|cc'd|caller name|user name|owner name|givenname"
    "|familyname|surnames|first_name|last_name|full_name|firstname|lastname|fullname|family_name|given_name|sn|contact_name|customer_name|cardholdername|display_name"
)
PHONE_LABEL: Final = phrases(
    "tel|telephone|phone|ph|mobile|mob|cell|cellphone|cell phone|fax|handy|mobil|mobiltelefon|telefon"
    "|telefono|telefone"
    "|telefoon|telefax|gsm|portable|movil|celular|cellulare|whatsapp|sms|call|call me|call us|call him|call her"
    "|call me back|reach me|reach us|answering at|answering|reachable|dial|dialled|text me|direct"
    "|durchwahl|hotline|ring"
    "|callback|call back|pager|landline|festnetz|ruf|appelez|llame|voicemail|calling|contact number"
    "|my number|phone number|number|nummer|numero|rufnummer|telefonnummer|handynummer|mobilnummer|ruckruf|ruckrufnummer|tel. nr|tel.nr"
    "|erreichbar unter|unter|joignable au|mon numero|au|numero de telephone|telefoonnummer|bellen|mobiel|telefonnr|mob.nr|tlf|tfn|puh"
    "|komorka|tel. kom|kom|telefoni|telefonszam|тел|телефон|моб|мобильный|τηλ|κιν|telefonu|gsm no|cep|celular|telemovel|contacto"
    "|recapito|cell|cel|whats app|signal|viber|imessage|dial in|hotline|helpline|extension|phone no|mobile no|mobile number|cell number|home"
    "|work phone|home phone|office|evenings|daytime|after hours|tel;[a-z=,;]{1,40}|phone_number|phonenumber|mobilephone|telephonenumber|homephone"
)
CREDENTIAL_SPOKEN: Final = phrases(
    "password|passwort|kennwort|passcode|passphrase|pin|pwd|mot de passe|contrasena|wachtwoord|senha|otp|pass|pw|secret|api key|token"
    "|access code|code d'acces|codigo|verification code|zugangscode|parola|password temporanea|haslo|heslo|losenord|passord|adgangskode|salasana|jelszo|sifre"
    "|"
    + fold("пароль")
    + r"|passwords|pass code|login code|door code|wifi key|wi-fi key|wlan-schlussel|puk|credentials|temporary password|geheim|clave|lozinka"
)
CREDENTIAL_IS: Final = phrases(
    "is|was|ist|lautet|est|es|e|was|er|ar|on|to|as|set to|changed to|reset to|war|are|zijn|jest|je|heisst|sera|fue|era|auf|has been set to|geandert auf"
)
CREDENTIAL_LABEL: Final = (
    r"losenord|passord|adgangskode|salasana|jelszo|sifre|heslo|lozinka|clave|clau|parola|mdp|kennw|passwd|passw|userpassword|bindpw|psw|secretkey"
    r"|key_?password|storepass(?:word)?|keypass|connection ?string password|encryption ?key|signing ?key|master ?key|recovery ?(?:key|code)s?"
    r"|schlusselinhalt|key ?content|puk|cvn|card ?code|security ?code|geheimzahl|zugangscode|zugangsdaten|freischaltcode|codigo de acceso|code d'acces|codice di accesso"
    r"|auth ?code|authorization ?code|app ?password|pgpassword|mysql_?pwd|smtp_?pass(?:word)?|user_?pass(?:word)?|ftp_?pass(?:word)?|admin ?pass(?:word)?|root ?pass(?:word)?|db_?pass(?:word)?|license ?key|product ?key|serial ?key"
    r"|lizenzschlussel|produktschlussel|wlan-?schlussel|netzwerkschlussel|netzwerksicherheitsschlussel|account_?key|storage_?key|instrumentationkey|auth_?key|secret_?access_?key|fernet_?key|nextauth_?secret|jwt_?secret|credential|credentials"
    r"|private_?key_?id|shared ?key|x-api-key|access_?token|phpsessid|jsessionid|asp\.net_sessionid|sessionid|session|sess|connect\.sid|csrftoken|xsrf-token|remember_token|laravel_session|auth"
    r"|" + fold("пароль") + r"|"
    r"pass(?:word|wd|phrase|code)s?|pwd|passwort|kennwort|mot de passe|contrasena|wachtwoord|senha"
    r"|parola d'ordine|haslo"
    r"|(?:client|app|shared|webhook|consumer)?[_ -]?secret|(?:api|access|secret|private|account"
    r"|encryption|license|product"
    r"|recovery|shared access|sharedaccess|pre-?shared|wpa2?|wi-?fi)[_ -]?(?:access[_ -]?)?key(?:[_ -]?id)?"
    r"|(?:auth|access|refresh|bearer|session|csrf|xsrf|id|security|sas|api)?[_ -]?token"
    r"|(?:php|j|asp\.net_)?sess(?:ion)?[_ -]?id|sid|pin(?:[ -]?code)?|otp|one[ -]time (?:code|password)|2fa code"
    r"|verification code|security (?:code|answer)|cvv2?|cvc2?|psk|community string|passcode|pw|pass"
)
CREDENTIAL_WORDS: Final = (
    "accesskey accesstoken accountkey adgangskode adminpass adminpassword apiaccess apiaccesskey apikey"
    " apikeyid apitoken apppassword appsecret auth authcode authkey authorizationcode authtoken bearertoken"
    " bindpw cardcode clau clave clientsecret code codice codigo consumersecret contrasena credential"
    " credentials csrftoken cvc cvn cvv dbpass dbpassword encryptionkey fernetkey fikey freischaltcode"
    " geheimzahl haslo heslo idtoken instrumentationkey jelszo jsess jsessid jsession jsessionid jwtsecret"
    " kennw kennwort key keyid keypass keypassword keys licensekey lizenzschlussel losenord lozinka masterkey"
    " mdp netzwerkschlussel netzwerksicherheitsschlussel nextauthsecret otp parola pass passcode passcodes"
    " passe passord passphrase passphrases passw passwd passwds password passwords passwort phpsess phpsessid"
    " phpsession phpsessionid pin pincode presharedkey private privatekey productkey produktschlussel psk psw"
    " puk pw pwd recovery recoverycode recoverycodes recoverykey recoverykeys refreshtoken rootpass"
    " rootpassword salasana sastoken schlussel secret secretaccesskey secretkey secretkeyid security"
    " securitycode securitytoken senha serialkey sess sessid session sessionid sessiontoken sharedkey"
    " sharedsecret sid sifre signingkey storagekey storepass storepassword string token userpassword wachtwoord"
    " webhooksecret wifikey wlanschlussel wpakey xsrftoken zugangscode zugangsdaten"
    " " + fold("пароль")
)
"""Of the words of each alternative of `CREDENTIAL_LABEL` one."""
USER_LABEL: Final = (
    r"user[_ -]?name|user[_ -]?id|user|usr|login(?:[_ -]?(?:name|id))?|log-?on(?:[_ -]?(?:name|id"
    r"|account))?|account[_ -]?name"
    r"|sam[_ -]?account[_ -]?name|upn|user[_ -]?principal[_ -]?name|benutzer(?:name|kennung)?|anmeldename"
    r"|usuario|utente"
    r"|nom d'utilisateur|utilisateur|identifiant|gebruikersnaam|gebruiker|anvandarnamn|brugernavn|uid|ruser|handle"
    r"|kontoname|nom de compte|nom du compte|nombre de cuenta|nome account|accountnaam|kontonamn|orig_to|sasl_username|screen name|skype(?: id| name)?|twitter|instagram|nickname|account ?id|login|logon|userid|subjectusername|targetusername|accountname|user_?login"
    r"|samaccountname|owner|benutzerkonto|konto|cuenta|compte|kennung|windows ?user|windows-?benutzer|loginname|user account|kontonavn|brugerid|kayttajatunnus"
    r"|uzytkownik|nazwa uzytkownika|uzivatel|uzivatelske jmeno|usuario|nome utente|nome de usuario|utilizador|kullanici(?: adi)?|username used|ad account|client username|remote user"
    r"|remote_user|authuser|run_?as|initiated by user|caller user ?name|caller username|teams id|slack id|discord|telegram|account|suser|duser|src_user|dst_user|actor|principal|impersonated user"
)
USER_WORDS: Final = (
    "kontoname nom nombre nome accountnaam kontonamn orig sasl account accountid accountname actor anmeldename anvandarnamn authuser benutzer benutzerkennung benutzerkonto"
    " benutzername brugerid brugernavn compte cuenta discord duser gebruiker gebruikersnaam handle identifiant"
    " instagram kayttajatunnus kennung konto kontonavn kullanici log login loginid loginname logon logonaccount"
    " logonid logonname nickname owner principal run runas ruser samaccount samaccountname screen skype slack"
    " subjectusername suser targetusername teams telegram twitter uid upn user userid userlogin username"
    " userprincipal userprincipalname usr usuario utente utilisateur utilizador uzivatel uzivatelske uzytkownik"
    " uzytkownika windowsbenutzer windowsuser"
)
"""The same for `USER_LABEL`."""
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
    " administrators administrateur administrador amministratore sysadmin superuser webmaster postmaster noreply no-reply iusr iwam krbtgt"
    " sshd systemd systemd-network systemd-resolve messagebus dbus syslog kernel cron crond postfix dovecot exim named bind ntp chrony proxy mail news uucp"
    " games lp sync bin sys man list irc gnats _apt ftp www http https httpd apache2 elastic kibana grafana prometheus rabbitmq mongodb mongo memcached"
    " consul vault etcd zookeeper kafka hadoop spark airflow gitlab gitlab-runner github git svn hg deploy deployer ansible puppet chef salt terraform"
    " packer oracle sybase db2inst1 sqlserver mssql mssqlserver sqlagent admin1 tomcat jboss wildfly glassfish weblogic websphere svc sccm wsus"
    " defaultaccount wdagutilityaccount defaultuser0 defaultuser helpassistant support_388945a0 trustedinstaller networkservice local_service"
    " account_name account-name user_name username_here yourname your_name name_here <user> {user} $user %username% %user% $env:username ${user}"
    " someone somebody nobody4 machine computer host hostname server client remote owner creator group groups everyone authenticated interactive batch"
    " password passwd pass pwd key token session value string int text char varchar true. id. uid gid type field column table index"
    " call please see check try open close start stop run click go get set reset create delete update change add remove edit save"
    " logged locked unlocked disabled enabled expired active inactive signed connected disconnected authenticated denied failed"
    " cannot can could does did has had have will would should must may might was were are being been not but also still again"
    " home share shares data backup backups archive temp tmp var opt usr lib etc src app apps web site sites wwwroot html docs library libraries shared-documents"
    " linux macos osx android ios iphone ipad laptop desktop-pc pc workstation notebook printer scanner phone tablet"
    " benutzer nutzer konto utilisateur usuario utente gebruiker anwender jeder alle keine kein nicht ist wurde"
)
BIRTH_LABEL: Final = phrases(
    "date of birth|dob|d.o.b|d.o.b.|birth date|birthdate|birthday|born|born on|geburtsdatum|geboren"
    "|geboren am|geb|geb.|ne le"
    "|nee le|date de naissance|fecha de nacimiento|nacido el|nacida el|data di nascita|nato il|nata il"
    "|geboortedatum"
    "|geboren op|data de nascimento|nascido em|nascida em|fodelsedatum|fodselsdato|data urodzenia|geburtstag|bday"
    "|geb.-datum|geb.datum|geb.dat|birth_date|date_of_birth|birth|was born|were born|birthday is|born in|nacimiento|naissance|nascita|nascimento"
    "|fodd|fodt|urodzony|urodzona|datum narozeni|narozen|syntymaaika|syntynyt|dogum tarihi|дата рождения|дата народження|ημερομηνια γεννησης"
    "|data nasterii|szuletesi datum|datum rodenja|geburtsdat|d o b|bdate|birth day|nee|ne"
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
    r"|passport ?(?:no|num|number|nr)?|pass-?nr|ausweis-?nr|ausweis|national identity|identity (?:no|number)|identification (?:no|number)|government id|state id|id number|tax (?:number|no|file number)|tfn|utr|paye"
    r"|oib|jmbg|cnp|egn|amka|afm|curp|rfc|rut|run|dui|cuil|cuit|ahv|avs|ahv-nr|cedula(?: de ciudadania)?|documento|svnr|sv-nummer|sv-nr|krankenversicherungs(?:nummer|nr)|versicherungsnummer"
    r"|rodne cislo|fodselsnummer|fodselsnr|henkilotunnus|hetu|personnr|samordningsnummer|tc kimlik(?: no)?|t\.c\. kimlik|inn|snils|nric|fin|hkid|mynumber|my number|resident id|id-nr|idnr|dl|dl number|driver license|drivers license|driver's license number|license number|licence number|plate number|number plate|immatriculation|matricula|targa"
    r"|medical record|mrn|health insurance|insurance number|green card|visa number|alien number|a-number|voter id|military id|employee (?:id|number|no)|personalnummer|matricule|nss|niss|numero de identidad|numero fiscal|nr\. passaporto|steuer-?nr|steuer-?identifikationsnummer|steuerliche identifikationsnummer"
    r"|health card|insurance (?:policy|member)|member id|versichertennummer|rentenversicherungsnummer"
    r"|sozialversicherungsnummer"
)
GOVID_WORDS: Final = (
    "aadhaar aadhar afm ahv amka ausweis ausweisnr ausweisnummer avs bsn burgerservicenummer card cedula cnp"
    " conduire cpf cpr cuil cuit curp dl dni documento driver driverlicence driverlicense drivers driverslicence"
    " driverslicense dui egn ein employee fin fiscale fodselsnr fodselsnummer fuhrerschein fuhrerscheinnummer"
    " green henkilotunnus hetu hkid id identification identifikationsnummer identite identity idnr immatriculation"
    " inn insurance itin jmbg kennzeichen kimlik krankenversicherungsnr krankenversicherungsnummer licence"
    " licencia license matricula matricule medical medicare mrn mynumber nhs nie nif nino niss nric nss number"
    " numero oib pasaporte paspoort paspoortnummer pass passaporte passaporto passeport passnr passport passportno"
    " passportnr passportnum passportnumber patente paye personalausweis personalausweisnummer personalnummer"
    " personnr personnummer pesel reisepass reisepassnummer rentenversicherungsnummer resident rfc rg rodne run"
    " rut samordningsnummer security sin snils sozialversicherungsnummer ssn steuer steuerid"
    " steueridentifikationsnummer steuernr steuernummer sv svnr targa tax tfn tin utr versichertennummer"
    " versicherungsnummer"
)
"""Of the words of each alternative of `GOVID_LABEL` one: no text without any of them holds such a label."""
MONTHS: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|marz|mai|juni|juli|okt|dez"
    r"|janvier|fevrier|mars|avril"
    r"|januari|februari|mart|maart|mei|augustus|oktober|desember|december|januar|februar|marts|april|maj|juni|juli|august|september|november"
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrzesnia|pazdziernika|listopada|grudnia|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|gen|mag|giu|lug|ago|set|ott|dic|ene|abr"
    r"|juin|juillet|aout|septembre|octobre|novembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre"
    r"|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    r"|dicembre)[a-z]{0,7}"
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
    " mount slice swap device path ini cfg conf yml yaml csv doc docx xls xlsx tgz gz pst ost lnk bak evtx dmp msi msu vhdx"
)

# What stands in a directory path and is nobody.
DIRECTORY_WORDS: Final = bag(
    "users computers domain controllers builtin system admins administrators groups service accounts servers exchange sites policies"
    " certificates schema configuration microsoft windows dc ou cn people staff employees contacts guests replication dns dhcp sql"
)
# Frequent words, so that one with a capital at the start of a sentence is not taken for somebody.
COMMON: Final = bag(
    "producer director president chairman founder singer actor actress author writer editor manager assistant nurse teacher professor officer judge"
    " mayor captain coach minister guitarist drummer bassist vocalist artist band album song tales story novel version commenter user regular"
    " colleague coworker intern accountant consultant technician specialist analyst developer architect owner tenant landlord neighbour neighbor"
    "able about above accept account across action active actually add added address admin after again ago agree all allow almost"
    " alone along already also although always am among amount an and annual another answer any anybody anyone anything anyway appear"
    " application apply approve are area around arrive article as ask asked asks at attach attached attempt audit auto available away"
    " back backup bad bank bar base basic be because become been before begin behind being believe below beside best better between beyond"
    " big bill bit black block blue board body book both bottom box break bring broken browser budget build building business busy but"
    " button buy by cable calendar call called calls came can cancel cannot capital car card cards care carry case cases cash cause"
    " center central century certain chair chance change changed charge chart chat cheap check choose city claim class clean clear click"
    " clicked client clock close closed cloud code cold collect color come comes coming comment common company compare complete computer"
    " concern confirm connect connected connection consider contact contain content continue contract control copy corner correct cost"
    " could count country couple course cover create created credit critical current customer customers cut daily damage dark data"
    " database date day days dead deal dear debit decide deep default delay delete deleted deliver delivery demand department depend"
    " desk detail details device did die differ different difficult digital direct director disable disk display do doctor document does"
    " dog done door double doubt down download draft drive driver drop due during duty each early earth easy eat edit education effect"
    " eight either electric else email emails employee empty enable encounter end engine engineer enjoy enough ensure enter entire entry"
    " error errors even evening event ever every everyone everything exact example excel except exchange exist expect expire explain"
    " export extend extra eye face fact fail failed fails failure fall family far fast father fax feature feel few field figure file files"
    " fill film final finally find fine finish fire firewall first fish fit five fix fixed flat floor flow fly folder folders follow"
    " following food foot for force forget form format former forward found four free fresh friend from front full function further"
    " future game gave general generate get gets getting girl give given glad glass go goes going gold gone good got government great"
    " green ground group groups grow guess had half hall hand hang happen happy hard hardware has hat have having he head hear heart heat"
    " heavy held hello help her here hi high hill him himself his hit hold home hope host hot hour hours house how however huge human"
    " hundred i idea if image immediately impact import important in inbox include including increase indeed industry info inform"
    " information initial input inside install installed instead interest internal internet into invite invoice is island issue issues it"
    " item its itself job join just keep kept key keyboard keys kind king knew know known lady land language laptop large last late later"
    " latest law lay lead learn least leave led left less let letter level library license life light like likely limit line link list"
    " listen little live load loan local location lock locked log login long look looking looks lose loss lost lot love low machine made"
    " mail mailbox mailboxes main major make makes making man manage manager many map mark market matter may maybe me mean means measure"
    " media meet meeting member memory men message messages met middle might mile milk mind minute minutes miss missing mobile mode model"
    " modern modify moment monday money monitor month monthly months moon more morning most mother mouse move moved movie much music must"
    " my myself name names nation near nearly necessary need needed needs network never new news next nice night nine no nobody none nor"
    " normal north not note nothing notice notification now number numbers of off offer office often oh oil ok okay old on once one only"
    " open opened operation option or order ordinary other others our out outlook over own owner page paid pair paper part partner party"
    " pass past path pattern pay payment people per perhaps period permission person phone photo pick picture piece place plan plane play"
    " please plus point policy poor port position possible post power prepare present press pretty prevent previous price print printer"
    " private probably problem process produce product program project proper provide public pull purchase push put quality question"
    " quick quickly quite race radio rain raise ran range rate rather reach read ready real really reason receive received recent record"
    " recover red refer regard register regular reject related release remain remember remote remove rent repair repeat reply report"
    " request require required reset resource rest restart result return review rich right ring rise river road rock role room round rule"
    " run running safe said sales same save saw say says scan schedule school science screen sea search season seat second section secure"
    " security see seem seen select self sell send sense sent separate serial series serious serve server service services session set"
    " setting settings setup seven several shall shape share shared she sheet ship shop short should show side sign signal silver similar"
    " simple since single sir sister sit site situation six size skill skin sleep slow small snow so social soft software sold some"
    " somebody someone something sometimes somewhere son song soon sorry sound source south space speak special speed spell spend spot"
    " spring staff stage stand standard star start started state station status stay step still stock stone stop stopped store story"
    " street strong student stuff style subject submit such sudden suggest suite sum summer sun super supply support sure surface switch"
    " system table take taken talk tall task tax teach team tech tell temporary ten term test text than thank thanks that the their them"
    " themselves then there these they thing things think third this those though thought three through thus ticket time times title to"
    " today together token told tomorrow too took tool top total touch toward town track trade train transfer travel tree trip trouble"
    " true trust try trying turn tv two type under understand unit unless until up update updated upgrade upload upon urgent us usb use"
    " used user users uses using usual usually valid value various verify version very via video view virtual visit voice vpn wait walk"
    " wall want war warm warning was wash waste watch water way we weak wear weather web website week weekend weekly weeks weight welcome"
    " well went were west what whatever when whenever where whether which while white who whole whose why wide wife will win wind window"
    " windows winter wireless wish with within without woman women word work worked worker working works world would write wrong wrote"
    " yeah year years yes yesterday yet you young your yourself zero zone"
    " aber als also am an auch auf aus bei beim bereits bin bis bitte da dabei dadurch damit dann das dass dein dem den denn der des die"
    " dies diese dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch fur gegen geht gibt habe haben hat"
    " hatte ich ihm ihn ihnen ihr ihre im in ins ist ja jetzt kann kein keine konnen leider man mehr mein meine mich mir mit muss nach"
    " nicht noch nun nur ob oder ohne schon sehr sein seine seit sich sie sind so soll sollte uber um und uns unser unter vom von vor"
    " wann war warum was weil wenn wer werden wie wieder wir wird wo wurde zu zum zur drucker rechner benutzer fehler problem server"
    " au aux avec ce ces cette comme dans de depuis des deux donc du elle en est et ete etre fait il ils je la le les leur lui ma mais"
    " me merci mes moi mon ne nos notre nous on ont ou par pas plus pour pouvez qu que qui sa sans se ses si son sont suis sur ta te tes"
    " toi ton tous tout tres tu un une vos votre vous al algo ante como con cual cuando de del desde donde dos el ella ellos en entre"
    " era es esa ese eso esta este esto fue ha hay hasta la las le les lo los mas me mi mis muy nada ni no nos o para pero poco por"
    " porque puede que quien se ser si sin sobre son su sus tambien te tiene todo tu un una uno unos y ya yo alla anche che chi ci come"
    " con cosa cui da dal dalla degli dei del della delle di dopo due e ed gli ha hanno ho il in io la le lei lo loro lui ma mi mia mio"
    " ne nel nella noi non o per piu poi quando quella quello questa questo se sei si sia sono su sua sul suo un una uno vi voi aan al"
    " alle als bij daar dan dat de deze die dit doen door een en er had heb hebben heeft het hier hij hoe ik in is je jij kan maar me"
    " meer met mij mijn naar niet nog nu of om onder ons ook op over te tegen toch toen tot u uit uw van veel voor waar was wat we wel"
    " werd wie wij worden zal ze zich zij zijn zo zonder adobe apple azure cisco citrix dell google hewlett intel lenovo linux microsoft"
    " oracle packard sap teams ubuntu vmware chrome firefox edge safari android iphone samsung logitech sharepoint onedrive active directory"
    " bitlocker defender intune powershell excel word powerpoint acrobat reader visual studio remote desktop group policy event viewer"
    " control panel task manager device start menu wi-fi ethernet bluetooth gateway proxy router firewall domain controller hyper"
    " north america europe asia africa english german french spanish italian dutch russian chinese japanese turkish polish"
)
STRUCTURE: Final = (
    frozenset(word for list_ in (GREETING, CLOSING, HEADER) for word in list_.split("|") if word.isalpha())
) - bag("ta love best per till fran drago draga dragi")
"""Single words that open, close and head a mail: behind a blank they belong to no name."""
