"""Passwords, keys and codes as commands, devices, settings and people write them; and what only speaks of them."""

import pytest

from zoho_privacy.domain.redact import redact_text

SECRETS = r"""
snmp community string is n0tpublic7|n0tpublic7
Passwort zurückgesetzt auf Start#4711|Start#4711
mot de passe réinitialisé à Soleil_Lune8|Soleil_Lune8
the password is now Blue-Heron-42|Blue-Heron-42
security question: first pet, answer: Fluffy|Fluffy
smb://wlindqvist@fileserver/share|wlindqvist
vpnuser=sylvestre cause=timeout|sylvestre
skype: live:rob.tanaka_3|rob.tanaka_3
AnyDesk address 812 334 556|812 334 556
mysql -u root -pS3cr3tPw -h db1|S3cr3tPw
mysqldump --user=backup --password=Xy7!kkQ orders|Xy7!kkQ
psql "postgresql://svc:Tr0ub4dor@db.example.com:5432/app"|Tr0ub4dor
ldapsearch -x -D "cn=admin,dc=example,dc=com" -w Gr8Pass99 -b dc=example|Gr8Pass99
sshpass -p 'Qwe#123rt' ssh ops@10.0.0.4|Qwe#123rt
openssl pkcs12 -in a.pfx -passin pass:Hunter2Z -nodes|Hunter2Z
keytool -list -keystore k.jks -storepass changeit77|changeit77
wget --http-user=joe --http-password=Wx9__a https://example.com|Wx9__a
docker login -u ci -p dckr_Tok3nZZ registry.example.com|dckr_Tok3nZZ
az login --service-principal -u 1 -p abC~9dEf_ghIJ --tenant t|abC~9dEf_ghIJ
redis-cli -a fo0bar9X ping|fo0bar9X
amqp://guest:gu35tpw@mq:5672/vhost|gu35tpw
ftp://anna:Sommer2023@ftp.example.com/x|Sommer2023
smtp auth: AUTH LOGIN dXNlcg== cGFzc3dvcmQ5|cGFzc3dvcmQ5
AUTH PLAIN AGpvZQBzM2NyZXQ5|AGpvZQBzM2NyZXQ5
enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0|hx5rVt7rPNoS4wqbXKX7m0
set system root-authentication encrypted-password "$6$abc$deFGhi"|deFGhi
ppp chap password 0 Dsl-Pw-8812|Dsl-Pw-8812
wpa-psk ascii 0 MyWifi2024!|MyWifi2024!
psk=Garten-Zaun-77|Garten-Zaun-77
wpa_passphrase "Heimnetz" "kirsche8apfel"|kirsche8apfel
pre-shared-key ciphertext abcDEF123==|abcDEF123==
tunnel-group 1.2.3.4 ipsec-attributes ikev1 pre-shared-key T0nn3lz|T0nn3lz
radius-server key R4d1usK3y|R4d1usK3y
tacacs-server host 10.1.1.1 key T4c4csK|T4c4csK
snmpwalk -v2c -c pr1vat3c 10.0.0.1|pr1vat3c
snmp v3: authpassphrase 'aUth12345' privpassphrase 'pRiv12345'|aUth12345,pRiv12345
"connectionString": "Server=tcp:x;User ID=sa;Password=Zz9$tt;Encrypt=True"|Zz9$tt
AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==;|Eby8vdM02xNOcqFl
SharedAccessSignature sv=2022-11-02&sig=abcD%2Fef0123456789&se=2024|abcD%2Fef0123456789
<add key="SmtpPassword" value="m41lPw!x" />|m41lPw!x
<password>hemmelig12</password>|hemmelig12
password = "tr0mp#ette"|tr0mp#ette
"password":"Ab\"cd12"|cd12
passwd: files ldap|
'db_password' => 'laravel77',|laravel77
define('DB_PASSWORD', 'wp_S3cret');|wp_S3cret
$dbpass = "oldS3cret!";|oldS3cret!
$cfg['Servers'][1]['password'] = 'pmaPw_9';|pmaPw_9
PASSWORD:    s0lidG0ld|s0lidG0ld
Kennwort (neu): Blau-Wal-55|Blau-Wal-55
Mot de passe provisoire : Tulipe&42|Tulipe&42
Contraseña temporal: Limon-8841|Limon-8841
la password provvisoria è Girasole19|Girasole19
hasło tymczasowe: Wiosna!2024|Wiosna!2024
Das Passwort lautet Sonnenschein7|Sonnenschein7
pw is hunter22|hunter22
creds: jdoe / P@ssw0rd!|P@ssw0rd!
login jdoe pass Winter_24|Winter_24
user: jdoe pw: Winter_24|Winter_24
PIN 4711 for the alarm panel|4711
Türcode 9921#|9921#
Alarmcode: 556677|556677
OTP 884213 expires in 5 minutes|884213
your verification code is 114 772|114 772
backup codes: 8f3k-2m9q, 7d2x-1p0z|8f3k-2m9q,7d2x-1p0z
Recovery seed: ripple apple tiger moon|ripple apple tiger moon
TOTP secret JBSWY3DPEHPK3PXP|JBSWY3DPEHPK3PXP
otpauth://totp/Ex:joe@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Ex|JBSWY3DPEHPK3PXP
X-Auth-Token: 9a8b7c6d5e4f|9a8b7c6d5e4f
Cookie: sid=s%3Aabc123def456.xyz; theme=dark|abc123def456
Set-Cookie: ASP.NET_SessionId=x2kq0r5o4d; path=/|x2kq0r5o4d
apikey 5f4dcc3b5aa765d61d8327deb882cf99|5f4dcc3b5aa765d61d8327deb882cf99
heroku: HRKU-01234567-89ab-cdef-0123-456789abcdef|HRKU-01234567-89ab
client_secret: 8Q~abcDEFghiJKLmnoPQRstu|8Q~abcDEFghiJKLmnoPQRstu
License key: XXXXX-12ABC-34DEF-56GHI-78JKL|12ABC-34DEF
vault: s.Ab3dEfGhIjKlMnOpQrStUvWx|s.Ab3dEfGhIjKlMnOpQrStUvWx
VAULT_TOKEN=hvs.CAESIJ1234567890abcdef|hvs.CAESIJ1234567890abcdef
kubectl create secret generic x --from-literal=pw=Kub3Pw|Kub3Pw
net user olga Pa$$w0rd1 /add|Pa$$w0rd1
runas /user:corp\anna cmd (pw Frost!55)|Frost!55
cmdkey /add:srv /user:anna /pass:Frost!55|Frost!55
curl -H "Authorization: Basic am9lOnMzY3JldA==" https://x|am9lOnMzY3JldA==
curl -H 'apikey: zz-91-kk-22' https://x|zz-91-kk-22
git clone https://oauth2:glpat-abcdefghij1234567890@git.example.com/x.git|glpat-abcdefghij1234567890
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY|wJalrXUtnFEMI
aws_session_token = FwoGZXIvYXdzEBYaDExample1234|FwoGZXIvYXdzEBYaDExample1234
BitLocker PIN: 889123|889123
SIM PIN 1234, PUK 12345678|1234,12345678
ansible_become_pass: b3c0me!|b3c0me!
vault_password_file: .vault|
IPMI: ADMIN/ADMIN1x|ADMIN1x
default creds admin:Adm1n99|Adm1n99
iLO admin password PX9K2LM4|PX9K2LM4
""".strip().splitlines()
"""A line, and behind the last bar what of it is secret; invented, like all of them."""


@pytest.mark.req("R-ERASE-1")
@pytest.mark.parametrize("line", SECRETS, ids=map(str, range(len(SECRETS))))
def test_a_secret_goes_however_it_is_written(line: str) -> None:
    text, secrets = line.rsplit("|", 1)
    after = redact_text(text)
    assert [each for each in secrets.split(",") if each and each in after] == []
    assert secrets or after == text


NO_SECRETS = r"""
The password must have 12 characters and 1 digit.
Password policy: Enabled, history 24, max age 90d.
Please reset my password asap, ticket INC0012345.
password reset link expired after 24h
Passwort vergessen? Siehe KB0012345.
Set pass-through to SATA3 mode.
The second pass v2 ran for 14min.
Bypass port 8443 in the proxy.
PIN-Eingabe an Terminal 4 defekt, Fehler E-1204.
pin 4711 of connector J12 is bent
The pin 12 header on the board X10SLL-F is loose.
OTP prompts never arrive on iOS 17.4.1.
Token-based auth via OAuth2 and OIDC fails with AADSTS50011.
error code 0x80070005, exit code 1603, status code 404
Zip code 12345 and area code 030 are wrong in the form.
Barcode 4006381333931 does not scan; QR code v2.
door code reader model KR612 offline
Secret Santa on 12-20 in room B2-14
secret rotation runs every 30d
api key rotation: see RFC7519
the keystore type is PKCS12, algorithm SHA256withRSA
Backup code review is Monday.
backup codes: see the wiki
backup code path /opt/backup/v2
login as admin / then click Save
login: username / password fields are empty
credentials: stored / cached on DC01
iLO 5 v2.78 / iDRAC9 6.10.30.00
ILO: firmware / 2.78 update
IPMI 2.0 / KCS errors
default login screen / theme2 missing
radius server 10.0.0.5 key mismatch
tacacs key missing
snmp-server host 10.1.1.1 version 2c
auth login failed 5 times
AUTH LOGIN is not supported
ldapsearch -x -b dc=example -W
redis-cli -h 10.0.0.3 ping
kennwort zuletzt geändert 2024-05-01
Mot de passe oublié : contacter le 3e étage
hasło wygasło: proszę o reset
net user administrator /active:yes
net use Z: /delete
seed: 42
seed phrase: ask legal
pass rate 98.5%, fail 1.5%
pass1 and pass2 of the compiler
pw-check.ps1 line 12
Wi-Fi password unchanged since May2023
credentials expire in 30days
TAN 2024 statistic
PIN 2 GND, PIN 3 TXD
SIM PIN disabled
s.updateCustomerInformationA = 1
otp: erlang 26.2.1
seed 12345 used for the random test
The password field accepts UTF-8 and ISO8859-1.
pass 2of3 done
Password: ********
password=${DB_PASSWORD}
Kennwort: siehe Umschlag
pass code review by 5pm
password is now required
password was reset to comply with the policy
Passwort zurückgesetzt auf Wunsch
snmp community string is not set
The security question dialog has no answer field.
TeamViewer 15.52.3 and AnyDesk 8.0.11
ftp://anonymous@mirror/pub is empty
java.lang.NullPointerException at com.example.App.main(App.java:42)
Oscar firmware is up to date
""".strip().splitlines()


@pytest.mark.req("R-ERASE-2")
@pytest.mark.parametrize("text", NO_SECRETS, ids=map(str, range(len(NO_SECRETS))))
def test_what_only_speaks_of_secrets_stays(text: str) -> None:
    assert redact_text(text) == text
