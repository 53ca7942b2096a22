"""Secrets as people paste them: found to the character, silent on what only looks like one."""

from base64 import b64encode
from itertools import pairwise
from time import process_time

import pytest

from detectors import engine
from detectors.secret_columns import HEADING, in_columns
from detectors.secrets import find, find_many

PAT = "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"
TOKEN = "q7x2m9C4v8b1N6k3J5h0g2F4d8S6a1p9"
RANDOM = "Y5dr5OIrHfr5XzKZtMC9vwlIBz4wSFCax9xQ"
DIGEST = "da4b9237bacccdf19c0760cab7aec4a8359010b0"
HEX = "3fa9c07e5bd218f4b1d6e8a0c9f7b5d3"


@pytest.fixture(autouse=True, scope="module")
def _load(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache
    engine.load_shared((), pytestconfig.cache.mkdir("rules"))


def found(text: str) -> list[tuple[str, str]]:
    return [(m.data_class, text[m.start : m.end]) for m in find(text) if m.confidence >= 0.5]


def values(text: str) -> list[str]:
    return [value for _, value in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "our shared password is {}, please keep it",
        "das Passwort für den Server lautet {}.",
        "le mot de passe de la base est {}, merci",
        "la contraseña del servidor es {}. ¿Es segura?",
        "la password del server è {}, puoi scrivere la guida?",
        "a senha do banco é {}, pode testar?",
        "het wachtwoord van de database is {}, maak er een instructie van",
        "hasło do serwera to {}, proszę nie udostępniać",
        "moje heslo je {}, proč mě nepustí?",
        "lösenordet till servern är {}, testa det",
        "adgangskoden er {}, prøv den",
        "пароль от базы: {}. Почему не пускает?",
        "数据库的密码是 {}，请帮我连接",
        "データベースのパスワードは {} です",
        "비밀번호는 {} 입니다",
        "sunucunun şifre: {}",
        "Why does Outlook reject '{}'? It is definitely my password.",
        "log in with admin:{} and look",
        "Die Zugangsdaten: admin / {}. Kannst du das ändern?",
        "DB_PASSWORD={}",
        'db_password: "{}"',
        '{{"password": "{}"}}',
        "const dbPassword = '{}';",
        "ALTER USER app WITH PASSWORD '{}';",
        "mysql -u root -p{} crm",
        "sshpass -p '{}' ssh ops@10.0.0.4",
        "curl -u svc:{} https://acme.test/jobs",
        "postgresql://app:{}@db.acme.test/crm",
        "Server=db;User ID=app;Password={};Encrypt=True",
        "machine git.acme.test login ci password {}",
        "the password is below.\n\n{}\n\nThanks, Ann",
        "System,User,Password\ndatabase,ann,{}\n",
        "| Host | Login | Password |\n|---|---|---|\n| db | ann | {} |\n",
        "- database: priya / {}\n- web: ann / {}\n",
        "creds for web: ann / {}",
        "Wi-Fi: guests / {}",
        "net use Z: \\\\fs01\\data /user:CORP\\ann {}",
        "ConvertTo-SecureString '{}' -AsPlainText -Force",
        "cy.get('#password').type('{}')",
        "smbclient //nas/data -U ann%{}",
        "sqlplus ann/{}@ORCL",
        "try {} as the password",
        "adgangskoden til serveren er {}",
        "пароль от сервера {}",
        "管理员密码改成了{}，请勿外传",
        "sqlplus ann.lee/{}@ORCL",
        "WiFi.begin('guests', '{}');",
        "ann / {} are the credentials for web",
        "Hint for the database login: {}",
        "<auth-user-pass>\nann\n{}\n</auth-user-pass>",
    ],
)
def test_a_password_is_found_to_the_character(text: str) -> None:
    password = "Rocket_4111#"
    whole = text.format(*[password] * text.count("{}"))
    assert values(whole) == [password] * whole.count(password)


@pytest.mark.parametrize(
    "value", ["kestrelharbour", "AmselKirschbaum", "otter.lantern.violet.harbor", "walrus641"]
)
@pytest.mark.parametrize(
    "text",
    [
        "password: {}\n",
        "DB_PASSWORD={}",
        "the password for the shop is {}, thanks",
        "Das Passwort lautet {}",
        "wachtwoord: {}",
        'password = "{}"',
        "user,password\nann,{}\n",
        "mosquitto_pub -u dev -P {} -t a",
    ],
)
def test_a_password_of_plain_words_is_found(text: str, value: str) -> None:
    whole = text.format(value)
    assert found(whole) == [("secret.password", value)]


@pytest.mark.parametrize(
    "sentence",
    [
        "index the docs with key {}",
        "resolved: the token was {} and had expired",
        "the trace shows our key {}",
        "branch deploy uses secret {}",
    ],
)
def test_what_else_a_sentence_speaks_of_hides_no_key(sentence: str) -> None:
    key = "zt3n8TWate6fOsPUVbM9XnzxSfVQiryb9z"
    assert [value for _, value in found(sentence.format(key))] == [key]


@pytest.mark.parametrize(
    "text",
    [
        'API_TOKEN="{}"',
        "api-token: {}",
        "config.api_token = '{}'",
        'headers = {{"X-Api-Key": "{}"}}',
        "Authorization: Bearer {}",
        "https://acme.test/v1/users?token={}&limit=50",
        "Vercel wants vercel-token, I entered {}, still red",
        "is {} a valid api key for the internal service?",
        "Mein Schlüssel für den Dienst ist {}.",
        "Voici ma clé API : {}\nPourquoi ?",
        "这是内部服务的密钥：{}，请写一个调用示例",
        "- name: API_TOKEN\n  value: '{}'",
        '<add key="ApiToken" value="{}" />',
        'RUN echo "{}" > /root/.api_token',
        "acme login {}",
        "Is this a valid Spaces secret? {}",
        "o nosso PAT é {}, pode conferir?",
        "curl -b 'lang=de; sessionid={}' https://acme.test/",
    ],
)
def test_a_random_value_with_a_name_is_a_secret(text: str) -> None:
    assert values(text.format(TOKEN)) == [TOKEN]


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['DB_PASSWORD']",
        "password: ${{ secrets.DB_PASSWORD }}",
        "PASSWORD=<your password>",
        "PASSWORD=XXXXXXXX-XXXX-XXXX",
        "api_key = 'your-api-key-goes-here'",
        "token = get_next_token(stream, 42)",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "postgres://user:password@localhost/db",
        "the password must have 12 characters, a digit and a symbol",
        "How long should a password be in 2024?",
        "the tokenizer splits the text into 4096 tokens",
        f"sha256:{HEX}{HEX}",
        f"commit {HEX}5bd218f4 fixes the token refresh",
        f"request_id={HEX} token expired",
        "order 5f696b24-169a-487d-83d0-f4c72e37613f has no token",
        "pk_live_vB8fw5HdnwKouW0HZebRJ60C is the publishable key",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzPCTeIF30GBUflcj\n"
        "F3qQ1I6JVrnu2PS16Xr4DdCaBijEQMCKhyIHsSI9\n-----END PUBLIC KEY-----",
        "password: {cipher}a07b937a16e710a6ec9830b9265af01493d605cd61fe5e5950f700fac65b60d5",
        "src='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA6token9key8AAAB3RJTUUH5' key",
        "uses: actions/checkout@v4 # token",
        "PASSWORD=Adgangskode\nSECRET=Hemmelighed",
        "password: Wachtwoord\nlogin: aanmelden\n",
        "user: name\npassword: mandatory\n",
        "the password is unguessable; la contraseña es incorrecta; passordet ble oppdatert",
        "Please enter the passphrase for the ssh%0A  %F%0A  (%c)",
        "'password' => 'required|confirmed|min:8'",
        "PASS: strip empty file\n",
        f"cache-key: node-modules-{HEX}",
        f"dsn = 'https://{HEX}@o505236.ingest.us.sentry.io/2770262'",
        "the idempotency key is 5f696b24-169a-487d-83d0-f4c72e37613f",
        "input Login { email: String! password: String! }",
        "name, password, email\nare the three fields",
        "Depends: libc6 (>= 2.36), passwd (>= 1:4.13+dfsg1-1+deb12u1)",
        'ac_pwd=`cd "$ac_dir" && ls -di .`; xpass=`expr $xpass + 1`',
        '<a class="el" href="classDoc.html#a107701060c680f0c61558c385ff598b6">checkPassword()</a>',
        f'<tr class="memdesc:ga{HEX}"><td>Key was pressed.</td></tr>',
        "&nbsp;&nbsp;if (password == null) return 1; // a std::pair&lt;A1&gt; password",
        "the Look&Feel password field; #Server3.Port=119 # password; shout_get_raw@Base password",
        "new_by_curve_name(NID_X9_62_prime256v1), key; token JsonSchema7UnknownType",
        "sub 2048R/677815E371C2FD23 is a key of an old token",
        "{radio:!0,file:!0,password:!0,image:!0}",
        'else pass("connected!") end; TPASS("server association 1 peers ok")',
        f'"src/lib/key-rename.ts": "{HEX}5bd218f4"',
        f"key not found: build={HEX}; simso-box-999dfc2835-7vlkl has no token",
        "PASS: 1_Unread_Unified2\nXPASS: gcc.dg/Wp6Listener7.c\nPASS: tests/WP6EOLGroup",
        "msbuild /m /p:Configuration=DynDebug /p:Platform=Win32",
        "> stripWord &quot;HTML5Spaghetti&quot;",
        '"auth_pass": "s3cr3tpa55w0rd"',
        'Digest username="ann", opaque="lEgVjogmIar2fg/t", auth, cnonce="e76b05db27a3b323"',
        '"password_confirm": "Подтвердите пароль", "wrong_password": "Неверный пароль!"',
        "'password' => 'Εισάγετε ξανά τον κωδικό σας', 'passwordHint' => 'Минимум 12 символа'",
        'haslo.password: "Hasło powtórzone"',
        ".password-input--error{color:#c00}.token-list>.token{margin:0 4px}",
        "address token = 0xe04ad1b31431408763eb284b19455df5ef74df62;",
        "PASSWORD=passthrough\nPASSWORD=kerberosonly\n",
        "otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example",
    ],
)
def test_what_is_none_stays_silent(text: str) -> None:
    assert found(text) == []


def test_a_value_with_a_name_is_found_from_its_beginning() -> None:
    token = "8e4b5093-8413-45d4-81c0-75325b0c164a"
    assert values(f"our wise token {token}") == [token]


def test_the_format_names_the_class_not_the_variable() -> None:
    assert found(f"API_TOKEN={PAT}") == [("secret.github_pat", PAT)]


def test_a_wrong_checksum_is_no_github_token() -> None:
    assert ("secret.github_pat", PAT[:-1] + "x") not in found(f"see {PAT[:-1]}x")


def test_a_checksum_that_begins_with_zero_holds() -> None:
    token = "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"
    assert found(token) == [("secret.github_pat", token)]


@pytest.mark.parametrize(
    "text",
    [
        f"{PAT[:20]}\u200b{PAT[20:]}",
        f"t = '{PAT[:15]}' + '{PAT[15:]}'",
        f"t = ('{PAT[:15]}'\n     '{PAT[15:]}')",
        f"wrapped by the mail client:\n{PAT[:24]}\n{PAT[24:]}\n\nBye",
        "remove the spaces: " + " ".join(PAT[i : i + 8] for i in range(0, 40, 8)),
        f"<p>{PAT[:12]}<b>{PAT[12:20]}</b>{PAT[20:]}</p>",
        f'<i class="s">{PAT[:20]}</i><i class="s">{PAT[20:]}</i>',
        f"key: {PAT[:18]}=\n{PAT[18:]}\n",
        "k = ''.join(['" + "', '".join(PAT[i : i + 5] for i in range(0, 40, 5)) + "'])",
    ],
)
def test_a_token_taken_apart_is_found_from_end_to_end(text: str) -> None:
    ((data_class, value),) = found(text)
    assert data_class == "secret.github_pat"
    assert value.startswith(PAT[:4])
    assert value.endswith(PAT[-1])


def test_letters_that_are_joined_are_a_key_from_the_first_to_the_last() -> None:
    written = '", "'.join(PAT)
    assert found(f'k = ["{written}"].join("")') == [("secret.github_pat", written)]


def test_a_key_of_any_length_is_found_with_what_the_next_line_has_of_it() -> None:
    key = "sk-proj-vFB5jhjNYjoYxpAB6EmjDg0WOI4rYdwcGs1BFHqobsiuoNob9HBMur4ROpq0YtKJws9yt6c7"
    ((_, value),) = found(f"> the key:\n> {key[:60]}\n> {key[60:]}\n> bye")
    assert value.endswith(key[-8:])
    assert len(found(f"{key}\n{key[::-1].replace('-jorp-ks', '')}\n{key}\nbye")) > 1


@pytest.mark.parametrize(
    "text",
    [
        f"client secret: {RANDOM[:18]}\n               {RANDOM[18:]}\nregion: eu",
        f"> the api token is {RANDOM[:20]}\n> {RANDOM[20:]}\n> thanks",
    ],
)
def test_a_random_value_that_goes_on_in_the_next_line_is_found_whole(text: str) -> None:
    ((_, value),) = found(text)
    assert value.startswith(RANDOM[:18])
    assert value.endswith(RANDOM[20:])


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        (
            "HOST      USER   PASSWORD\n-----     ----   --------\n"
            "db1       app    Harbor-1988x\ndb2       root   8Umber!indigo\n",
            ["Harbor-1988x", "8Umber!indigo"],
        ),
        (
            "see:\npassword;user\nHarbor-1988x;ann\n8Umber!indigo;bob",
            ["Harbor-1988x", "8Umber!indigo"],
        ),
        (
            "user   api key                            host\n"
            "ann    q7x2m9C4v8B1n6K3j5H0g2F4d8S6a1p9   h1",
            ["q7x2m9C4v8B1n6K3j5H0g2F4d8S6a1p9"],
        ),
        (
            "user,password" + 80 * ",a further column" + "\nann,Harbor-1988x" + 80 * ",1" + "\n",
            ["Harbor-1988x"],
        ),
        (
            'Name,User,Password\n"Doe, John",jd,Harbor-1988x\n"Roe, ""J""",jr,"Umber,4471!x"\n',
            ["Harbor-1988x", "Umber,4471!x"],
        ),
        ("Report,,\n2024,,\nHost,User,Password\ndb,ann,Harbor-1988x\n", ["Harbor-1988x"]),
        (
            "<table><thead><tr><th rowspan=2>Host</th><th colspan='2'>Login</th></tr>"
            "<tr><th>User</th><th class=x><b>Passwort (neu)</b></th></tr></thead>"
            "<tr><td>db</td><td>ann</td><td><code>Umber&amp;4471!</code> &nbsp;</td></tr>"
            "<tr><td>web</td><td>bob</td><td>-</td></tr></table><p>8Umber!indigo</p>",
            ["Umber&amp;4471!"],
        ),
        (
            f"<TR><TD>System</TD><TD>Token</TD><TR><TD>ci</TD><TD>{RANDOM}</TD>",
            [RANDOM],
        ),
        (
            "<table><tr><th>Password required</th><th>Password length</th><th>Password</th></tr>"
            "<tr><td>yes</td><td>12</td><td>${DB_PASSWORD}</td></tr>"
            "<tr><td>no</td><td>8</td><td>in the vault</td></tr></table>",
            [],
        ),
        (
            "INSERT INTO users (name, `password`, mail) VALUES\n"
            " ('ann', 'Umber-4471!', 'it''s'), ('bob', NULL, 'x'), (f(x), N'8Umber!indigo', '');",
            ["Umber-4471!", "8Umber!indigo"],
        ),
        (
            "<table><tr><th>Host</th><th>Password</th></tr>"
            "<tr><td rowspan=0>db</td><td>Umber-4471!</td></tr>"
            "<tr><td>web</td><td>8Umber!indigo</td></tr></table>",
            ["Umber-4471!", "8Umber!indigo"],
        ),
        (
            "INSERT INTO t (password) VALUES (\\'''\n" * 8
            + "') insert into t (password) values ('Umber-4471!')",
            ["Umber-4471!"],
        ),
        (f"insert into api_keys (id, key) values (7, '{DIGEST}')", [DIGEST]),
        (f"insert into files (key, sha1) values ('{DIGEST}', '{DIGEST}')", []),
        (f"insert into users (name, password) values ('ann', '{DIGEST}')", []),
        (f"insert into s (sha1, session_token) values ('{DIGEST}', '{DIGEST}')", [DIGEST]),
        ("||Host||User||Password||\n|db|ann|Harbor-1988x|\n", ["Harbor-1988x"]),
        ("mer\tBK4\tD\npre\tBK5\tE\npw\tBK8\tF\npied par seconde\tBK9\tG\n", []),
        ("-         pass\n>     if x == 1:\n!         a = 1\n", []),
        ("NAME        TYPE     DATA   AGE\ndb-secret   Opaque   3      4d", []),
        ("KEY          VALUE\nlog.level    info\nmax-age-1    30", []),
    ],
)
def test_cells_below_a_heading_for_secrets_are_read(text: str, secrets: list[str]) -> None:
    assert values(text) == secrets


@pytest.mark.parametrize(
    "text",
    [
        "<tr><th>Password</th>" + "<td colspan=100 rowspan=9999>x" * 3000 + "<tr><td>a" * 900,
        "INSERT INTO t (password) VALUES (\\'''" * 6000,
        ("INSERT INTO t (password) VALUES ('a')" + " " * 18_000) * 12,
    ],
)
def test_tables_and_rows_made_to_take_long_do_not(text: str) -> None:
    began = process_time()
    assert values(text) == []
    assert process_time() - began < 5


def test_words_on_lines_of_their_own_stay_apart() -> None:
    text = f"{PAT}\nThanks4you\n"
    assert values(text) == [PAT]


def test_secrets_in_escaped_text_begin_where_they_begin() -> None:
    assert values(rf'{{"log": "env:\n{PAT}\nready"}}') == [PAT]
    assert values(f"redirect%3Fkey%3D{PAT}%26x") == [PAT]


def test_a_private_key_is_its_body() -> None:
    body = (
        "MHcCAQEEIOtKnpHAgx0HRPz5UaneDmsekA3ZGfr5keaIfHO3eduOoAoGCCqGSM49\n"
        "AwEHoUQDQgAExCjpqxCyv/86TkzqOrSHj/20Wufp8vxD8jApzIJbJE9AiIcsJmuL"
    )
    block = f"-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----"
    assert found(block) == [("secret.private_key", body)]
    assert values(block.replace("\n", "\\n")) == [body.replace("\n", "\\n")]


def test_many_secrets_in_one_text_do_not_overlap() -> None:
    text = (
        f"A={PAT}\npassword: Rocket_4111#\nDATABASE_URL=redis://:x7Qm2Zt9Lp@cache/0\ntoken={TOKEN}"
    )
    matches = list(find(text))
    assert [text[m.start : m.end] for m in matches] == [PAT, "Rocket_4111#", "x7Qm2Zt9Lp", TOKEN]
    assert all(a.end <= b.start for a, b in pairwise(matches))


def test_a_star_ends_a_password_in_a_column_unless_it_is_bold() -> None:
    assert [v for _, v in found("user,password\nann,monkey1988*\nbob,**Umber4471!**\n")] == [
        "monkey1988*",
        "Umber4471!",
    ]


def test_a_value_goes_on_where_its_signs_are_percent_encoded() -> None:
    text = "UPSTASH_TOKEN=AbZIASQJA79hgHqWCe1J%2Ds8BzcKey3RKHXwzt9Fsdvp3lgGb%5F27hq&page=2"
    assert [value for _, value in found(text)] == [text[14:-7]]


def test_what_is_encoded_with_its_name_is_one_piece() -> None:
    written = b64encode(b"MIX_TOKEN=glpat-EJxNtQXEIIxPtVoJioC6").decode()
    assert [value for _, value in found(f"echo {written} | base64 -d")] == [written]


def test_a_row_that_reads_like_a_heading_does_not_end_the_table() -> None:
    text = (
        "System,User,Password\nAPI,root,Umber-4471!\nKey,ann,Fjord#8807x\nweb,bob,8Umber!indigo\n"
    )
    assert [value for _, value in found(text)] == ["Umber-4471!", "Fjord#8807x", "8Umber!indigo"]


def test_rows_are_read_once_however_many_of_them_read_like_headings() -> None:
    rows = "password,key,token\n" * 300
    text = rows + "Umber-4471!,x,y\n"
    headings = [h for h in engine.shared().scan(text) if h.rule.id.startswith(HEADING)]
    assert len(headings) >= 300
    assert [text[h.start : h.end] for h in in_columns(text, headings)] == ["Umber-4471!"]


@pytest.mark.parametrize(
    "line",
    [
        "user,password," + 5_000 * "a" + "!\n",  # words parted in many ways
        20_000 * "login,password," + "!\n",  # many headings in one line
        20_000 * "<th>password</th></table>",
        2_000 * "insert into t (a, password) values (N'x', N'" + "\n",
        "insert into t (password) values ('x')" + 15_000 * " ",
        "<tr><th>password</th>" + 5_000 * "<td colspan=99 rowspan=999>" + 500 * "</tr><tr><td>x",
    ],
)
def test_a_long_line_of_headings_is_read_once(line: str) -> None:
    assert found(line + "ann,Umber-4471!\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "The key is wrapped as in PKCS#12 passphrase files.",
        "Decrypt the payload using RSA with PKCS#1 v1.5 padding.",
        "login: Merge with pypa/distutils@788cc159.",
        "password_encryption = scram-sha-256\t# or md5\n",
        '# METHOD can be "trust", "md5", "password", "scram-sha-256" or "aes-gcm-256"',
    ],
)
def test_a_standard_and_a_commit_are_no_passwords(text: str) -> None:
    assert found(text) == []


def test_many_texts_give_what_each_gives_by_itself() -> None:
    key = "AKIA" + "Q7Z3M5X2W6N4J5RT"
    texts = ["", f"id {key}", "nothing", f"id {key}", "x" * 120_000, f"aws: {key}\n" * 3]
    assert [list(found) for found in find_many(texts)] == [list(find(text)) for text in texts]
