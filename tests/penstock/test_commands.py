"""What the commands print, where, and how they end; what they say when something is wrong."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from penstock.app import open_ledger
from penstock.cli import app
from penstock.cli.options import printable
from penstock.cli.run import _line
from penstock.hints import WITHOUT_SETTINGS, as_run
from penstock.model import Action, Outcome
from penstock.settings import load
from policy.load import PACKS
from tests.penstock.conftest import Command
from tests.reports.samples import violation

ROOT = Path(__file__).parents[2]


def every_command() -> Iterator[tuple[str, ...]]:
    def below(command: object, name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield name
        for sub, inner in getattr(command, "commands", {}).items():
            yield from below(inner, (*name, sub))

    return below(typer.main.get_command(app), ())


@pytest.mark.parametrize("name", list(every_command()), ids=" ".join)
def test_every_command_explains_itself(penstock: Command, name: tuple[str, ...]) -> None:
    ran = penstock(*name, "--help")

    assert ran.code == 0
    assert "Usage: penstock" in re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
    assert ran.err == ""


def test_the_version_is_that_of_the_package(penstock: Command) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert penstock("--version").out == f"{project['version']}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nosuch",), 2, "no such command"),
        (("scan", "--nope"), 2, "no such option: --nope"),
        (("-c", "a.yaml", "scan"), 2, "`-c` goes behind the command, as in `penstock scan -c FILE"),
        (("--config=a.yaml", "doctor"), 2, "`--config` goes behind the command, as in `penstock s"),
        (("scan", "--json", "--sarif"), 2, "exclude each other"),
        (("scan", "-", "x"), 2, "one source only"),
        (("run", "--workers", "0"), 2, "'--workers' / '-w': must be greater than or equal to 1"),
        (("run", "--listen", "here"), 2, "write it as HOST:PORT"),
        (("run", "--listen", "127.0.0.1:99999"), 2, "write it as HOST:PORT"),
        (("run", "--workers", "2", "--listen", "127.0.0.1:0"), 3, "several workers need"),
        (("report",), 2, "missing argument"),
        (("report", "2026-13"), 2, "`2026-13` is not a month; write it as `2026-11`"),
        (("report", "2026-11", "--format", "htlm"), 2, "did you mean `html`?"),
        (("ledger", "stats", "--month", "may"), 2, "`may` is not a month"),
        (("ledger", "export", "--format", "xml"), 2, "'ocsf', 'cef', 'csv'"),
        (("ledger", "erase", "somebody"), 2, "`--yes` is needed"),
        (("services", "list", "--category", "chatt"), 2, "did you mean `chat`?"),
        (("services", "match", "no host", "/"), 2, "`no host` is not a host name"),
        (("ca", "export", "--format", "p12"), 2, "'pem'"),
        (("ca", "export", "--out", "nowhere/ca.pem"), 3, "nowhere/ca.pem: cannot be written"),
        (("ca", "env", "--shell", "zsh"), 2, "'fish'"),
        (("config", "show", "--config", "none.yaml"), 3, "none.yaml: cannot be read: No such file"),
        (("policy", "check", "none.yaml"), 3, "none.yaml: cannot be read: No such file"),
        (("policy", "check", "strikt"), 3, "did you mean `strict`?"),
        (("policy", "check", "."), 3, "no policy pack is called `.`"),
        (("scan", "none.txt"), 3, "none.txt: cannot be read: no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    penstock: Command, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = penstock(*arguments)

    assert ran.code == code
    assert ran.out == ""
    assert says in ran.err
    assert ran.err.startswith("penstock: ")
    assert ran.err.count("\n") == 1


OWN = """\
rules:
  - id: custom.ticket
    name: Ticket
    pattern: '\\bTKT-[0-9]{6}\\b'
    confidence: 0.9
    hits: ['see «TKT-123456»']
    misses: ['TKT-1']
"""


def test_rules_of_ones_own_are_tried_by_themselves(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert "the settings have no `detection.rules`" in penstock("rules", "check").err
    assert "no rule is in rules; put *.yaml" in penstock("rules", "check", "rules").err
    (tmp_path / "rules" / "own.yaml").write_text(OWN)
    (tmp_path / "penstock.yaml").write_text("detection: {rules: [rules]}\n")
    for places in ((), ("rules",), ("rules/own.yaml",)):
        ran = penstock("rules", "check", *places)
        assert (ran.code, ran.out, ran.err) == (0, "", "fine: 1 rule holds\n")

    (tmp_path / "typing.py").write_text("print('the directory of whoever tries rules was run')\n")
    program = Path(sys.executable).with_name("penstock")  # as people start it
    asked = (program, "rules", "check", "rules", "--scan")
    found = subprocess.run(asked, input="é TKT-654321".encode(), capture_output=True, timeout=60)
    assert (found.returncode, found.stdout) == (0, b"2 12 0.9 custom.ticket\n")

    (tmp_path / "rules" / "own.yaml").write_text(OWN.replace("pattern", "patern"))
    wrong = penstock("rules", "check")
    assert wrong.code == 3
    assert "rules/own.yaml:4: `patern`: unknown key (did you mean `pattern`?)" in wrong.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("proxy: [", "penstock.yaml:1: not YAML"),
        ("proxy:\n  lisen: x", "penstock.yaml:2: unknown setting `proxy.lisen` (did you mean"),
        ("redis: [1]", "penstock.yaml:1: `redis`: must be text"),
        ("proxy: {drain_s: -1}", "penstock.yaml:1: `proxy.drain_s`: must be at least 0"),
        (
            "proxy: {sources: 10.0.0.0/8}",
            "penstock.yaml:1: `proxy.sources`: must be a list",
        ),
        ("detection: {names: maybe}", "penstock.yaml:1: `detection.names`: must be `true` or"),
        (
            "proxy:\n  sources: [lan]",
            "penstock.yaml:2: `proxy.sources`: `lan` is no network",
        ),
        ("redis: http://x", "penstock.yaml:1: `redis`: write it as `redis://HOST:6379/0`"),
        ("retention: 30", "penstock.yaml:1: `retention`: must be a mapping, as `{name: value}`"),
        ("language: latin", "penstock.yaml:1: `language`: must be 'en', 'de', 'fr' or 'es'"),
        (
            "evidence: [pii.emial]",
            "penstock.yaml:1: `evidence`: unknown data class `pii.emial`",
        ),
        (
            "retention:\n  classes: {qqq.*: 3}",
            "penstock.yaml:2: `retention.classes`: unknown data class `qqq.*`; classes begin with",
        ),
        ("\udcff", "penstock.yaml: cannot be read: it is not UTF-8"),
    ],
)
def test_wrong_settings_stop_every_command_with_their_line(
    penstock: Command, text: str, says: str
) -> None:
    Path("penstock.yaml").write_text(text, errors="surrogateescape")
    ran = penstock("services", "check")

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"penstock: {says}")
    assert ran.err.count("\n") == 1


def test_a_wrong_policy_is_told_by_its_line(penstock: Command) -> None:
    Path("mine.yaml").write_text("name: mine\nrules:\n  - {id: a, when: {data: [pci.crad]}}\n")
    ran = penstock("policy", "check", "mine.yaml")

    assert ran.code == 3
    assert "penstock: mine.yaml:3: unknown data class `pci.crad`" in ran.err


def test_each_mistake_of_a_file_has_a_line_of_its_own(penstock: Command) -> None:
    Path("mine.yaml").write_text("nam: mine\nrules: []\nexamples: none\n")
    told = ["mine.yaml:1: unknown key `nam` (did you mean `name`?)"]
    told.append("mine.yaml:3: `examples`: must be a list, as `[a, b]`")
    ran = penstock("policy", "check", "mine.yaml")

    assert (ran.code, ran.err.splitlines()) == (3, [f"penstock: {line}" for line in told])
    Path("penstock.yaml").write_text("policy: mine.yaml\n")
    checks = penstock("doctor", "--json").json["checks"]
    assert [c["detail"] for c in checks if c["verdict"] == "wrong"] == told
    assert _line("the policy stays as it was: a\nb") == (
        "penstock: the policy stays as it was: a\npenstock: b"
    )


def test_a_policy_of_ones_own_begins_as_a_copy_with_its_schema_beside_it(
    penstock: Command,
) -> None:
    Path("rules").mkdir()
    ran = penstock("policy", "new", "rules/acme.yaml", "--from", "strict")

    assert ran.code == 0
    assert "penstock policy test rules/acme.yaml" in ran.err
    first, *lines = Path("rules/acme.yaml").read_text().splitlines()
    beside = Path("rules") / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(beside.read_text()) == penstock("policy", "schema").json
    pack = [line.replace("name: strict", "name: acme") for line in _strict().splitlines()]
    assert lines == pack[1:]
    assert penstock("policy", "check", "rules/acme.yaml", "--json").json["name"] == "acme"
    again = penstock("policy", "new", "rules/acme.yaml")
    assert (again.code, "is there already; name another file" in again.err) == (2, True)
    assert Path("rules/acme.yaml").read_text().splitlines() == [first, *lines]
    assert "are called `….yaml`" in penstock("policy", "new", "acme").err
    assert penstock("policy", "new", "nowhere/a.yaml").code == 3


def _strict() -> str:
    return (PACKS / "strict.yaml").read_text("utf-8")


@pytest.mark.parametrize("pack", sorted(PACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_the_schema_that_a_pack_names(pack: Path) -> None:
    named = pack.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((pack.parent / named).read_text())

    assert schema["title"] == "Policy"
    # as the packs write it: `to: internal`
    assert {"type": "string"} in schema["$defs"]["Rule"]["properties"]["to"]["anyOf"]
    assert schema["$defs"]["When"]["properties"]["min_people"]["description"].startswith("At")


def test_a_directory_that_others_can_read_is_refused(penstock: Command, state: Path) -> None:
    state.chmod(0o755)
    ran = penstock("ledger", "verify")

    assert ran.code == 3
    assert ran.err == (
        f"penstock: {state} (`state`, PENSTOCK_STATE): others can read the state directory; run: "
        f"chmod 700 {state}\n"
    )


def test_a_database_that_is_away_is_exit_code_4(
    penstock: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE", "postgresql+psycopg://x:hush@127.0.0.1:1/x")
    ran = penstock("ledger", "stats")

    assert (ran.code, ran.out) == (4, "")
    assert "Connection refused" in ran.err
    assert "hush" not in ran.err
    assert ran.err.count("\n") == 1


def test_what_rules_asked_for_while_the_policy_only_watched_is_counted(penstock: Command) -> None:
    watched = violation(1, action=Action.WARN, asked=Action.BLOCK, at=datetime.now(UTC))
    with open_ledger(load(None).settings) as ledger:
        ledger.append([watched])
    ran = penstock("ledger", "stats")
    rows = [tuple(line.split()) for line in ran.out.splitlines()]
    assert {("action", "warn", "1"), ("asked", "block", "1")} <= set(rows)
    assert penstock("ledger", "stats", "--json").json["by_asked"] == {"block": 1}


def test_counts_say_what_the_record_holds_beside_violations(penstock: Command) -> None:
    now = datetime.now(UTC)
    with open_ledger(load(None).settings) as ledger:
        ledger.append([violation(1, at=now)])
        for kind in ("policy", "policy", "access"):
            ledger.act(kind, now)
        ledger.act("hold", now - timedelta(days=40))
    ran = penstock("ledger", "stats")
    assert " 1 violation\n" in ran.out
    assert "beside violations the record holds of this month: 1 access, 2 policies\n" in ran.err
    assert penstock("ledger", "stats", "--json").json["acts"] == {"access": 1, "policy": 2}


def test_counts_say_why_nothing_left_what_was_unread_and_which_months_have_more(
    penstock: Command,
) -> None:
    now = datetime.now(UTC)
    gone = violation(1, action=Action.WARN, outcome=Outcome.DISCLOSED, at=now)
    unread = violation(2, outcome=Outcome.PREVENTED, at=now, unread=("image",))
    with open_ledger(load(None).settings) as ledger:
        ledger.append([gone, unread, violation(3, at=now - timedelta(days=40))])
        asyncio.run(ledger.unsent(gone, now))
        ledger.flush()
    ran = penstock("ledger", "stats")
    rows = [" ".join(line.split()) for line in ran.out.splitlines()]

    assert rows[rows.index("outcome prevented 2") + 1] == "not sent: service out of reach 1"
    assert "unread image 1" in rows
    earlier = f"{now - timedelta(days=40):%Y-%m}"
    assert f"months before with records: {earlier}\n" in ran.err
    told = penstock("ledger", "stats", "--json").json
    assert (told["not_sent"], told["by_unread"], told["months"]) == (1, {"image": 1}, [earlier])


def test_reading_commands_print_json(penstock: Command) -> None:
    assert {row["name"] for row in penstock("config", "show", "--json").json} > {"proxy.listen"}
    assert any(row["service"] == "chatgpt" for row in penstock("services", "list", "--json").json)
    assert penstock("services", "check", "--json").json["services"] > 10
    assert penstock("ca", "show", "--json").json["sha256"].count(":") == 31
    assert "HTTPS_PROXY" in penstock("ca", "env", "--json").json
    assert penstock("policy", "check", "--json").json["mode"] == "monitor"
    assert penstock("policy", "schema").json["type"] == "object"
    assert penstock("policy", "diff", "default", "strict", "--json").json
    assert penstock("policy", "schema", "--json").json["title"] == "Policy"
    assert penstock("ledger", "verify", "--json").json["intact"] is True
    assert json.loads(penstock("ledger", "export", "--json").out.splitlines()[0])["record"]
    assert penstock("ledger", "stats", "--json").json["violations"] == 0


def test_where_people_sign_in_what_is_printed_holds_a_place_for_name_and_password(
    penstock: Command,
) -> None:
    Path("penstock.yaml").write_text("proxy: {users: users, certificate: proxy.pem}\n")

    ran = penstock("ca", "env")
    assert "export HTTPS_PROXY='https://NAME:PASSWORD@127.0.0.1:8080'\n" in ran.out
    assert "NAME:PASSWORD stands for who signs in" in ran.err
    image = penstock("ca", "env", "--shell", "dockerfile").out
    assert "ENV https_proxy='https://NAME:PASSWORD@host.docker.internal:8080'" in image


def test_services_are_listed_in_lines_that_can_be_read(penstock: Command) -> None:
    said, all_of_it = penstock("services", "list").out, penstock("services", "list", "--json").json
    lines = said.splitlines()

    assert len(lines) == 1 + len(all_of_it)
    assert max(map(len, lines)) <= 140
    assert all(row["hosts"][0] in line for line, row in zip(lines[1:], all_of_it, strict=True))


def test_match_names_the_dialect_and_a_blind_tunnel_is_exit_code_1(penstock: Command) -> None:
    found = penstock("services", "match", "API.openai.com.", "/v1/chat/completions", "--json")
    assert found.code == 0
    assert found.json["dialect"] == "openai_chat"

    url = "https://api.openai.com/v1/chat/completions?a=b"
    assert penstock("services", "match", url, "--json") == found
    blind = penstock("services", "match", "example.com", "/")
    assert blind.code == 1
    assert "blind tunnel" in blind.out


def test_settings_name_their_origin(penstock: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("penstock.yaml").write_text("policy: strict\n")
    monkeypatch.setenv("PENSTOCK_LANGUAGE", "de")
    rows = {row["name"]: row for row in penstock("config", "show", "--json").json}

    assert rows["policy"]["origin"] == "penstock.yaml:1"
    assert rows["language"]["origin"] == "PENSTOCK_LANGUAGE"
    assert rows["redis"]["origin"] == "default"


def test_an_edited_record_is_found(penstock: Command, state: Path) -> None:
    with open_ledger(load(None).settings) as ledger:
        asyncio.run(ledger.record(violation(1)))
        ledger.act("policy", datetime.now(UTC), policy="p", sha256="")
        ledger.act("access", datetime.now(UTC), what="a look", by="ana")
    intact = r"intact: 3 records: 1 violation, 1 access, 1 policy; head [0-9a-f]{64}\n"
    assert re.fullmatch(intact, penstock("ledger", "verify").out)
    kinds = penstock("ledger", "verify", "--json").json["kinds"]
    assert kinds == {"access": 1, "policy": 1, "violation": 1}

    with closing(sqlite3.connect(state / "ledger.sqlite")) as database, database:
        database.execute("UPDATE record SET body = replace(body, 'strict', 'milder')")
    ran = penstock("ledger", "verify")

    assert ran.code == 1
    assert re.fullmatch(r"NOT INTACT: record \d+ was edited\n", ran.out)


def test_the_exported_certificate_is_the_one_shown(penstock: Command, tmp_path: Path) -> None:
    shown = penstock("ca", "show", "--json").json
    assert Path(shown["file"]).is_absolute()
    assert penstock("ca", "export", "--out", "ca.pem").code == 0

    pem = (tmp_path / "ca.pem").read_text()
    assert pem.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE KEY" not in pem
    assert Path(shown["file"]).read_text().strip().endswith(pem.strip()[-100:])


def test_reports_of_an_empty_month_are_written_and_said_to_be_empty(penstock: Command) -> None:
    ran = penstock("report", "2026-01", "--out", "here", "--format", "json,csv")

    assert ran.code == 0
    assert [Path(p).name for p in ran.out.split()] == [
        "penstock-2026-01.json",
        "penstock-2026-01.csv",
    ]
    assert json.loads(Path("here/penstock-2026-01.json").read_text())
    assert "nothing was recorded in 2026-01" in ran.err


@pytest.mark.parametrize("command", ["services list", "config show", "policy schema"])
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(state: Path, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli", *command.split()],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=240,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command", ["--version", "config show", "services match api.openai.com /v1/chat/completions"]
)
def test_light_commands_load_no_heavy_library(state: Path, command: str) -> None:
    watch = (
        "import sys; from penstock.cli import main; sys.argv = ['penstock', *sys.argv[1:]]\n"
        "try: main()\n"
        "finally: print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, *command.split()], capture_output=True, timeout=240, text=True
    )

    assert done.returncode == 0
    heavy = {"numpy", "spacy", "sqlalchemy", "mitmproxy", "hyperscan", "presidio_analyzer", "httpx"}
    assert heavy & set(done.stderr.split()) == set()


def test_a_fault_of_ours_shows_where_but_not_what(
    penstock: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("the prompt itself")

    monkeypatch.setattr("penstock.settings.load", broken)
    ran = penstock("config", "show")

    assert ran.code == 70
    assert "a fault of ours: KeyError at test_commands.py:" in ran.err
    assert "prompt" not in ran.err


def test_commands_in_messages_work_from_where_they_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "venv" / "bin" / "penstock"
    script.parent.mkdir(parents=True)
    script.write_text("")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["venv/bin/penstock", "run"])
    hint = "penstock: damaged; run `penstock ledger verify`, or: penstock doctor"

    monkeypatch.setenv("PATH", "/usr/bin")
    ours = "penstock: damaged; run `venv/bin/penstock ledger verify`, or: venv/bin/penstock doctor"
    assert as_run(hint) == ours
    monkeypatch.setattr("sys.argv", [str(script), "run"])
    assert as_run(hint) == ours
    monkeypatch.setenv("PATH", f"/usr/bin:{script.parent}")
    assert as_run(hint) == hint


def test_commands_in_messages_are_about_the_settings_that_were_named(
    penstock: Command, tmp_path: Path
) -> None:
    ours = tmp_path / "of ours" / "acme.yaml"
    ours.parent.mkdir()
    ours.write_text(f"state: {tmp_path / 'other'}\ndetection: {{names: false}}\n")
    named = f"--config '{ours}'"
    checks = {c["name"]: c for c in penstock("doctor", "--json", "-c", ours).json["checks"]}

    remedy = f"penstock ca install {named}, or per program: penstock ca env {named}"
    assert checks["ca trust"]["remedy"] == remedy
    assert f"penstock ledger stats {named}" in as_run("see: `penstock ledger stats`")
    assert as_run("see: penstock scan --help") == "see: penstock scan --help"
    assert as_run("see: penstock policy schema") == "see: penstock policy schema"
    err = penstock("ledger", "hold", "--config", ours).err
    assert err.endswith("; see: penstock ledger hold --help\n")

    penstock("config", "show")
    assert as_run("penstock ledger verify") == "penstock ledger verify"


def test_the_commands_that_take_no_settings_are_known(penstock: Command) -> None:
    groups = {name[:-1] for name in every_command()}
    without = {
        " ".join(name)
        for name in every_command()
        if name not in groups and "--config" not in penstock(*name, "--help").out
    }
    assert without == set(WITHOUT_SETTINGS)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("ledger", "holds"), "penstock ledger hold --help"),
        (("reidentify", "list"), "penstock reidentify ask --help"),
        (("case", "list"), "penstock case open"),
        (("fingerprint", "list"), "penstock fingerprint add --help"),
    ],
)
def test_where_there_is_nothing_it_is_said(
    penstock: Command, command: tuple[str, ...], said: str
) -> None:
    ran = penstock(*command)
    assert ran.out == ""
    assert said in ran.err


def test_doctor_says_each_fault_once_and_what_to_do(penstock: Command, state: Path) -> None:
    state.chmod(0o755)
    ran = penstock("doctor", "--json")

    assert ran.code == 1
    wrong = [check for check in ran.json["checks"] if check["verdict"] == "wrong"]
    assert [(check["name"], check["remedy"]) for check in wrong] == [
        ("state", f"run: chmod 700 {state}")
    ]


def test_an_image_gets_the_certificate_and_no_path_of_this_machine(
    penstock: Command, tmp_path: Path
) -> None:
    ran = penstock("ca", "env", "--shell", "dockerfile")

    assert "COPY penstock-ca.pem /usr/local/share/ca-certificates/penstock.crt" in ran.out
    assert "ENV HTTPS_PROXY='http://host.docker.internal:8080'" in ran.out
    assert str(tmp_path) not in ran.out
    assert str(tmp_path) in penstock("ca", "env").out


def test_settings_are_shown_as_they_are_written(penstock: Command) -> None:
    rows = {row["name"]: row["value"] for row in penstock("config", "show", "--json").json}

    assert rows["detection.names"] == "true"


def test_names_cannot_steer_a_terminal() -> None:
    assert printable("a\x1b[31m\nb\u202eé") == r"a\x1b[31m\nb\u202eé"


def test_a_month_to_come_has_no_report(penstock: Command) -> None:
    ran = penstock("report", "9999-11")

    assert ran.code == 2
    assert "9999-11 has not begun" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ledger release nosuch --reason r --by me", "see: penstock ledger holds"),
        ("ledger evidence nosuch --reason r --by me", "see: penstock ledger export"),
        ("case show nosuch", "see: penstock case list"),
        ("reidentify allow nosuch --by me --role dpo", "see: penstock reidentify list"),
    ],
)
def test_what_is_named_and_not_there_is_a_wrong_argument(
    penstock: Command, words: str, said: str
) -> None:
    ran = penstock(*words.split())

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_violation_without_evidence_is_no_success(penstock: Command) -> None:
    with open_ledger(load(None).settings) as ledger:
        asyncio.run(ledger.record(violation(1)))
    ran = penstock("ledger", "evidence", violation(1).id, "--by", "me", "--reason", "r", "--json")

    assert ran.code == 1
    assert ran.json["evidence"] == []
    assert "no evidence is kept of it" in ran.err


def test_reports_and_exports_are_noted_and_a_second_report_names_the_first(
    penstock: Command,
) -> None:
    made = []
    for _ in range(2):
        penstock("ledger", "export", "--format", "csv")
        assert penstock("report", "2026-02", "--out", "here", "--format", "json").code == 0
        made.append(json.loads(Path("here/penstock-2026-02.json").read_text()))
    first, second = made

    assert (first["control"]["supersedes"], second["control"]["supersedes"]) == ("", first["id"])
    with open_ledger(load(None).settings) as ledger:
        acts = ledger.acts("access")
    assert [act["what"] for act in acts] == ["export csv: all time", "report 2026-02: json"] * 2
    assert all(act["by"] for act in acts)
    assert penstock("ledger", "verify").code == 0
