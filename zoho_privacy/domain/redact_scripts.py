"""People in scripts that have no capitals: by honorifics, headers, greetings and sign-offs. Pure.

Chinese, Japanese and Korean write no blanks between words and Arabic and Hebrew no capitals, so nothing there looks like
a name by itself: only what stands right before or behind it tells. Words for anybody ("dear customer") are left.
"""

from collections.abc import Iterator
from typing import Final

from zoho_privacy.domain.redact_rules import Find, Span, later
from zoho_privacy.domain.redact_view import BARRIER, LETTER, View

_HAN: Final = "\u4e00-\u9fff\u3005"
_KANA: Final = "\u3041-\u3096\u30a1-\u30fa\u30fc"
_HANGUL: Final = "\uac00-\ud7a3"
_ARABIC: Final = "\u0621-\u064a"
_HEBREW: Final = "\u05d0-\u05ea"
_FAR: Final = f"{_HAN}{_KANA}{_HANGUL}"
_NAME: Final = rf"[{_FAR}]{{1,8}}(?:[ ・·][{_FAR}]{{1,10}}){{0,2}}"
_NEAR: Final = (
    rf"[{_ARABIC}]{{2,14}}(?:[ ][{_ARABIC}]{{2,14}}){{0,2}}|[{_HEBREW}]{{2,12}}(?:[ \u05be-][{_HEBREW}]{{2,12}}){{0,2}}"
)
_INDIC: Final = "[\u0900-\u0963\u0971-\u09e3]"
_START: Final = rf"(?<![{_FAR}])"

_SURNAMES: Final = (
    "佐藤|鈴木|高橋|田中|伊藤|渡辺|渡邊|渡邉|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|林|斎藤|斉藤|齋藤|清水|山崎|森|池田|橋本|阿部|石川|山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上"
    "|遠藤|青木|坂本|福田|太田|西村|藤井|金子|岡本|藤原|三浦|中野|中川|原田|松田|竹内|小野|田村|中山|和田|石田|森田|上田|原|内田|柴田|酒井|宮崎|横山|高木|安藤|宮本|大野|小島|谷口|工藤|今井|高田|丸山|増田|杉山|村田|大塚"
    "|新井|小山|平野|藤本|河野|上野|野口|武田|松井|千葉|菅原|岩崎|久保|木下|佐野|野村|松尾|市川|菊地|杉本|古川|島田|水野|桜井|高野|渡部|吉川|山内|西田|飯田|菊池|西川|小松|北村|安田|五十嵐|川口|平田|関|中田|久保田"
    "|服部|東|岩田|土屋|川崎|福島|本田|辻|樋口|秋山|田口|永井|山中|中西|吉村|川上|石原|大橋|松岡|馬場|浜田|森本|星野|矢野|浅野|大久保|松下|野田|吉岡|小池|川村|荒木|大西|熊谷|松浦|黒田|田辺|田邊|田邉|尾崎|永田|片山|望月"
)
_CHINESE_NAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"

_RULES: Final = (
    # Japanese: a name before an honorific, behind a firm or a department, where somebody says who they are, or signs
    later(rf"(?<=[のはとがもへ])([{_HAN}]{{2,3}})[ ]?(?:様|さま|さん|殿|氏|くん|部長|課長|係長|社長|主任|次長|店長|室長)(?![{_HAN}])"),
    later(rf"({_SURNAMES})(?:[ ]?[{_HAN}{_KANA}]{{1,3}}?)?(?=です|でございます|と申します|より(?:[ \n。.]|$))"),
    later(rf"(?:^|\n)[ >]{{0,4}}((?:{_SURNAMES})[ ]?[{_HAN}{_KANA}]{{1,4}})[ ]{{0,2}}(?=\n|$)"),
    later(rf"{_START}([{_HAN}]{{1,5}}(?:[ ]?[{_HAN}{_KANA}]{{1,6}}?)?|[\u30a1-\u30fa\u30fc・]{{2,20}})[ ]?(?:様|さま|さん|殿|氏|くん|部長|課長|係長|社長|主任)(?![{_HAN}])"),
    # headers and forms of all of them
    later(
        rf"(?:差出人|送信者|宛先|発信者|担当者?|氏名|お?名前|发件人|收件人|抄送|寄件[人者]|收件者|副本|姓名|联系人|聯絡人|보낸[ ]?사람|받는[ ]?사람|참조|이름|성명)[ ]?[:][ ]{{0,3}}({_NAME})"
    ),
    later(rf"(?:author|committer|owner|assignee|reporter|display(?:[ ]?-?name)?|user(?:[ ]?name)?|customer|contact|cn)[ ]?[:=][ ]{{0,4}}[\"']?({_NAME}|{_NEAR})", 2),
    later(rf"(?:^|\n|[ >])(?:from|to|cc|من|إلى|الاسم|اسم العميل|اسم المستخدم|الاسم الكامل|اسم الموظف|العميل|المرسل|المستلم|מאת|אל|שם|שם מלא|שם הלקוח|לקוח|איש קשר)[ ]?[:][ ]{{0,3}}({_NAME}|{_NEAR})", 2),
    # in brackets behind the same name in another script, and behind a European sign-off
    later(rf"[(]({_NAME}|{_NEAR})[)][ ]{{0,2}}[<(]"),
    later(rf"(?i:rgds|regards|thanks|best|cheers|br),?[ \n]{{1,3}}({_NAME})(?=\n|$|[ ]*\n)"),
    # before an address
    later(rf"({_NAME}|{_NEAR})[ ]{{0,2}}[<(][^<>()\s]{{1,80}}[@{BARRIER}]"),
    # Chinese
    later(rf"(?:尊敬的|亲爱的|敬爱的|請联系|请联系|请转告|请找|感谢|同事)([{_HAN}]{{1,3}})(?=先生|女士|小姐|经理|老师|总监|主任|工程师|部长|博士|教授)"),
    later(rf"(?:请联系|請聯絡|请转告|请找|同事)([{_HAN}]{{2,4}})(?=[,.;:\s(]|$)"),
    later(rf"(?:^|\n)[ ]{{0,4}}([{_HAN}]{{2,4}})(?:先生|女士|小姐|经理|老师)?[,][ ]?(?:你好|您好)"),
    later(rf"(?:^|[(,:;\s])(?!尊敬|亲爱|敬爱|请|感谢|同事)([{_HAN}]{{1,2}}[ ]?[{_HAN}]{{1,3}})(?=先生|女士|小姐|经理|老师|总监|工程师)"),
    later(rf"我叫([{_HAN}]{{2,3}})(?=[,.;:\s]|$)"),
    later(rf"(?:我是|本人)([{_CHINESE_NAMES}][{_HAN}]{{1,2}})(?=[,.;:\s]|$)"),
    # Korean
    later(rf"저는[ ]([김이박최정강조윤장임한오서신권황안송류홍][{_HANGUL}]{{1,2}})(?=입니다|이라고|라고|예요|이에요)"),
    later(rf"(?<![{_HANGUL}])([{_HANGUL}]{{2,4}})[ ]?(?:님|씨|팀장|과장|대리|부장|차장|이사|대표)(?:님)?(?:께|이|은|는|의|에게|과|와|도)?(?=[ ,.:!\n]|$)"),
    later(rf"(?<![{_HANGUL}])([{_HANGUL}]{{2,4}})[ ]?(?:드림|올림)(?=[ ,.\n]|$)"),
    # Arabic, Hebrew, Devanagari
    later(rf"(?:للتواصل|جهة[ ]الاتصال|المسؤول)[ ]?[:][ ]{{0,3}}({_NEAR})"),
    later(rf"(?:^|[ ])و?(?:مساعدي|مساعدتي|زميلي|زميلتي|مديري|مديرتي)[ ]([{_ARABIC}]{{2,14}}(?:[ ][{_ARABIC}]{{2,14}})?)"),
    later(rf"(?:सहकर्मी|श्रीमती|श्री|सुश्री|डॉ\.?|नाम[:]?|धन्यवाद,?|सादर,?|भवदीय,?|आपका,?)[ \n]{{1,3}}({_INDIC}{{2,16}}(?:[ ]{_INDIC}{{2,16}})?)(?=[ ,.\n]|$)"),
    later(rf"({_INDIC}{{2,16}}[ ]{_INDIC}{{2,16}}),[ ](?=[+\d])"),
    later(
        rf"(?:السيدة?|الأستاذة?|الدكتورة?|المهندسة?|الآنسة|عزيزت?ي|بواسطة)[ ](?:المحترمة?[ ])?([{_ARABIC}]{{2,14}}(?:[ ][{_ARABIC}]{{2,14}})?)(?=[ ،,.:<\n]|$)"
    ),
    later(rf"(?:^|[\n ])(?:מר|גב'|גברת|ד\"ר|שלום|היי|בברכה,?)[ \n]([{_HEBREW}]{{2,12}}(?:[ \u05be-][{_HEBREW}]{{2,12}})?)(?=[ ,.:<\n]|$)"),
)  # fmt: skip
_ANYBODY: Final = frozenset({
    "お客", "皆", "皆様", "各位", "担当者", "ご担当者", "担当", "貴", "奥", "神", "王", "何", "利用者", "関係者", "会員", "責任者", "管理者",
    "営業", "総務", "人事", "経理", "技術", "開発", "製造", "広報", "企画", "情報", "財務", "法務", "購買", "物流", "品質", "生産", "管理", "本社", "工場", "支店", "前任",
    "客户", "用户", "女士", "先生", "领导", "同事", "经理", "客服", "团队", "고객", "사용자", "담당자", "관리자", "선생", "회원", "상담원",
    "여러분", "부모", "모든", "해당", "المحترم", "المحترمة", "العميل", "العملاء", "المدير", "المستخدم", "الفريق",
    "לקוח", "לקוחות", "צוות", "לכולם", "רב", "לך", "支持", "技术支持", "サポート", "システム", "チーム", "件名", "株式会社",
    "有限会社",
})  # fmt: skip
_NUMBERS: Final = (
    ("PHONE", later(r"(?<![〇零一二三四五六七八九])([〇零一二三四五六七八九]{7,13})(?![〇零一二三四五六七八九])")),
    ("PHONE", later(r"(?:手机|手機|电话|電話|携帯|휴대폰|전화|هاتف|جوال|טל'?)[^\d\n]{0,6}(\+?\d(?:[ -]?\d){6,14})(?!\d)")),
    (
        "SECRET",
        later(r"(?:密[码碼]|口令|パスワード|暗証番号|비밀번호|암호|كلمة[ ](?:المرور|السر)|סיסמ[הא])[ ]?(?:は|为|是|:|=)?[ ]?([!-~]{3,64})"),
    ),
)  # fmt: skip
_TITLES: Final = ("様", "さん", "先生", "女士", "小姐", "经理", "님", "殿")


def finds(view: View) -> Iterator[Find]:
    """Yield people; nothing where a text holds no letter of such a script."""
    if LETTER not in view.low:
        return
    for start, end in _written(view):
        yield from _between(view.text, start, end)


def _written(view: View) -> Iterator[Span]:
    """Yield the lines that hold such letters, together where they touch."""
    low, text = view.low, view.text
    at = low.find(LETTER)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, at
        while at >= 0 and text.find("\n", end, at) < 0:
            end = text.find("\n", at) + 1 or len(text)
            at = low.find(LETTER, end)
        yield max(0, start - 1), end


def _between(text: str, begin: int, stop: int) -> Iterator[Find]:
    for label, value in _NUMBERS:
        for found in value.finditer(text, begin, stop):
            yield *found.span(1), label
    for rule in _RULES:
        for found in rule.finditer(text, begin, stop):
            start, end = found.span(1)
            for title in _TITLES:
                if text.endswith(title, start, end) and end - start > len(title) + 1:
                    end -= len(title)
            if (
                text[start:end].strip() not in _ANYBODY
                and "会社" not in text[start:end]
                and "公司" not in text[start:end]
            ):
                yield start, end, "PERSON"
