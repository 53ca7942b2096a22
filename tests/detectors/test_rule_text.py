"""Files of rules as people write and try them."""

import io
import re
from pathlib import Path

import pytest

from detectors import personal_data, secrets
from detectors.__main__ import main as try_rules
from detectors.engine import Engine
from detectors.rule import load_rules, read_rules, repeated
from penstock.errors import ConfigError
from tests.detectors.test_engine import ACME, KEY


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_bytes(b"source: x\nrules:\n  - name: Schl\xfcssel\n")
    with pytest.raises(ConfigError, match=r"acme\.yaml:3: not UTF-8"):
        load_rules([tmp_path])
    (tmp_path / "acme.yaml").unlink()
    (tmp_path / "acme.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"acme\.yaml: cannot be read: Is a directory"):
        load_rules([tmp_path])


def test_rules_are_tried_without_those_that_are_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "acme.yml").write_text(ACME)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"key: {KEY}"))
    assert try_rules([str(tmp_path), "--scan"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("10 34 0.9 custom.thing\n", "1 rule holds\n")
    assert try_rules([str(tmp_path / "none")]) == 3


def test_one_file_is_tried_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.yaml").write_text(ACME)
    (tmp_path / "other.yaml").write_text("rules: 7")
    assert try_rules([str(tmp_path / "acme.yaml")]) == 0
    assert capsys.readouterr().err == "1 rule holds\n"


NUMBER = """\
rules:
  - id: custom.ticket
    name: Ticket
    pattern: '\\b(TKT-[0-9a-f]{8})\\b'
    check: [entropy>=1]
    confidence: 0.9
    hits: ['see «TKT-0a1b2c3d»']
    misses: ['TKT-1']
"""
PATTERN = r"pattern: '\b(TKT-[0-9a-f]{8})\b'"
SURE = "confidence: 0.9"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (PATTERN, r"pattern: '\b(TKT-[0-9a-f{8})\b'", 4, r"\b within `[…]`: a bracket before it"),
        (PATTERN, "pattern: 'TKT-[0-9'", 4, "a bracket is not closed; for the sign itself write"),
        (PATTERN, r"pattern: '(TKT)-\1'", 4, "there are no back-references"),
        (PATTERN, r"pattern: 'TKT-\y'", 4, "there is no such escape"),
        (
            PATTERN,
            r'pattern: "\bTKT\b"',
            4,
            r"has made a backspace from `\b`; write it in single q",
        ),
        (PATTERN, r"anchor: ['a(']" + f"\n    {PATTERN}", 4, "a parenthesis is not closed"),
        (PATTERN, r'pattern: "\d"', 4, "YAML reads `\\` itself; use single ones"),
        (PATTERN, "pattern: TKT: [0-9]{6}", 4, "a value that holds `: ` stands in single quotes"),
        (PATTERN, "pattern: [0-9]", 4, "must be text; write it in single quotes"),
        (PATTERN, "pattern: @TKT", 4, "write the value in single quotes"),
        ("name: Ticket", r'name: "Ticket\n\e[31m"', 3, "must be words on one line, without"),
        ("    pattern", "\tpattern", 4, "a tab, where YAML takes blanks alone"),
        ("pattern", "patern", 4, "unknown key (did you mean `pattern`?)"),
        ("misses", "mises", 8, "unknown key (did you mean `misses`?)"),
        ("rules", "ruels", 1, "unknown key (did you mean `rules`?)"),
        (
            SURE,
            f"{SURE}\n    near: {{wrods: [a]}}",
            7,
            "`near.wrods`: unknown key (did you mean `w",
        ),
        ("entropy>=1", "entrophy>=1", 5, "`entrophy>=1` (did you mean `entropy`?)"),
        ("entropy>=1", "entropy>=x", 5, "a number stands behind `>=`"),
        ("entropy>=1", "entropy", 5, "it is written as `entropy>=3`"),
        ("rules:\n", "", 1, "the file begins with a list; `rules:` is missing"),
        (NUMBER, "# nothing yet", 1, "the file holds nothing; `rules:` is missing"),
        ("  - id", "    id", 1, "must be a list; begin each rule with `- `"),
        (
            "entropy>=1",
            "entropy>=7",
            7,
            "in its hit `see «TKT-0a1b2c3d»`: its check `entropy>=7` re",
        ),
        ("0.9", "0.3", 7, "its `confidence` 0.3 is below 0.5, so it is never reported"),
        (
            SURE,
            f"{SURE}\n    near: {{words: [word]}}",
            8,
            "no word of `near` stands within 60 bytes b",
        ),
        (
            SURE,
            f"{SURE}\n    near: {{words: [word]}}\n    without: 0.2",
            9,
            "its `without` 0.2 (no word",
        ),
        (SURE, f"{SURE}\n    unless: {{words: [see]}}", 8, "a word of `unless` stands within 60 b"),
        (SURE, f"{SURE}\n    not_before: ' '", 8, "a character of `not_before` stands before it"),
        (SURE, f"{SURE}\n    anchor: nowhere", 8, "no `anchor` stands within its `reach`"),
        (SURE, f"{SURE}\n    reach: 4", 8, "its `reach` is too small"),
        ("TKT-[", "TKY-[", 7, "its `pattern` alone, without checks and words, does not match"),
        (
            "entropy>=1",
            "entropy>=7]\n    near: {words: [word]}\n    reach: [90, 40",
            9,
            "its check `entropy>=7` refuses that and no word of `near` stands",
        ),
    ],
)
def test_a_mistake_has_its_line_its_reason_and_a_remedy(
    old: str, new: str, line: int, says: str
) -> None:
    assert old in NUMBER
    Engine(read_rules(NUMBER, "acme.yaml"))
    with pytest.raises(ConfigError) as raised:
        Engine(read_rules(NUMBER.replace(old, new), "acme.yaml"))
    assert str(raised.value).startswith(f"acme.yaml:{line}: ")
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            f"{PATTERN}\n    check: [entropy>=1]",
            "pattern: '(TKT|TKX)-[0-9a-f]{8}'",
            6,
            "finds «TKT» in its hit `see «TKT-0a1b2c3d»`: the first parentheses of its `pattern` "
            "mark what is found; `(?:…)` only groups",
        ),
        ("(TKT-[0-9a-f]{8})", "TK(T|X)-[0-9a-f]{8}", 7, "finds nothing in its hit `see «TKT-0a"),
        ("(TKT-[0-9a-f]{8})", "TK(T|X)-[0-9a-f]{8}", 7, ": the first parentheses of its `pattern`"),
        ("'TKT-1'", "'no TKT-0a1b2c3e'", 8, "finds «TKT-0a1b2c3e» in its miss `no TKT-0a1b2c3e`"),
        ("3d»", "3d» TKT-0a1b2c3e", 7, "finds «TKT-0a1b2c3d», «TKT-0a1b2c3e» in its hit"),
        (
            SURE,
            f"{SURE}\n    near: {{words: [a, se]}}",
            8,
            "stands within 60 bytes before it and `se` counts as a whole word alone, `se*` also "
            "where it goes on",
        ),
        (PATTERN, "named: [tkt]", 4, "`value` is missing, the expression of what `named` is"),
        (PATTERN, "value: '[0-9]'", 4, "`named` is missing, what that is called which is assigned"),
        (PATTERN, "named: [tkt]\n    value: '.*'", 5, "it also matches nothing at all; ask for"),
        (PATTERN, "named: [tkt]\n    pattern: 'a'", 5, "either `pattern`, or `named` and `value`"),
    ],
)
def test_what_a_rule_finds_wrongly_or_lacks_is_said_as_its_file_is_written(
    old: str, new: str, line: int, says: str
) -> None:
    assert old in NUMBER
    with pytest.raises(ConfigError) as raised:
        Engine(read_rules(NUMBER.replace(old, new), "acme.yaml"))
    assert str(raised.value).startswith(f"acme.yaml:{line}: ")
    assert says in str(raised.value)


def test_a_rule_that_stands_twice_is_told() -> None:
    again = NUMBER.removeprefix("rules:\n")
    rules = read_rules(NUMBER + again + again.replace("TKT", "TKX"), "acme.yaml")
    assert list(repeated(rules)) == [
        "acme.yaml:9: `custom.ticket` is the same as acme.yaml:2; remove one of them"
    ]


NAMED = """\
rules:
  - id: secret.acme_unlock
    name: Acme unlock code
    named: ['acme_unlock']
    value: '[A-Z0-9]{4}-[A-Z0-9]{4}'
    confidence: 0.9
    hits: ['ACME_UNLOCK=«7GK2-9QXB»']
    misses: ['ACME_UNLOCK=AAAA']
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (SURE, f"check: [entropy>=7]\n    {SURE}", "its check `entropy>=7` refuses that"),
        (SURE, f"near: {{words: [x]}}\n    {SURE}", "no word of `near` stands within 60 bytes"),
        ("2-9QXB", "2-9qxb", "its `value` alone, without checks and words, does not match that; w"),
        ("2-9QXB", "2_9QXB", "its `value` alone, without checks and words, does not match that"),
        ("«7GK2-9QXB»", "«7GK2-9QXB»77", "a letter or digit follows that"),
        ("['acme_unlock']", "acme_door", "nothing that is called as one of its `named` stands"),
        ("=«", f" {'lost again, ' * 9}«", "too much stands between"),
    ],
)
def test_a_hit_of_an_assignment_that_is_not_found_has_a_reason(
    old: str, new: str, says: str
) -> None:
    assert old in NAMED
    Engine(read_rules(NAMED, "acme.yaml"))
    with pytest.raises(ConfigError) as raised:
        Engine(read_rules(NAMED.replace(old, new), "acme.yaml"))
    assert re.match(r"acme\.yaml:[78]: `secret.acme_unlock` finds nothing in", str(raised.value))
    assert says in str(raised.value)


@pytest.mark.parametrize(
    "data_class", sorted(secrets.detector.data_classes | personal_data.detector.data_classes)
)
def test_a_rule_may_be_of_any_class_that_rules_are_asked_for(data_class: str) -> None:
    own = ACME.replace("custom.thing", data_class.replace("*", "thing"))
    assert [r.id for r in read_rules(own, "acme.yaml")] == [data_class.replace("*", "thing")]
