"""Settings: what wins, where it came from, and what a wrong one is told."""

from pathlib import Path

import pytest

from penstock.errors import ConfigError
from penstock.settings import load


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "penstock.yaml"
    path.write_text(text)
    return path


def test_later_sources_win_and_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "proxy:\n  listen: 127.0.0.1:1\n  workers: 2\npolicy: strict\n")
    environment = {"PENSTOCK_PROXY__WORKERS": "3", "OTHER": "x"}
    loaded = load(path, environment, {"proxy.listen": "127.0.0.1:9", "proxy.workers": None})

    assert loaded.settings.proxy.listen == "127.0.0.1:9"
    assert loaded.settings.proxy.workers == 3
    rows = {row.name: row.origin for row in loaded.rows()}
    assert rows["proxy.listen"] == "--listen"
    assert rows["proxy.workers"] == "PENSTOCK_PROXY__WORKERS"
    assert rows["policy"] == f"{path}:4"
    assert rows["redis"] == "default"


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    path = write(tmp_path, "policy: mine.yaml\nstate: var\ndetection: {rules: [rules]}\n")
    settings = load(path, {}).settings

    assert settings.policy == str(tmp_path / "mine.yaml")
    assert settings.state == tmp_path / "var"
    assert settings.detection.rules == (tmp_path / "rules",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("proxy: {liten: x}", ":1: unknown setting `proxy.liten` (did you mean `listen`?)"),
        ("proxy:\n  workers: none", ":2: `proxy.workers`: must be a whole number"),
        ("proxy: [", ":1: not YAML"),
        ("facts: 2026-02-30", ":1: a date in it is none: day is out of range"),
        ("proxy: &p {listen: *p}", ":1: an alias in it stands within what it names"),
        ("- a", ":1: settings are a mapping"),
        ("policy: a\npolicy: b", ":2: `policy` is given twice"),
        ("models:\n  m: {model: x}", ":2: `models.m.base_url` is missing"),
        (
            "models:\n  m: {model: x, base_url: host}",
            ":2: `models.m.base_url`: write it as `https://HOST/…`",
        ),
        ("proxy:\n  addresses: {lan: ada}", ":2: `proxy.addresses`: `lan` is no network; write"),
        ("proxy: {user_header: X Y}", ":1: `proxy.user_header`: must be the name of a header"),
        ('reports: {tell: ["smtp://h?to=x"]}', ":1: `reports.tell`: write it as `https://…` or"),
        ('reports: {timestamps: "ftp://x"}', ":1: `reports.timestamps`: write it as `https://"),
    ],
)
def test_a_wrong_file_is_told_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})

    assert str(caught.value).startswith(f"{path}{message}")
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_each_with_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
proxy:
  workers: many
  sources: [lan]
  workers: 3
languag: de
models:
  internal: {base_ulr: "http://x", model: m}
detection:
  dictionaries:
    - {file: a.txt}
    - {file: b.txt, case: maybe}
accounts: {domains: [x]}
reports: {formats: [docx]}
""",
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {"PENSTOCK_REDIS": "http://x"})

    assert str(caught.value).splitlines() == [
        "PENSTOCK_REDIS: `redis`: write it as `redis://HOST:6379/0`",
        f"{path}:3: `proxy.sources`: `lan` is no network; write it as `10.0.0.0/8`",
        f"{path}:4: `proxy.workers` is given twice",
        f"{path}:5: unknown setting `languag` (did you mean `language`?)",
        f"{path}:7: unknown setting `models.internal.base_ulr` (did you mean `base_url`?)",
        f"{path}:11: `detection.dictionaries.2.case`: must be `true` or `false`",
        f"{path}:12: unknown setting `accounts.domains`; there are corporate, restrict",
        f"{path}:13: `reports.formats.1`: must be 'html', 'pdf', 'csv', 'xlsx', 'json' or 'focus'",
    ]


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^PENSTOCK_PROXY__LISTN: unknown setting"):
        load(None, {"PENSTOCK_PROXY__LISTN": "x"})
    with pytest.raises(ConfigError, match=r"^PENSTOCK_STATE__X: `state` is not a section$"):
        load(None, {"PENSTOCK_STATE": "/x", "PENSTOCK_STATE__X": "2"})
    with pytest.raises(ConfigError, match=r"^PENSTOCK_DETECTION__LIMIT_S: .*must be more than 0"):
        load(None, {"PENSTOCK_DETECTION__LIMIT_S": "0"})


def test_what_is_found_wrong_later_names_its_setting_and_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "proxy:\n  users: gone\nmodels:\n  m: {base_url: http://m, model: x}\n"
        "detection:\n  dictionaries:\n    - {file: a.txt}\n    - {file: b.txt}\n",
    )
    located = load(path, {"PENSTOCK_FACTS": "facts.yaml", "PENSTOCK_POLICY": "p.yaml"}).located

    assert located(f"{tmp_path}/gone: no file") == (
        f"{tmp_path}/gone (`proxy.users`, {path}:2): no file"
    )
    assert located(f"{tmp_path}/b.txt: no file") == (
        f"{tmp_path}/b.txt (`detection.dictionaries.2.file`, {path}:8): no file"
    )
    assert located("facts.yaml: no file\n`models.m.model`: unknown") == (
        f"facts.yaml (`facts`, PENSTOCK_FACTS): no file\n{path}:4: `models.m.model`: unknown"
    )
    assert located("p.yaml: no file") == "p.yaml (`policy`, PENSTOCK_POLICY): no file"
    for said in ("facts.yaml:3: wrong", "gone: no file", "`proxy.listen`: taken", "note: this"):
        assert located(said) == said


def test_an_api_key_is_never_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "models: {m: {base_url: 'http://m', model: x, api_key: hush}}")

    assert "hush" not in repr([row for row in load(path, {}).rows()])


def test_the_page_on_settings_says_what_each_is_for() -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.endswith("|  |")] == []
    assert [row.name for row in load(None, {}).rows() if f"| `{row.name}` |" not in page] == []
