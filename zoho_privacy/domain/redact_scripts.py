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

_RULES: Final = (
    # Japanese: a name before an honorific
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
    # Korean
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
