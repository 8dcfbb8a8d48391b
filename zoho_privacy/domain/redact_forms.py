"""What a known name turns into: cases of grammar, nicknames, logins. Pure data and lookups.

All is folded as `redact_view.fold` does. A case of grammar is a name's ending, which goes, and what may stand there
instead; nicknames are those that a language makes of a given name; logins are made of both names, cut to a length.
"""

from collections.abc import Iterator
from typing import Final

from zoho_privacy.domain.redact_view import fold, later
from zoho_privacy.domain.redact_words import PARTICLES, bag

# The ending of a name, the least length of what is left, and what stands there in other cases.
_CASES: Final = tuple(
    (bag(ends), least, bag(cases))
    for ends, least, cases in (
        ("ki gi", 3, "kiego kiemu kim kich kimi ka ka kiej giego giemu gim gich gimi ga giej"),
        ("i", 3, "iho imu im"),
        ("y", 4, "eho emu ym ych ymi a e ou ej ogo omu oho iego iemu im ymu"),
        ("iy yy", 3, "ogo omu im om aya oy uyu iya iyu iem"),
        ("nen", 3, "sen sta sella selle selta seen sesta sessa sia"),
        ("ur", 4, "i ar"),
        ("son", 3, "syni sonar"),
        ("as", 4, "o ui a u e ai"),
        ("is", 4, "io iui iu y ies im"),
        ("us", 4, "aus ui u au"),
        ("kka kko kki kku", 2, "kan kon kin kun kalle kolle kille kulle kalta kaa koa"),
        ("tti tta tto", 2, "tin tan ton tille talle tia"),
        ("ppi ppa ppo", 2, "pin pan pon pille palle"),
        ("el er ol", 3, "la ra lovi rovi lu ru lem rem lem lom rom lo ro li ri le re"),
        ("ok", 3, "ka kovi ku kiem kem"),
        ("a", 3, "ei ii ina ine inou inym"),
        ("а", 3, "ы и у ой ою е ей"),
        ("я", 3, "и ю ей ею е ьи"),
        ("й", 3, "я ю ем е и"),
        ("ь", 3, "я ю ем е и ью"),
        ("ий", 2, "ия ию ием ии ого ому им ом ая ой ую ие их"),
        ("ый ой", 3, "ого ому ым ом ая ой ую ые ых"),
        ("ец", 3, "ца цу цом цем це"),
        ("ек ёк ок", 3, "ка ку ком ке"),
        ("ел", 3, "ла лу лом ле"),
        ("б в г д ж з к л м н п р с т ф х ц ч ш щ", 3, "а у ом ем ым е ы и ых ам ами ой ою ую ова ову овой"),
        ("ος", 3, "ου ο ε ον οι ων"),
        ("ης ας ής", 3, "η α ου ες"),
    )
)  # fmt: skip
_LONGEST: Final = 3


def cases(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what a name begins with in other cases of grammar, and how it then ends."""
    for ends, least, others in _CASES:
        for size in range(1, _LONGEST + 1):
            if name[-size:] in ends and len(name) - size >= least and len(name) > 3:
                yield name[:-size], others


def _shorts(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for entry in fold(text).replace("\n", "|").split("|"):
        given, *short = entry.split()
        found[given] = found.get(given, frozenset()) | frozenset(short)
    return found


_NICKNAMES: Final = _shorts(
    """william bill billy liam|robert bob bobby rob|richard dick rick|elizabeth liz lizzie beth betty eliza
margaret peggy maggie meg|james jim jimmy jamie|john jack johnny|michael mike mick micky|thomas tom tommy|edward ted ned eddie
catherine cathy kate katie|katherine kathy kate katie|patricia pat trish patty|patrick pat paddy|anthony tony
andrew andy drew|alexander alex sandy|benjamin ben benny|christopher chris kit|daniel dan danny|david dave|jennifer jenny jen
joseph joe joey|joshua josh|kenneth ken kenny|matthew matt|nicholas nick nicky|peter pete|philip phil|samuel sam sammy
stephen steve|steven steve|susan sue susie|timothy tim|victoria vicky tori|theodore ted teddy|jonathan jon jonny|gregory greg
frederick fred freddie|lawrence larry|charles charlie chuck|deborah debbie deb|rebecca becky becca|jessica jess jessie
abigail abby|gerald gerry jerry|donald don donnie|douglas doug|ronald ron ronnie|raymond ray|jacob jake|zachary zach zack
nathaniel nate nat|gabriel gabe|leonard len lenny|walter walt wally|dorothy dot dottie|barbara barb babs|judith judy
johannes hans hannes jo|josef sepp joschi pepa|maximilian max|katharina kathi kati|elisabeth lisa lisl sissi elli|friedrich fritz
heinrich heinz heini|wilhelm willi willy|sebastian basti|matthias matze hias|stefan steff|alexandra alex sandra|johanna hanna
francisco paco pancho chico|jose pepe ze|guadalupe lupe|dolores lola|concepcion concha|ignacio nacho|enrique quique|rosario charo
mercedes merche|isabel isa bel|manuel manolo manu|giuseppe peppe beppe pino|alessandro sandro ale|domenico mimmo
luigi gigi|giovanni gianni nanni|francesco franco ciccio|antonio toni tonino|frederic fred|guillaume guigui|margareta greta
karl kalle|lars lasse|nils nisse|jan janek honza|jiri jirka|jakub kuba|frantisek franta|katerina katka|vaclav vasek
petra peta|ladislav lada|miroslav mirek|jaroslav jarda|stanislav standa slavek|zdenek zdena|tomas tomasek|antonin tonda|karel kaja
katarzyna kasia|małgorzata gosia|agnieszka aga|joanna asia|aleksandra ola|stanisław staszek|krzysztof krzysiek|tomasz tomek
piotr piotrek|grzegorz grzesiek|zbigniew zbyszek|barbara basia|magdalena magda|anna ania|wojciech wojtek|paweł pawełek
laszlo laci|istvan pista|jozsef joska|erzsebet erzsi zsoka|ferenc feri|katalin kati|zsuzsanna zsuzsi|ilona ilus|sandor sanyi
анастасия настя|александр саша саня шура|александра саша|алексей лёша леша алёша алеша|андрей андрюша|борис боря|анна аня
владимир вова володя|виктор витя|галина галя|дмитрий дима митя|евгений женя|евгения женя|екатерина катя|елена лена|иван ваня
ирина ира|константин костя|людмила люда мила|мария маша|михаил миша|надежда надя|наталья наташа|николай коля|ольга оля
павел паша|пётр петя|петр петя|светлана света|сергей серёжа сережа|татьяна таня|юлия юля|юрий юра|полина поля|василий вася
γεωργιος γιωργος|δημητριος δημητρης μητσος|ιωαννης γιαννης|παναγιωτης πανος τακης|νικολαος νικος|αικατερινη κατερινα
κωνσταντινος κωστας|βασιλειος βασιλης|αθανασιος θανασης|ευαγγελος βαγγελης"""
)


def nicknames(given: str) -> frozenset[str]:
    """Return what somebody of this given name is called for short."""
    return _NICKNAMES.get(given, frozenset())


_ARABIC: Final = tuple(
    (bag(latin), arabic.split(" "))
    for latin, arabic in (
        each.split(": ")
        for each in """mohammed mohamed muhammad mohammad mohamad muhammed mehmet: محمد|ahmed ahmad: أحمد احمد|mahmoud mahmood mahmud: محمود
mustafa mostafa moustafa: مصطفى مصطفي|ali aly: علي على|hassan hasan: حسن|hussein hussain hossein husain hosein: حسين|omar umar omer: عمر
youssef yousef yusuf yousuf yosef: يوسف|ibrahim ebrahim: إبراهيم ابراهيم|ismail ismael esmail: إسماعيل اسماعيل|khaled khalid: خالد|tarek tariq tarik tareq: طارق
karim kareem: كريم|kamal kamel: كمال كامل|jamal gamal: جمال|samir sameer: سمير|amir ameer: أمير امير|amin ameen: أمين امين|nasser nasir naser: ناصر
salem salim: سالم سليم|saleh salih: صالح|said saeed saeid: سعيد|sayed sayyid elsayed alsayed: السيد سيد|hamid hameed: حميد حامد|hamad: حمد|hamza: حمزة
rashid rasheed: راشد رشيد|majid majed: ماجد مجيد|faisal faysal: فيصل|fahad fahd: فهد|sultan: سلطان|abdullah abdallah: عبدالله عبد الله|abdulrahman abdelrahman: عبدالرحمن
adel adil: عادل|nabil nabeel: نبيل|waleed walid: وليد|wael: وائل|hani hany: هاني|rami ramy: رامي|ziad zyad ziyad: زياد|bilal: بلال|anwar: أنور انور|anas: أنس انس
osama usama: أسامة اسامة|ayman: أيمن ايمن|ashraf: أشرف اشرف|bassam: بسام|fadi fady: فادي|fares faris: فارس|farid fareed: فريد|haitham: هيثم|hisham hesham: هشام
imad emad: عماد|jaber jabir: جابر|mansour mansoor: منصور|marwan: مروان|mazen mazin: مازن|munir mounir: منير|murad mourad: مراد|musa mousa moussa: موسى|nader nadir: نادر
qasim qassem kassem: قاسم|rafik rafiq: رفيق|ramadan: رمضان|sami samy: سامي|shadi shady: شادي|sherif sharif shareef: شريف|suleiman sulaiman soliman: سليمان|yasser yasir: ياسر
yahya yehia: يحيى|zaid zayed zayd: زيد زايد|zakaria zakariya: زكريا|fatima fatma fatimah: فاطمة|aisha aysha aicha: عائشة|amina aminah: أمينة امينة|amal: أمل امل|asma asmaa: أسماء اسماء
dina: دينا|eman iman: إيمان ايمان|farah: فرح|hala hala: هالة|hanan: حنان|huda hoda: هدى|khadija khadijah: خديجة|layla leila laila: ليلى|lina leena: لينا|lubna: لبنى|maha: مها|mariam maryam: مريم
mona muna: منى|nadia: نادية|nora noura nourah: نورة|nour noor nur: نور|rana: رنا|rania: رانيا|reem rim: ريم|salma: سلمى|samira sameera: سميرة|sara sarah: سارة|shaima: شيماء|yasmin yasmine jasmin: ياسمين
zainab zeinab zaynab: زينب|abbas: عباس|bakr: بكر|darwish: درويش|farouk faruq: فاروق|ghanem ghanim: غانم|haddad: حداد|hakim hakeem: حكيم|harb: حرب|jabr: جبر|khalil khaleel: خليل|khoury khouri: خوري
masri elmasri: المصري|mubarak: مبارك|najjar naggar: نجار|nassar: نصار|odeh awda: عودة|qadi kadi: قاضي|rahman: رحمن|saad: سعد|sabbagh: صباغ|salama salameh: سلامة|shaheen shahin: شاهين|taha: طه|zaki: زكي""".replace("\n", "|").split("|")
    )
)  # fmt: skip
_ARTICLE: Final = later(r"^(?:al|el|as|ar|an|ad|az|at|ash)[ '-]")


def in_arabic(name: str) -> Iterator[str]:
    """Yield how a name in Latin letters is written in Arabic, with and without its article."""
    low = fold(name).strip()
    core = _ARTICLE.sub("", low)
    for latin, arabic in _ARABIC:
        if low in latin or core in latin or (core != low and core.replace("'", "") in latin):
            for each in arabic:
                yield each
                if core != low and not each.startswith("ال"):
                    yield "ال" + each


_LOGIN: Final = 8


def logins(given: str, family: str) -> Iterator[str]:
    """Yield names of accounts of eight letters as directories make them of both names."""
    if not (given.isascii() and family.isascii() and given.isalpha() and family.isalpha()):
        return
    for size in (5, 6, 7):
        if len(family) >= size and len(given) >= _LOGIN - size:
            yield family[:size] + given[: _LOGIN - size]
            yield given[: _LOGIN - size] + family[:size]
    if len(family) > _LOGIN:
        yield family[:_LOGIN] + given[:1]
        yield given[:1] + family[:_LOGIN]
    if len(family) > 5 and len(given) > 1:
        yield family[:5] + given[:2]


_SYLLABLE: Final = r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|a|e|i|o|u)"
_CHINESE: Final = later(rf"({_SYLLABLE})({_SYLLABLE})")
_ONE_SYLLABLE: Final = later(_SYLLABLE)
_LEAST: Final = 5


def initialled(given: str, family: str) -> Iterator[str]:
    """Yield names of accounts made with initials where a name has several parts.

    `allefevre` of Anne-Lise Lefevre, `vdberghe` of van den Berghe, `lnholt` of Lars Nygaard-Holt, `smacgiolla` of Siobhán Mac Giolla Phádraig, `zhangwg` of Weiguo Zhang.
    """
    first, last = _SEPARATORS.split(given), _SEPARATORS.split(family)
    whole, small = "".join(last), [part for part in last if part in PARTICLES]
    short = "".join(part[0] for part in small) + "".join(part for part in last if part not in PARTICLES)
    chinese = _CHINESE.fullmatch(given) if _ONE_SYLLABLE.fullmatch(family) else None
    if len(last) > 1 and not small:
        forms_of_initials = [given[:1] + "".join(part[:1] for part in last[:-1]) + last[-1]]
    else:
        forms_of_initials = []
    initials = "".join(part[:1] for part in (chinese.groups() if chinese else first))
    forms = [*([short] if small else []), *forms_of_initials]
    if len(last) > 1:
        forms += ["".join(first) + whole, whole + "".join(first), given[:1] + "".join(last[:2])]
    if small:
        forms += [given[:1] + short, short + given[:1]]
    if len(initials) > 1:
        forms += [each for name in (whole, short) for each in (initials + name, name + initials)]
    yield from (form for form in forms if len(form) >= _LEAST and form.isalpha() and form.isascii())


_SEPARATORS: Final = later(r"[ '-]")
