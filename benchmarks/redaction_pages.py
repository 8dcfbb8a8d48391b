"""Pages and texts made to slip past a redaction, with what must be gone and what must stay.

One case each for the ways in which real mail hides a person: markup inside a value, entities, unseen characters,
attributes, comments, scripts, links, encodings, look-alikes, other written forms, pasted files, logs; and for technical
strings that only look personal. Written by us, with invented people; `benchmarks.redaction` scores every engine on them.
`strangers()` are whole mails, logs and files (redaction_strangers.jsonl) by authors who had seen neither rules nor pages,
`mixed()` the like of our own (redaction_mixed.jsonl), written before they were run.
"""

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import unquote

Contact = Mapping[str, str]
Redact = Callable[[str, Contact], str]

ILSE: Final[Contact] = {
    "firstName": "Ilse", "lastName": "Brückner", "email": "ilse.brueckner@example.org", "secondaryEmail": "ib77@example.net",
    "phone": "+49 30 5550 1482", "mobile": "+49 171 5550199", "accountName": "Nordlicht Optik GmbH",
}  # fmt: skip
OWEN: Final[Contact] = {
    "firstName": "Owen", "lastName": "Pritchard", "email": "owen.pritchard@example.com", "phone": "+44 20 7946 0321",
    "mobile": "+44 7700 900214", "accountName": "Harbour Lights Ltd",
}  # fmt: skip
JONAS: Final[Contact] = {
    "firstName": "Jonas", "lastName": "Weidlich", "email": "jonas.weidlich@example.com", "phone": "+49 30 5550 1199",
    "mobile": "+49 151 5550 1234", "accountName": "Weidlich Optik GmbH",
}  # fmt: skip
MAEVE: Final[Contact] = {
    "firstName": "Maeve", "lastName": "O'Shaughnessy", "email": "maeve@oshaughnessy.example.org", "phone": "+353 1 555 0133",
}  # fmt: skip
KRYSTYNA: Final[Contact] = {
    "firstName": "Krystyna", "lastName": "Lewandowska-Bąk", "email": "k.lewandowska@example.net", "mobile": "+48 600 555 019",
}  # fmt: skip
GRACE: Final[Contact] = {"firstName": "Grace", "lastName": "Young", "email": "grace.young@example.com"}


class Page(NamedTuple):
    """A case: none of `gone` may be readable afterwards, all of `kept` must still stand in the source."""

    name: str
    source: str
    gone: Sequence[str]
    kept: Sequence[str] = ()
    contact: Contact = MappingProxyType({})
    markup: bool = True


_AVATAR: Final = hashlib.md5(b"owen.pritchard@example.com", usedforsecurity=False).hexdigest()


def _wordy(line: str) -> str:
    """Return a line as a word processor cuts it: a span per word."""
    return "".join(f"<span style='mso-fareast-language:EN-US'>{word} <o:p></o:p></span>" for word in line.split(" "))


PAGES: Final = (
    # markup inside a value
    Page("inline tags cut an address", "<p>ow<b>en.prit</b>chard<i>@exam</i>ple.com</p>", ["owen.pritchard@example.com"], ["<b>", "</i>"], OWEN),
    Page("wbr in an unknown address", "<p>jana<wbr>@sub<wbr>.example.org ok 1.2.3.4.5</p>", ["jana@sub.example.org"], ["<wbr>", "1.2.3.4.5"]),
    Page("spans cut a phone", "<p>+44 <span>20</span> <span>7946</span><span></span> 0321</p>", ["7946", "0321"], ["<span>"], OWEN),
    Page("empty elements inside a name", "<p>Br<span></span>ück<a></a>ner</p>", ["Brückner"], (), ILSE),
    Page("a card number over spans", "<p>4111 <b>1111</b> 1111 <i>1111</i> order 88231</p>", ["4111 1111", "1111 1111"], ["order 88231"]),
    Page("nested formatting", "<div><div><p>Dear <font><b><u>Ilse</u></b></font>,</p></div></div>", ["Ilse"], ["Dear"], ILSE),
    Page("word processor spans", f"<p class=MsoNormal>{_wordy('From: Owen Pritchard owen.pritchard@example.com')}</p>", ["Owen", "Pritchard", "owen."], ["mso-fareast"], OWEN),
    Page("table cells hold first and last name", "<table><tr><td>Owen</td><td>Pritchard</td><td>v2.14.0</td></tr></table>", ["Owen", "Pritchard"], ["v2.14.0", "<td>"], OWEN),
    Page("line break in an address", "<p>owen.pritchard<br>@example.com</p>", ["owen.pritchard"], ["<br>"], OWEN),
    Page("upper case tags and broken nesting", "<P>Owen <B>Prit<I>chard</B></I> <BR/>KB5031356", ["Owen", "Pritchard"], ["KB5031356"], OWEN),
    # entities
    Page("decimal entities", "<p>&#111;&#119;&#101;&#110;.pritchard&#64;example&#46;com</p>", ["owen.pritchard"], (), OWEN),
    Page("hex entities", "<p>&#x6f;&#x77;&#x65;&#x6E;.pritchard&#x40;example.com</p>", ["owen.pritchard"], (), OWEN),
    Page("named entities", "<p>Br&uuml;ckner, Ilse &lt;ilse.brueckner&commat;example&period;org&gt;</p>", ["Brückner", "brueckner"], ["&lt;"], ILSE),
    Page("escaped twice", "<p>ilse.brueckner&amp;#64;example.org &amp;amp; co</p>", ["ilse.brueckner"], ["&amp;amp; co"], ILSE),
    Page("entities without semicolon", "<p>unknown.person&#64example.com</p>", ["unknown.person"]),
    # characters nobody sees, and look-alikes
    Page("zero width characters", "<p>Pri\u200btch\u200dard \ufeffow\u2060en</p>", ["Pritchard", "owen"], (), OWEN),
    Page("soft hyphens", "<p>Prit&shy;chard, ilse\u00ad.brueck\u00adner@example.org</p>", ["Pritchard"], (), OWEN),
    Page("direction marks", "<p>\u202eOwen\u202c \u200fPritchard\u200e</p>", ["Owen", "Pritchard"], (), OWEN),
    Page("full width letters", "<p>\uff2f\uff57\uff45\uff4e \uff30ritchard</p>", ["Owen", "Pritchard"], (), OWEN),
    Page("cyrillic look-alikes", "<p>\u041ewen Prit\u0441h\u0430rd</p>", ["Owen", "Pritchard"], (), OWEN),
    Page("decomposed letters", "<p>Bru\u0308ckner</p>", ["Brückner"], (), ILSE),
    Page("other digits", "<p>Tel. \u0660\u0661\u0667\u0661 \u0665\u0665\u0665\u0660\u0661\u0669\u0669</p>", ["0171", "5550199"], (), ILSE),
    Page("special blanks and hyphens", "<p>+49\u00a0171\u20115550\u2009199</p>", ["171", "5550"], (), ILSE),
    Page("mathematical letters", "<p>\U0001d40e\U0001d430\U0001d41e\U0001d427 Pritchard</p>", ["Owen", "Pritchard"], (), OWEN),
    # attributes
    Page("mailto and tel", '<a href="mailto:owen.pritchard@example.com?subject=Hi">mail</a> <a href="tel:+442079460321">ring</a>', ["owen.pritchard", "2079460321"], ["?subject=Hi", "ring"], OWEN),
    Page("percent escapes in a link", '<a href="https://t.example.org/u?e=owen.pritchard%40example.com&amp;v=1.2.3">x</a>', ["owen.pritchard"], ["https://t.example.org/u", "v=1.2.3"], OWEN),
    Page("percent escapes twice", '<a href="https://t.example.org/u?e=owen.pritchard%2540example.com">x</a>', ["owen.pritchard"], (), OWEN),
    Page("base64 in a link", '<a href="https://t.example.org/u/b3dlbi5wcml0Y2hhcmRAZXhhbXBsZS5jb20=">unsubscribe</a>', ["b3dlbi5wcml0"], ["unsubscribe"], OWEN),
    Page("alt and title", '<img alt="Photo of Owen Pritchard" title="o.pritchard" src="cid:image001.png@01DA.77">', ["Owen", "Pritchard", "pritchard"], ["cid:image001.png@01DA.77"], OWEN),
    Page("data attributes and ids", '<div data-user="owen.pritchard@example.com" id="sig-pritchard" class="row">x</div>', ["pritchard"], ['class="row"'], OWEN),
    Page("unquoted attributes", "<a href=mailto:owen.pritchard@example.com title=Pritchard>x</a>", ["owen.", "Pritchard"], (), OWEN),
    Page("srcset and style", '<img srcset="/people/pritchard@2x.png 2x"><p style="background:url(/p/owen-pritchard.jpg)">v 10.0.1</p>', ["pritchard"], ["v 10.0.1"], OWEN),
    Page("srcdoc", '<iframe srcdoc="&lt;p&gt;Owen &lt;b&gt;Pritchard&lt;/b&gt;&lt;/p&gt;"></iframe>', ["Owen", "Pritchard"], ["srcdoc"], OWEN),
    Page("file link", '<a href="file:///C:/Users/opritchard/Desktop/log.txt">log</a>', ["opritchard"], ["log.txt"], OWEN),
    Page("aria label and placeholder", '<input aria-label="Call Ilse Brückner" placeholder="ib77@example.net" value="Brückner">', ["Ilse", "Brückner", "ib77"], ["<input"], ILSE),
    Page("meta and title", '<head><meta name="author" content="Ilse Brückner"><title>Ticket of Ilse Brückner</title></head>', ["Ilse", "Brückner"], ["<meta"], ILSE),
    # what is not shown
    Page("comment", "<!-- owen.pritchard@example.com --><p>error 0x80070005</p>", ["owen.pritchard"], ["0x80070005", "<!--"], OWEN),
    Page("conditional comment", "<!--[if gte mso 9]><xml><o:Author>Owen Pritchard</o:Author></xml><![endif]-->", ["Owen", "Pritchard"], ["[if gte mso 9]"], OWEN),
    Page("cdata", "<div><![CDATA[Owen Pritchard <owen.pritchard@example.com>]]></div>", ["Owen", "Pritchard", "owen."], ["CDATA"], OWEN),
    Page("hidden by style", '<div style="display:none;font-size:0">Owen Pritchard</div>', ["Owen", "Pritchard"], ["display:none"], OWEN),
    Page("script", '<script>var u={"n":"Owen Pritchard","m":"owen.pritchard\\u0040example.com","v":"1.2.3"};</script>', ["Owen", "Pritchard", "owen."], ['"v":"1.2.3"'], OWEN),
    Page("style sheet comment", "<style>/* Owen Pritchard */ p {margin:0 0 1.5em}</style>", ["Owen", "Pritchard"], ["margin:0 0 1.5em"], OWEN),
    Page("noscript and template", "<noscript>Owen Pritchard</noscript><template>owen.pritchard@example.com</template>", ["Owen", "owen."], ["<template>"], OWEN),
    Page("unclosed tag", "<p>hello <a href='x' title='Owen Pritchard", ["Owen", "Pritchard"], ["hello"], OWEN),
    Page("tag soup", "<<p>>Owen</p <b>Pritchard< /b> & 5 < 6", ["Owen", "Pritchard"], ["5 < 6"], OWEN),
    # other written forms of a known identifier
    Page("national phone form", "<p>ring 030 5550-1482 or 0171/5550199</p>", ["5550", "0171"], ["ring"], ILSE),
    Page("reversed and joined names", "<p>Brückner, Ilse; IlseBrueckner.docx; brueckneri; i.brückner</p>", ["Brückner", "rueckner"], [".docx"], ILSE),
    Page("host and file names", "<p>LAPTOP-OPRITCHARD backup owen_pritchard_2024.zip</p>", ["PRITCHARD", "pritchard"], ["LAPTOP-", ".zip"], OWEN),
    Page("possessive and inflected", "<p>Pritchard's laptop, Brückners Konto</p>", ["Pritchard", "Brückner"], ["laptop", "Konto"], {**OWEN, "firstName": "Ilse", "lastName": "Pritchard-Brückner"}),
    Page("spelled out", "<p>owen dot pritchard at example dot com, ilse.brueckner (at) example.org</p>", ["owen dot", "brueckner (at)"], (), OWEN),
    Page("transliterated", "<p>\u0418\u043b\u044c\u0441\u0435? \u041e\u0432\u0435\u043d wrote, Oven did not</p>", ["\u041e\u0432\u0435\u043d"], (), OWEN),
    Page("account name of the firm", "<p>site of Nordlicht-Optik and NORDLICHT OPTIK</p>", ["Nordlicht", "NORDLICHT"], ["site of"], ILSE),
    Page("hash of the address", "<img src='https://a.example.net/avatar/" + _AVATAR + "?s=80'>", [_AVATAR], ["?s=80"], OWEN),
    # third persons
    Page("reply line", "<p>On Tue, 4 Mar 2025 at 09:12, Torvald Aakre &lt;torvald@example.net&gt; wrote:</p>", ["Torvald", "Aakre", "torvald@"], ["wrote:"]),
    Page("reply header, German", "<p><b>Von:</b> Heidrun Käsbohrer &lt;h.k@example.net&gt;<br><b>An:</b> Jorvik Santel<br><b>Betreff:</b> VPN</p>", ["Heidrun", "Käsbohrer", "Jorvik", "Santel"], ["<b>Betreff:</b> VPN"]),
    Page("signature in a table", "<p>Mit freundlichen Grüßen</p><table><tr><td>Quorra Vintilescu<br>Leitung IT<br>Tel.: 030 90182-4471</td></tr></table>", ["Quorra", "Vintilescu", "90182"], ["Leitung IT"]),
    Page("a colleague", "<p>ma collègue Zebedia Thrace ne peut pas imprimer, mio collega Jorvik Santel neanche</p>", ["Zebedia", "Thrace", "Jorvik", "Santel"], ["imprimer"]),
    Page("a mention code", "<p>zsu[@user:417000000000059]zsu please look</p>", ["417000000000059"], ["please look"]),
    # secrets and accounts in logs
    Page("authentication lines", "<pre>Mar  3 10:11:12 web1 sshd[881]: Failed password for invalid user jsantel from 203.0.113.9 port 52311 ssh2</pre>", ["jsantel", "203.0.113.9"], ["sshd[881]", "port 52311"]),
    Page("connection string", "<code>Server=tcp:db1;Database=crm;User ID=svc_crm7;Password=Kelder#Toren9;Encrypt=True</code>", ["Kelder#Toren9", "svc_crm7"], ["Database=crm", "Encrypt=True"]),
    Page("keys and cookies", "<pre>AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\nCookie: sid=8f3kd02kd9; theme=dark</pre>", ["wJalrXUtn", "8f3kd02kd9"], ["AWS_SECRET_ACCESS_KEY"]),
    Page("private key", "<pre>-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7x\n-----END RSA PRIVATE KEY-----\nthen restart</pre>", ["MIIEowIBAAKC"], ["then restart"]),
    Page("paths", "<p>C:\\Users\\t.aakre\\AppData and /home/hkb7/.ssh, CORP\\jsantel2</p>", ["t.aakre", "hkb7", "jsantel2"], ["\\AppData", "/.ssh", "CORP"]),
    Page("url with a password", "<a href='https://svc:Gl4s-Haus@ci.example.org/job/7'>build</a>", ["Gl4s-Haus"], ["/job/7"]),
    # pasted files
    Page("vcard", "<pre>BEGIN:VCARD\nVERSION:3.0\nN:Santel;Jorvik;;;\nFN:Jorvik Santel\nTEL;TYPE=CELL:+48 512 555 019\nEND:VCARD</pre>", ["Jorvik", "Santel", "512 555"], ["VERSION:3.0", "END:VCARD"]),
    Page("calendar", '<pre>ORGANIZER;CN="Zebedia Thrace":mailto:z.t@example.org\nDTSTART:20250304T090000Z</pre>', ["Zebedia", "Thrace", "z.t@"], ["DTSTART:20250304T090000Z"]),
    Page("raw header, French", "<pre>De : Zebedia Thrace\nÀ : Jorvik Santel\nObjet : VPN 7.2.1</pre>", ["Zebedia", "Thrace", "Jorvik", "Santel"], ["VPN 7.2.1"]),
    Page("birth date and passport", "<p>Geburtsdatum: 14.02.1971, Reisepass C01X00T47</p>", ["14.02.1971", "C01X00T47"], ["Geburtsdatum"]),
    Page("bank and card", "<p>IBAN DE89 3704 0044 0532 0130 00, Visa 4111-1111-1111-1111</p>", ["3704 0044", "4111-1111"], ["IBAN"]),
    Page("postal address over lines", "<p>Jorvik Santel<br>Ahornallee 91<br>14050 Berlin</p>", ["Ahornallee", "14050"], ["<br>"]),
    # more of each, found by looking for what fails
    Page("rtl reversed mail","<p dir=rtl>gro.elpmaxe@renkceurb.esli</p>",["renkceurb"],(),ILSE),
    Page("quoted printable","<pre>From: =?utf-8?Q?Ilse_Br=C3=BCckner?= &lt;ilse.brueckner=40example.org&gt;</pre>",["ilse.brueckner","ckner"],["From:"],ILSE),
    Page("mime base64 header","<pre>From: =?utf-8?B?SWxzZSBCcsO8Y2tuZXI=?= x</pre>",["SWxzZSBCcs"],["From:"],ILSE),
    Page("data uri html","<iframe src='data:text/html;base64,PHA+T3dlbiBQcml0Y2hhcmQgb3dlbi5wcml0Y2hhcmRAZXhhbXBsZS5jb208L3A+'></iframe>",["PHA+T3dlbiBQ"],["<iframe"],OWEN),
    Page("data uri text",'<a href="data:text/plain,Owen%20Pritchard">x</a>',["Owen","Pritchard"],(),OWEN),
    Page("json-ld","<script type='application/ld+json'>{\"@type\":\"Person\",\"givenName\":\"Zebedia\",\"familyName\":\"Thrace\",\"email\":\"mailto:zt@example.org\"}</script>",["Zebedia","Thrace","zt@"],["@type"]),
    Page("onclick","<a onclick=\"mail('owen.pritchard'+'@'+'example.com')\">x</a>",["owen.pritchard"],(),OWEN),
    Page("svg text","<svg><text x='1'>Owen</text><text>Pritchard</text></svg>",["Owen","Pritchard"],["<svg>"],OWEN),
    Page("ruby","<ruby>Owen<rt>oh-wen</rt></ruby> Pritchard",["Owen","Pritchard"],(),OWEN),
    Page("bdo","<bdo dir=rtl>drahctirP</bdo>",["drahctirP"],(),OWEN),
    Page("initials","<p>O.P. wrote; signed OP / o. pritchard</p>",["pritchard"],(),OWEN),
    Page("middle initial","<p>Owen T. Pritchard and Owen Tobias Pritchard</p>",["Owen","Pritchard"],(),OWEN),
    Page("pritchard owen caps","<p>PRITCHARD OWEN (MR)</p>",["PRITCHARD","OWEN"],(),OWEN),
    Page("subaddress","<p>owen.pritchard+news@example.com and OWEN.PRITCHARD@EXAMPLE.COM</p>",["owen.pritchard","OWEN"],(),OWEN),
    Page("onmicrosoft","<p>owen.pritchard@harbourlights.onmicrosoft.com, owen.pritchard_example.com#EXT#@t.onmicrosoft.com</p>",["owen.pritchard"],(),OWEN),
    Page("phone letters","<p>tel:+44-20-7946-0321;ext=22 (0)20 79460321 +44(0)2079460321</p>",["7946","0321"],(),OWEN),
    Page("phone dots slash","<p>020.7946.0321 020/7946/0321 00442079460321</p>",["7946","0321","442079460321"],(),OWEN),
    Page("third phone","<p>Direct: +1 (415) 555-0142 x22 | Cell 415.555.0143 | 06 39 98 41 72</p>",["555-0142","555.0143","39 98 41"],["Direct:"]),
    Page("table label","<table><tr><td>Name</td><td>Zebedia Thrace</td></tr><tr><td>Email</td><td>zt@example.org</td></tr></table>",["Zebedia","Thrace","zt@"],["<td>Name</td>"]),
    Page("dl label","<dl><dt>Contact</dt><dd>Zebedia Thrace</dd><dt>Build</dt><dd>10.0.1</dd></dl>",["Zebedia","Thrace"],["10.0.1"]),
    Page("csv","<pre>first_name,last_name,email\nZebedia,Thrace,zt@example.org\nJorvik,Santel,js@example.org</pre>",["zt@","js@"],["first_name"]),
    Page("git log","<pre>commit 9f86d08\nAuthor: Zebedia Thrace &lt;zt@example.org&gt;\nDate: Mon Mar 3\n    fix lodash@4.17.21</pre>",["Zebedia","Thrace","zt@"],["9f86d08","lodash@4.17.21"]),
    Page("powershell","<pre>PS C:\\Users\\zthrace&gt; Get-ADUser zthrace -Properties *\nSamAccountName : zthrace</pre>",["zthrace"],["Get-ADUser"]),
    Page("ldap dn","<p>CN=Zebedia Thrace,OU=Staff,DC=example,DC=org</p>",["Zebedia","Thrace"],["OU=Staff","DC=example"]),
    Page("event log","<pre>Account Name:\t\tzthrace\n\tAccount Domain:\t\tCORP\n\tSource Network Address:\t203.0.113.7</pre>",["zthrace","203.0.113.7"],["CORP"]),
    Page("jwt","<p>eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U ok</p>",["eyJhbGci"],["ok"]),
    Page("mac","<p>NIC 3C-52-82-6A-1F-90 and 3c52.826a.1f90</p>",["3C-52","826a"],["NIC"]),
    Page("ssn nino","<p>SSN 219-09-9999, NI AB 12 34 56 C, DNI 12345678Z</p>",["219-09","12345678Z","AB 12 34"],()),
    Page("facebook","<p>linkedin.com/in/zebedia-thrace-77 and @zthrace on Twitter</p>",["zebedia-thrace"],()),
    Page("cc list","<p><b>Cc:</b> Thrace, Zebedia; Santel, Jorvik; Quorra Vintilescu</p>",["Thrace","Zebedia","Santel","Jorvik","Quorra","Vintilescu"],["Cc:"]),
    Page("sent from","<p>Sent from Zebedia's iPhone</p>",["Zebedia"],["iPhone"]),
    Page("outlook meeting","<p>Zebedia Thrace is inviting you to a scheduled Zoom meeting. Meeting ID: 881 2345 6789 Passcode: 4Kd9x2</p>",["Zebedia","Thrace","4Kd9x2"],["Zoom meeting"]),
    Page("greeting in div","<div>Hi Zebedia,</div><div>the cable is 2.5 m.</div>",["Zebedia"],["2.5 m"]),
    Page("two greetings","<p>Hi Zebedia and Jorvik,<br>ok</p>",["Zebedia","Jorvik"],["ok"]),
    Page("sig role same line","<p>Best regards<br>Zebedia Thrace, Head of IT<br>Example Ltd</p>",["Zebedia","Thrace"],["Head of IT"]),
    Page("sig bold","<div>Kind regards,</div><div><b>Zebedia</b> <b>Thrace</b></div>",["Zebedia","Thrace"],()),
    Page("hex escape css",'<style>.a:after{content:"owen\\40 example.com"}</style><p>x</p>',[],["<p>x</p>"],OWEN),
    Page("html number entity surname","<p>Pr&#105;tch&#97;rd</p>",["Pritchard"],(),OWEN),
    Page("homoglyph mail","<p>\u043ewen.pritchard@ex\u0430mple.com</p>",["pritchard"],(),OWEN),
    Page("umlaut forms","<p>Ilse Brueckner, Bruckner, BRÜCKNER, brueckner.ilse</p>",["rueckner","ruckner","RÜCKNER"],(),ILSE),
    Page("download name","<a download='Kündigung_Brückner_Ilse.pdf' href='/f/7'>pdf</a>",["Brückner","Ilse"],["/f/7"],ILSE),
    Page("tracking pixel","<img src='https://px.example.net/o.gif?rcpt=ilse.brueckner%40example.org&cid=77' width=1>",["brueckner"],["width=1"],ILSE),
    Page("base64url name","<a href='https://x.example.net/?d=eyJlIjoib3dlbi5wcml0Y2hhcmRAZXhhbXBsZS5jb20ifQ'>x</a>",["eyJlIjoib3dl"],(),OWEN),
    Page("nothing technical","<pre>kernel: usb 1-1.4: new device 046d:c52b; lib_v3_grace_period=30; /opt/young/gc.log T+00:12</pre>",(),["usb 1-1.4","046d:c52b","grace_period=30","/opt/young/gc.log"],GRACE),
    Page("mark best","<p>Please mark the best option; best regards apply. Mark said no.</p>",["Mark said"],["mark the best option"],{"firstName":"Mark","lastName":"Best","email":"mb@example.com"}),
    Page("will long","<p>It will take long. Will, can you check? See will.long@example.com v1.2.3.4</p>",["Will, can","will.long@"],["It will take long","v1.2.3.4"],{"firstName":"Will","lastName":"Long","email":"will.long@example.com"}),
    Page("ipv6 & times","<p>2001:db8:4::17 at 12:30:15, 00:00:5e is oui</p>",["2001:db8:4::17"],["12:30:15"]),
    Page("cookie header","<pre>Set-Cookie: JSESSIONID=ABF2C9931E; Path=/; HttpOnly\nHTTP/1.1 200 OK</pre>",["ABF2C9931E"],["HTTP/1.1 200 OK"]),
    Page("aws key","<pre>aws_access_key_id = AKIAIOSFODNN7EXAMPLE\nregion = eu-central-1</pre>",["AKIAIOSF"],["region = eu-central-1"]),
    Page("net use","<pre>net use Z: \\\\srv1\\share Winter.2024! /user:CORP\\zthrace</pre>",["zthrace","Winter.2024!"],["Z:"]),
    Page("basic auth","<pre>Authorization: Basic enRocmFjZTpHZWhlaW0xMjM=</pre>",["enRocmFj"],["Authorization"]),
    Page("address english","<p>Ship it to 14 Larkspur Crescent, Dunmow CM6 1ZX please</p>",["Larkspur","CM6"],["please"]),
    Page("polish sig","<p>Z poważaniem,<br>Wiesława Żurek<br>tel. 512 555 019</p>",["Wiesława","Żurek","512 555"],()),
    Page("czech reply","<p>út 4. 3. 2025 v 9:12 odesílatel Zebedia Thrace napsal:</p>",["Zebedia","Thrace"],["napsal"]),
    Page("finnish header","<p>Lähettäjä: Teuvo Rämö<br>Aihe: VPN</p>",["Teuvo","Rämö"],["VPN"]),
    # the opposite error
    Page("versions and packages", "<p>lodash@4.17.21, icon@2x.png, OID 1.3.6.1.4.1.311, build 22631.2428, 10.0.19045.3803</p>", (), ["lodash@4.17.21", "icon@2x.png", "1.3.6.1.4.1.311", "22631.2428", "10.0.19045.3803"], OWEN),
    Page("numbers that are none", "<p>order 4929578569339118, 2024-03-02T09:15:00.000Z, KB5031356, 0x80070005, 12:34:56</p>", (), ["4929578569339118", "2024-03-02T09:15:00.000Z", "KB5031356", "0x80070005", "12:34:56"], OWEN),
    Page("private addresses", "<p>gateway 192.168.7.1, mask 255.255.255.0, loopback 127.0.0.1</p>", (), ["192.168.7.1", "255.255.255.0", "127.0.0.1"]),
    Page("a name that is words", "<p>With grace and young hearts; Grace asked. The gracePeriod of young generation GC is 5.</p>", ["Grace asked"], ["With grace and young hearts", "gracePeriod", "young generation GC"], GRACE),
    Page("style numbers", "<p style='margin:0 2.5.1.0;mso-list:l0 level1 lfo1;color:#112233'>ok</p>", (), ["margin:0 2.5.1.0", "#112233", "lfo1"]),
    Page("product names", "<p>Microsoft Teams and Visual Studio Code; Exchange Online asked for Windows Hello.</p>", (), ["Microsoft Teams", "Visual Studio Code", "Exchange Online", "Windows Hello"]),
    Page("passwords that are talk", "<p>the password reset failed, password is required, token: invalid, pin code does not work</p>", (), ["password reset failed", "password is required", "token: invalid", "pin code does not work"]),
    Page("guid and digest", "<p>{3F2504E0-4F89-11D3-9A0C-0305E82C3301} sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</p>", (), ["3F2504E0-4F89-11D3-9A0C-0305E82C3301", "9f86d081884c7d65"]),
    # logs, files and mail pasted whole; other written forms; many languages
    Page("kerberos", "<pre>Jun 3 10:11:12 dc01 krb5kdc[812]: AS_REQ (4 etypes {18 17 16 23}) 10.0.0.5: ISSUE: authtime 1717401072, hpetersen@CORP.EXAMPLE.COM for krbtgt/CORP.EXAMPLE.COM@CORP.EXAMPLE.COM</pre>", ["hpetersen"], ["AS_REQ", "1717401072", "dc01"]),
    Page("sudo", "<pre>Mar 12 08:01:44 build03 sudo:   tnakagawa : TTY=pts/0 ; PWD=/home/tnakagawa ; USER=root ; COMMAND=/usr/bin/apt upgrade</pre>", ["tnakagawa"], ["COMMAND=/usr/bin/apt upgrade", "build03"]),
    Page("sshd invalid", "<pre>sshd[2211]: Failed password for invalid user mgarcia77 from 203.0.113.44 port 51122 ssh2</pre>", ["mgarcia77", "203.0.113.44"], ["port 51122 ssh2", "sshd[2211]"]),
    Page("event 4624", "<pre>An account was successfully logged on.\r\nSubject:\r\n\tSecurity ID:\t\tSYSTEM\r\n\tAccount Name:\t\tWKS-114$\r\nNew Logon:\r\n\tAccount Name:\t\trvandermeer\r\n\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t0x3E7</pre>", ["rvandermeer"], ["0x3E7", "SYSTEM"]),
    Page("domain backslash", "<pre>The service runs as CONTOSO\\p.lindqvist and fails with 0x8007052E</pre>", ["p.lindqvist"], ["0x8007052E"]),
    Page("conn string", "<pre>Server=tcp:sql01.internal,1433;Initial Catalog=Orders;User ID=svc_reports;Password=Tr0ub4dor&amp;3;Encrypt=True;</pre>", ["Tr0ub4dor&3"], ["Initial Catalog=Orders", "Encrypt=True"]),
    Page("pg url", "<pre>DATABASE_URL=postgres://bkaminski:h4rt-Kamm3r@db.internal:5432/app?sslmode=require</pre>", ["bkaminski", "h4rt-Kamm3r"], ["sslmode=require", "5432"]),
    Page("curl auth", "<pre>curl -u anna.berg:Vinter2024! -H 'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' https://api.example.com/v2/items?id=4411</pre>", ["anna.berg", "Vinter2024!", "eyJhbGciOiJIUzI1NiJ9"], ["v2/items"]),
    Page("netrc", "<pre>machine files.example.com\nlogin dkovacs\npassword s3cr3t-Tisza\n</pre>", ["dkovacs", "s3cr3t-Tisza"], ["machine"]),
    Page("env", "<pre>AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLQ\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nREGION=eu-central-1\nSTRIPE_KEY=sk_live_51Hq8zLkd93jXoP2mNvRt7Qy\nDEBUG=true</pre>", ["AKIAIOSFODNN7EXAMPLQ", "wJalrXUtnFEMI", "sk_live_51Hq8zLkd93jXoP2mNvRt7Qy"], ["eu-central-1", "DEBUG=true"]),
    Page("gitconfig", "<pre>[user]\n\tname = Håkon Tveit\n\temail = hakon@example.org\n[core]\n\tautocrlf = input</pre>", ["Håkon", "Tveit", "hakon@example.org"], ["autocrlf = input"]),
    Page("wifi", "<pre>SSID: Lager-2G\nWPA key: Blaubeere#77\nchannel 11</pre>", ["Blaubeere#77"], ["channel 11"]),
    Page("cookie", "<pre>Cookie: JSESSIONID=9F2C1A77B0E44D0A; theme=dark; remember_token=aGVsbG8td29ybGQtc2VjcmV0\nHost: app.example.com</pre>", ["9F2C1A77B0E44D0A", "aGVsbG8td29ybGQtc2VjcmV0"], ["Host: app"]),
    Page("ldap dn", "<pre>memberOf: CN=Marta Oliveira,OU=Finance,DC=corp,DC=example,DC=com\nsAMAccountName: moliveira\nobjectClass: user</pre>", ["Marta Oliveira", "moliveira"], ["objectClass: user", "OU=Finance"]),
    Page("mac home", "<pre>/Users/katarzyna.w/Library/Logs/DiagnosticReports/Safari_2024-01-01.crash</pre>", ["katarzyna.w"], ["DiagnosticReports"]),
    Page("python trace", '<pre>Traceback (most recent call last):\n  File "/home/ppapadakis/app/main.py", line 41, in &lt;module&gt;\n    run(v="3.11.4")\nValueError: bad id 77123</pre>', ["ppapadakis"], ["line 41", "3.11.4", "77123"]),
    Page("unc", "<pre>Mapped \\\\fs02\\profiles$\\iyusupova to H: fails</pre>", ["iyusupova"], ["\\\\fs02\\"]),
    Page("smtp log", "<pre>postfix/smtp[991]: 4F2A91C0: to=&lt;r.almeida@example.pt&gt;, relay=mx.example.pt[198.51.100.7]:25, delay=1.2, status=sent (250 2.0.0 OK)</pre>", ["r.almeida@example.pt", "198.51.100.7"], ["250 2.0.0 OK", "4F2A91C0"]),
    Page("host name", "<pre>Computer name JWEIDLICH-LT01 does not get updates KB5034441</pre>", ["JWEIDLICH"], ["KB5034441"], JONAS),
    Page("file name", '<p>see <a href="file:///C:/Temp/Weidlich_Jonas_scan.pdf">Weidlich_Jonas_scan.pdf</a> v1.2</p>', ["Weidlich", "Jonas"], ["v1.2"], JONAS),
    Page("german genitive", "<p>Das ist Jonas&#39; Laptop und Weidlichs Drucker, Firmware 4.1.0.</p>", ["Jonas", "Weidlich"], ["4.1.0"], JONAS),
    Page("phone national", "<p>Tel. 0151/5550-1234 oder 030 55501199</p>", ["5550-1234", "55501199"], ["oder"], JONAS),
    Page("spelled", "<pre>jonas punkt weidlich at example punkt com</pre>", ["jonas", "weidlich"], [], JONAS),
    Page("irish name", "<pre>Ms OShaughnessy (Maeve) asked; maeve.oshaughnessy is the login. Patch 10.2.</pre>", ["OShaughnessy", "Maeve", "oshaughnessy"], ["Patch 10.2"], MAEVE),
    Page("double barrel", "<td>Lewandowska&#8209;Bąk, Krystyna</td><td>Lewandowska</td><td>KLB</td>", ["Lewandowska", "Krystyna"], ["<td>"], KRYSTYNA),
    Page("ascii polish", "<pre>krystyna lewandowska-bak wrote</pre>", ["krystyna", "lewandowska"], [], KRYSTYNA),
    Page("outlook reply de", "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b><span lang=DE>Von:</span></b><span lang=DE> Ottokar Freudenreich &lt;<a href=\"mailto:o.freudenreich@example.de\">o.freudenreich@example.de</a>&gt; <br><b>Gesendet:</b> Montag, 3. Juni 2024 10:12<br><b>An:</b> Support; Wiebke Tönnies<br><b>Betreff:</b> AW: VPN 9.1</span></p></div>", ["Ottokar", "Freudenreich", "Wiebke", "Tönnies"], ["VPN 9.1", "solid #E1E1E1"]),
    Page("gmail quote pl", '<div class="gmail_quote"><div dir="ltr">pon., 3 cze 2024 o 10:12 Zdzisław Brzęczyszczykiewicz &lt;<a href="mailto:zdzis@example.pl">zdzis@example.pl</a>&gt; napisał(a):<br></div>wersja 2.3.1', ["Zdzisław", "Brzęczyszczykiewicz", "zdzis@"], ["2.3.1"]),
    Page("signature it", "<p>Cordiali saluti,</p><p><b>Ermenegildo Passalacqua</b><br>Responsabile IT<br>Cell. 347 555 0192</p>", ["Ermenegildo", "Passalacqua", "555 0192"], ["Responsabile IT"]),
    Page("signature fr", "<pre>Bien à vous,\nThéophile Grandjean\nDSI\n06 39 98 12 34\nSIRET non communiqué</pre>", ["Théophile", "Grandjean", "39 98 12 34"], ["DSI"]),
    Page("ja sign", "<pre>お世話になっております。\n山田太郎\nyamada@example.jp\nエラー 0x80004005</pre>", ["yamada@example.jp"], ["0x80004005"]),
    Page("turkish", "<pre>Merhaba Gülşen Hanım,\nsunucu 10.0.0.4 kapalı.\nSaygılarımla,\nOğuzhan Karabulut</pre>", ["Gülşen", "Oğuzhan", "Karabulut"], ["sunucu"]),
    Page("czech", "<pre>Dobrý den paní Nováčková,\nverze 5.2 padá.\nS pozdravem\nBořivoj Šťastný</pre>", ["Nováčková", "Bořivoj", "Šťastný"], ["verze 5.2"]),
    Page("hungarian", "<pre>Tisztelt Szabó Bendegúz!\nA nyomtató hibakódja E52.\nÜdvözlettel:\nKelemen Piroska</pre>", ["Bendegúz", "Kelemen", "Piroska"], ["E52"]),
    Page("greek", "<pre>Αγαπητέ κύριε Παπαδόπουλε,\nέκδοση 4.0\nΜε εκτίμηση,\nΕλευθερία Μαυρομάτη</pre>", ["Παπαδόπουλε", "Ελευθερία", "Μαυρομάτη"], ["4.0"]),
    Page("russian", "<pre>Здравствуйте, Аркадий Львович!\nОшибка 0x1A.\nС уважением,\nДобрыня Никитский</pre>", ["Аркадий", "Львович", "Добрыня", "Никитский"], ["0x1A"]),
    Page("json-ld", '<script type="application/ld+json">{"@type":"Person","givenName":"Isolde","familyName":"Marchetti","telephone":"+39 06 5550 1234","sku":"AX-2211"}</script><p>x</p>', ["Isolde", "Marchetti", "5550 1234"], ["AX-2211"]),
    Page("data attr", '<div data-user-email="p.moreau@example.fr" data-full-name="Pascaline Moreau" data-build="2024.6.1">ok</div>', ["p.moreau", "Pascaline", "Moreau"], ["2024.6.1"]),
    Page("sort key", '<td data-sort="Crale, Zenobia">ZC 4.1</td><td data-sort="Paris, London">2</td>', ["Crale", "Zenobia"], ["data-sort=", "ZC 4.1", "Paris, London"]),
    Page("alt", '<img src="cid:image001.png@01DA1234.ABCD" alt="Photo of Rosalind Achterberg" width=96>', ["Rosalind", "Achterberg"], ["cid:image001.png@01DA1234.ABCD"]),
    Page("comment", "<!-- owner: Thaddäus Zöllner, ext 4411 --><p>build 77</p>", ["Thaddäus", "Zöllner"], ["build 77"]),
    Page("meta", '<head><meta name="author" content="Eustace Winterbourne"><title>Re: Eustace Winterbourne offboarding</title></head><body>v3</body>', ["Eustace", "Winterbourne"], ["v3"]),
    Page("entities", "<p>&#74;&#111;&#110;&#97;&#115; &#x57;&#x65;idlich error 42</p>", ["Jonas", "Weidlich"], ["error 42"], JONAS),
    Page("double entities", "<p>Jonas&amp;nbsp;Weidlich &amp;lt;jonas.weidlich&amp;#64;example.com&amp;gt;</p>", ["Jonas", "Weidlich"], [], JONAS),
    Page("fullwidth", "<pre>Ｊｏｎａｓ Ｗｅｉｄｌｉｃｈ, ｊｏｎａｓ．ｗｅｉｄｌｉｃｈ＠ｅｘａｍｐｌｅ．ｃｏｍ</pre>", ["Ｊｏｎａｓ", "Ｗｅｉｄｌｉｃｈ", "ｗｅｉｄｌｉｃｈ"], [], JONAS),
    Page("vcard", "<pre>BEGIN:VCARD\r\nVERSION:3.0\r\nN:Abernathy;Quillon;;Mr.;\r\nFN:Quillon Abernathy\r\nTEL;TYPE=CELL:+1-208-555-0144\r\nBDAY:1979-04-03\r\nADR;TYPE=HOME:;;44 Orchard Ln;Boise;ID;83702;USA\r\nREV:20240101T000000Z\r\nEND:VCARD</pre>", ["Abernathy", "Quillon", "555-0144", "1979-04-03", "44 Orchard"], ["BEGIN:VCARD", "20240101T000000Z"]),
    Page("csv", "<pre>employee_id,first_name,last_name,email,dept\n1001,Philomena,Dragicevic,pd@example.com,OPS\n1002,Casimir,Oduya,co@example.com,IT</pre>", ["Philomena", "Dragicevic", "Casimir", "Oduya"], ["employee_id", "OPS"]),
    Page("ics", '<pre>BEGIN:VEVENT\nDTSTART:20240603T080000Z\nORGANIZER;CN=Hedwig Ostermann:mailto:hedwig@example.at\nATTENDEE;CN="Balthasar Kunze";ROLE=REQ-PARTICIPANT:mailto:b.kunze@example.at\nSUMMARY:Router swap RT-11\nEND:VEVENT</pre>', ["Hedwig", "Ostermann", "Balthasar", "Kunze"], ["RT-11", "20240603T080000Z"]),
    Page("raw headers", "<pre>Received: from mail.example.net (mail.example.net [203.0.113.9])\nFrom: =?UTF-8?B?U8O4cmVuIEtpZXJrZWdhYXJk?= &lt;sk@example.dk&gt;\nTo: support@example.com\nX-Originating-IP: [198.51.100.88]\nMessage-ID: &lt;20240603101112.GA2211@mail.example.net&gt;\nSubject: printer</pre>", ["sk@example.dk", "198.51.100.88", "U8O4cmVuIEtpZXJrZWdhYXJk"], ["Subject: printer"]),
    Page("sql", "<pre>INSERT INTO users (id, first_name, last_name, phone) VALUES (42, 'Octavian', 'Bratu', '+40 21 555 0188');</pre>", ["Octavian", "Bratu", "555 0188"], ["INSERT INTO users"]),
    Page("yaml", "<pre>users:\n  - name: Solveig Ramberg\n    mail: solveig@example.no\n    role: admin\nversion: 1.4.2</pre>", ["Solveig", "Ramberg", "solveig@"], ["version: 1.4.2", "role: admin"]),
    Page("xml", "<employee><firstName>Desdemona</firstName><surname>Fairweather</surname><ni>QQ123456C</ni><grade>7</grade></employee>", ["Desdemona", "Fairweather"], ["<grade>7</grade>"]),
    Page("iban", "<pre>Bitte auf DE89 3704 0044 0532 0130 00 überweisen, Rechnung 2024-0042</pre>", ["DE89 3704", "0532 0130"], ["2024-0042"]),
    Page("words", "<pre>Will the long run be the best? Mark all as read; grace period 30 days; young project, hope so.</pre>", [], ["Will the long run be the best? Mark all as read; grace period 30 days; young project, hope so."]),
    Page("tech", "<pre>Upgrade lodash@4.17.21, icon@2x.png, OID 1.3.6.1.4.1.311, GUID 6B29FC40-CA47-1067-B31D-00DD010662DA, sha 9fceb02d0ae598e95dc970b74767f19372d61af8, SKU 555-0199-X2, ISO 27001:2022, 2024-06-03T10:11:12Z</pre>", [], ["lodash@4.17.21", "icon@2x.png", "1.3.6.1.4.1.311", "6B29FC40-CA47-1067-B31D-00DD010662DA", "9fceb02d0ae598e95dc970b74767f19372d61af8", "ISO 27001:2022", "2024-06-03T10:11:12Z"]),
    Page("order no", "<pre>Order 4929578569339118-77, tracking 1Z999AA10123456784, RMA 00412-77</pre>", [], ["1Z999AA10123456784", "RMA 00412-77"]),
    Page("rdp", "<pre>mstsc /v:ts01 /admin as EXAMPLE\\lbergstrom; RDP-Tcp#12 0xC000006D</pre>", ["lbergstrom"], ["RDP-Tcp#12", "0xC000006D"]),
    Page("whoami", "<pre>whoami\r\nacme\\jdupont\r\nnet user jdupont /domain</pre>", ["jdupont"], ["net user"]),
    Page("bash prompt", "<pre>sofia@devbox:~$ ls -la\ntotal 8\n-rw-r--r-- 1 sofia staff 120 Jun  3 10:00 notes.txt</pre>", ["sofia"], ["total 8", "notes.txt"]),
    Page("teams", "<pre>[10:12] Anneliese Kötter\nkannst du den Server neu starten?\n[10:13] Piet de Groot\nja, Version 8 läuft</pre>", ["Anneliese", "Kötter", "Piet", "Groot"], ["Version 8"]),
    Page("whatsapp", "<pre>[03.06.24, 10:12:33] Tante Erna: Drucker geht nicht\n[03.06.24, 10:13:01] Onkel Rüdiger: Treiber 6.1 laden</pre>", ["Erna", "Rüdiger"], ["Treiber 6.1"]),
    Page("srcdoc", '<iframe srcdoc="&lt;p&gt;Call Jonas Weidlich: 0151 55501234&lt;/p&gt;"></iframe>v9', ["Weidlich", "55501234"], ["v9"], JONAS),
    Page("qp", "<pre>=?utf-8?Q?J=C3=B6rg_M=C3=BCller-L=C3=BCdenscheidt?= &lt;jml@example.org&gt;</pre>", ["J=C3=B6rg", "jml@example.org"], []),
    Page("b64 link", '<a href="https://t.example.com/u?e=am9uYXMud2VpZGxpY2hAZXhhbXBsZS5jb20=&c=77">unsubscribe</a>', ["am9uYXMud2VpZGxpY2hAZXhhbXBsZS5jb20"], ["unsubscribe"], JONAS),
    Page("zero width", "<pre>Jo\u200bnas Wei\u00addlich reported 500</pre>", ["nas", "dlich"], ["reported 500"], JONAS),
    Page("table sig", "<table><tr><td><b>Euphemia Castellanos</b></td></tr><tr><td>Service Desk Lead</td></tr><tr><td>T: (208) 555-0175</td></tr></table>", ["Euphemia", "Castellanos", "555-0175"], ["Service Desk Lead"]),
    Page("mention", "<pre>zsu[@user:4000000123456]zsu please check 4000000000777</pre>", ["4000000123456"], ["please check"]),
    Page("sent from", "<pre>Sent from Bartholomew's iPad\nIMG_2231.HEIC</pre>", ["Bartholomew"], ["IMG_2231.HEIC"]),
    Page("api keys", "<pre>ghp_16C7e42F292c6912E7710c838347Ae178B4a xoxb-123456789012-abcdefGHIJKL glpat-xYz12AbC34dEf56GhI78 build 19</pre>", ["ghp_16C7", "xoxb-1234", "glpat-xYz"], ["build 19"]),
    Page("bitlocker", "<pre>Recovery key: 123456-234567-345678-456789-567890-678901-789012-890123 ID 6B29FC40</pre>", ["345678-456789"], []),
    Page("address uk", "<pre>He moved to Flat 3, 27 Larch Grove, Penrith CA11 9QX last week; ticket 88</pre>", ["27 Larch Grove", "CA11 9QX"], ["ticket 88"]),
    Page("address es", "<pre>Envíen el portátil a C/ Almendros 14, 3º B, 28042 Madrid. Pedido 5521.</pre>", ["Almendros 14", "28042"], ["Pedido 5521"]),
    Page("dob", "<pre>DOB 03/04/1979; DOJ 2020-01-01; build 2024-05-01</pre>", ["03/04/1979"], ["2024-05-01"]),
)  # fmt: skip


def readable(source: str) -> str:
    """Return what somebody who looks closely can read in a page: decoded, without tags and unseen characters, folded."""
    text = source
    for _ in range(3):
        text = html.unescape(unquote(text, errors="ignore"))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)
    text = "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in {"Cf", "Mn"}
    )
    text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return text.translate(str.maketrans("\u041e\u043e\u0441\u0430\u2011\u2009", "Ooca- ")).casefold()


def faults(page: Page, after: str) -> list[str]:
    """Return what is wrong with a result: what still can be read, whole or with the tags left out, and what was lost."""
    readings = [readable(after), re.sub(r"<[^>]*>", "", readable(after))]
    leaked = [value for value in page.gone if any(readable(value) in reading for reading in readings)]
    return [f"leaks {value}" for value in leaked] + [f"lost {value}" for value in page.kept if value not in after]


def strangers() -> tuple[Page, ...]:
    """Return the pages and texts of authors who had not seen the rules."""
    return _stored("redaction_strangers.jsonl")


def mixed() -> tuple[Page, ...]:
    """Return pages and texts of our own with several tricks each, written before they were run."""
    return _stored("redaction_mixed.jsonl")


def _stored(name: str) -> tuple[Page, ...]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    told = map(json.loads, lines)
    return tuple(Page(one["id"], one["page"], one["gone"], one["kept"], one["contact"], one["markup"]) for one in told)


def score(page: Redact, text: Redact, pages: Sequence[Page] = PAGES) -> tuple[float, list[str]]:
    """Return the share of pages that come out right, and the names of the others; texts that are no pages go to `text`."""
    wrong = [each.name for each in pages if faults(each, (page if each.markup else text)(each.source, each.contact))]
    return 1 - len(wrong) / len(pages), wrong
