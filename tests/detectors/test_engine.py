"""The rule engine: what it finds, how it loads, what it refuses, and that both paths agree."""

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import engine as engine_module
from detectors.engine import Engine
from detectors.rule import load_rules, read_rules
from penstock.errors import ConfigError

KEY = "acme_7f3k9q2m5x8w1z4b6n0c2v5h"


@pytest.fixture(scope="module")
def shipped(pytestconfig: pytest.Config) -> Engine:
    assert pytestconfig.cache
    return Engine.load((), pytestconfig.cache.mkdir("rules"))


def rules(text: str) -> Engine:
    return Engine(read_rules(text, "acme.yaml"))


def rule(pattern: str, *more: str, hit: str = "«x»", miss: str = "nothing") -> str:
    lines = [
        "rules:",
        "  - id: custom.thing",
        "    name: a thing",
        f"    pattern: '{pattern}'",
        "    confidence: 0.9",
        f"    hits: ['{hit}']",
        f"    misses: ['{miss}']",
        *(f"    {line}" for line in more),
    ]
    return "\n".join(lines) + "\n"


def found(engine: Engine, text: str) -> list[str]:
    return [text[h.start : h.end] for h in engine.scan(text)]


ACME = rule(r"\bacme_([a-z0-9]{24})\b", hit=f"acme_«{KEY[5:]}»", miss="acme_short")


def test_the_group_is_the_sensitive_part() -> None:
    assert found(rules(ACME), f"--key {KEY}.") == [KEY[5:]]


def test_offsets_count_code_points_after_letters_of_several_bytes() -> None:
    text = f"ключ «日本語» 👩‍💻 {KEY} ü {KEY}"
    hits = rules(ACME).scan(text)
    assert [text[h.start : h.end] for h in hits] == [KEY[5:], KEY[5:]]


def test_a_group_without_a_character_is_nothing_found_even_at_the_end() -> None:
    engine = rules(rule("key=([A-Z]*)", hit="key=«ABC»"))
    assert found(engine, "key=") == found(engine, "key= a") == []


def test_a_lone_surrogate_does_not_move_offsets() -> None:
    text = f"\ud800 ü \udfff {KEY}"
    hits = rules(ACME).scan(text)
    assert [text[h.start : h.end] for h in hits] == [KEY[5:]]


@pytest.mark.parametrize("more", ["", r"anchor: '\bacme_[a-z0-9]{24}'"])
def test_a_word_boundary_at_the_start_also_takes_an_escape(more: str) -> None:
    engine = rules(rule(r"\bacme_[a-z0-9]{24}\b", more, hit=f"«{KEY}»"))
    assert found(engine, rf"\n{KEY} %3D{KEY} x{KEY}") == [KEY, KEY]


def test_neighbours_checks_and_trimming_are_looked_at_per_candidate() -> None:
    text = rule(
        "[a-z]{3}[0-9]{4}[.]*",
        "not_before: 'a-z#'",
        "trim: '.'",
        "check: [luhn]",
        hit="«abc0018»...",
    )
    assert found(rules(text), "abc0018 #abc0018 abc0019 xabc0018 abc0018..") == [
        "abc0018",
        "abc0018",
    ]


def test_neighbours_may_be_letters_of_any_alphabet() -> None:
    text = rule("[a-z]{3}[0-9]{4}", "not_before: 'à-ž'", r"not_after: '\pL'", hit="«abc0018»")
    wanted = ["abc0018", "abc0019"]
    assert found(rules(text), "éabc0017 «abc0018» abc0017ж “abc0019” ìabc0017") == wanted


def test_a_refused_candidate_does_not_hide_the_next_one() -> None:
    engine = rules(rule("([0-9]{4}) [0-9]", "check: [luhn]", hit="«0018» 7"))
    assert found(engine, "1234 0018 0026 0") == ["0018", "0026"]


NEAR = rule(
    "[0-9]{6}",
    "near: {words: {en: [customer, 'account no'], de: ['*nummer']}, before: 20, after: 12}",
    "without: 0.3",
    "unless: {words: [order], before: 10}",
    hit="customer «123456»",
)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("customer 123456", 0.9),
        ("CUSTOMER: 123456", 0.9),
        ("123456 (customer)", 0.9),
        ("account_no=123456", 0.9),
        ("Kundennummer 123456", 0.9),
        ("customers 123456", 0.3),
        ("customer, as said long long ago, 123456", 0.3),
        ("123456", 0.3),
    ],
)
def test_words_nearby_make_a_match_credible(text: str, confidence: float) -> None:
    assert [h.confidence for h in rules(NEAR).scan(text)] == [confidence]


def test_words_nearby_can_speak_against_a_match() -> None:
    assert found(rules(NEAR), "customer order 123456") == []


def test_a_named_value_is_found_however_it_is_assigned() -> None:
    engine = rules(
        """
rules:
  - id: secret.acme
    name: Acme key
    named: ['acme[_. -]?key']
    value: '[0-9a-f]{16}'
    confidence: 0.9
    hits: ['ACME_KEY=«3f9a1c7e5b2d8064»']
    misses: ['ACME_KEY=3f9a1c7e5b2d8064f', 'acme key']
"""
    )
    value = "3f9a1c7e5b2d8064"
    for text in (
        f"export ACME_KEY={value}",
        f'"acmeKey": "{value}",',
        f"acme.key = '{value}'",
        f'const ACME_KEY: &str = "{value}";',
        f"--acme-key {value}",
        f"acme_key => {value}",
        f"<acmeKey>{value}</acmeKey>",
        f'{{"key":"acme_key","value":"{value}"}}',
        f"- name: ACME_KEY\n  value: {value}",
        f'Private Const AcmeKey As String = "{value}"',
        f"our acme key is {value}",
    ):
        assert found(engine, text) == [value], text


def test_an_anchor_finds_what_lies_within_reach_of_it() -> None:
    engine = rules(
        rule("[0-9]{4}", "anchor: pin", "reach: [16, 12]", hit="pin «1234»", miss="1234")
    )
    assert found(engine, "1111 is my pin, not 2222" + " " * 40 + "3333") == ["1111", "2222"]


def test_a_match_in_the_line_that_was_reported_is_looked_for_nowhere_else() -> None:
    row = "anchor: 'end(?:\\n|\\z)'", "reach: [40, 0]", "in_line: true"
    engine = rules(rule("(?:^|\\n)([0-9]{4})", *row, hit="«1234» end"))
    assert found(engine, "1111 no\n2222 the end\n3333 no\n4444 end") == ["2222", "4444"]
    assert found(engine, f"5555 {'x' * 40} end\n") == []  # reach bounds it too


def test_a_long_match_is_not_cut_at_the_edge_of_its_region() -> None:
    engine = rules(rule("key:[a-z]+", "reach: [40, 40]", hit="«key:abc»"))
    text = "x" * 500 + " key:" + "a" * 60 + " " + "y" * 500
    assert found(engine, text) == ["key:" + "a" * 60]


def test_rules_that_look_for_the_same_thing_first_find_each_their_own() -> None:
    one = rule("pin ([0-9]{4})", "anchor: pin", "reach: [8, 12]", hit="pin «1234»")
    other = rule("([a-z]{3}) pin", "anchor: pin", "reach: [8, 12]", hit="«old» pin 12")
    engine = rules(one + other.partition("rules:\n")[2])
    hits = [(h.start, h.end) for h in engine.scan("new pin 4711, new pin 4712")]
    assert hits == [(0, 3), (8, 12), (14, 17), (22, 26)]


@pytest.mark.parametrize("with_hyperscan", [True, False])
def test_a_rule_may_have_several_anchors(with_hyperscan: bool) -> None:
    text = rule("[0-9]{4}", "anchor: [pin, '[Cc]ode']", "reach: [8, 8]", hit="pin «1234»")
    engine = Engine(read_rules(text, "acme.yaml"), with_hyperscan=with_hyperscan)
    assert found(engine, "code 1111, pin 2222; a Code 3333; 4444") == ["1111", "2222", "3333"]


def test_a_rule_without_an_anchor_is_matched_whole_however_wide_it_is() -> None:
    engine = rules(rule(r"\bk-[a-z]{1,40}(?:-[a-z]{1,40}){0,3}\b", hit="«k-ab-cd»"))
    value = "k-" + "-".join(letter * 40 for letter in "abcd")
    assert found(engine, f"{'x ' * 900}{value} {value}") == [value, value]


def test_a_rule_names_its_source_or_has_that_of_its_file() -> None:
    own = rule("x", "source: https://acme.test/own", hit="«x»")
    other = rule("y", hit="«y»").partition("rules:\n")[2]
    (first, second) = read_rules(f"source: RFC 1\n{own}{other}", "acme.yaml")
    assert (first.source, second.source) == ("https://acme.test/own", "RFC 1")


def test_parts_are_put_into_patterns() -> None:
    text = "parts: {digits: '[0-9]{3}', two: '(?&digits)-(?&digits)'}\n" + rule(
        r"\b(?&two)\b", hit="«123-456»"
    )
    assert found(rules(text), "call 555-666 now") == ["555-666"]


def test_lists_of_words_are_put_among_those_of_rules() -> None:
    unless = "near: {words: ['(?&key)']}\n    unless: {words: [sample, '(?&open)']}"
    text = "words: {key: [key, pin], open: [public, shown]}\n" + rule(
        "[0-9]{3}", unless, hit="pin «123»", miss="shown key 123"
    )
    assert found(rules(text), "key 555, public key 666\n" + 60 * "." + "pin 777") == ["555", "777"]


# ── loading ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (rule("a++b"), 4, "bad repetition operator: ++"),
        (rule("(?=a)b"), 4, "(?=: there is no lookaround"),
        (rule(r"(a)\1"), 4, "there are no back-references"),
        (rule("x{2000}"), 4, "1000 at most"),
        (rule("(x{1,500}y){1,500}"), 4, "custom.thing"),
        (rule("y"), 6, "finds nothing in its hit"),
        (rule("y").replace("['«x»']", "\n    - «y»\n    - «x»"), 8, "its hit `«x»`"),
        (rule("x*"), 4, "it also matches nothing at all"),
        (rule("x", miss="an x"), 7, "in its miss"),
        (rule("x", "keyword: x"), 8, "unknown key"),
        (rule("x", "check: [lune]"), 8, "unknown check `lune`"),
        (rule("x", "check: ['stdnum:zz.top']"), 8, "zz.top"),
        (rule("x", "without: 0.2"), 8, "near"),
        (rule("x", "near: {words: ['*']}"), 8, "word"),
        (rule("x", hit="x"), 6, "«"),
        (rule("(?&nobody)"), 4, "nobody"),
        ("parts: {a: b}\n" + rule("(?&nobody)"), 5, "no part `nobody`"),
        (rule("x", "unless: {words: ['(?&nobody)']}"), 8, "no list `nobody`"),
        (rule("x").replace("custom.thing", "Custom"), 2, "no data class; write it as `secret."),
        (rule("x").replace("custom.thing", "foo.x"), 2, "nothing reports `foo.x`; begin it with"),
        (rule("x", "name: b"), 8, "`name` is given twice"),
        (rule("x", "near: {words: [a], after: 1, words: [b]}"), 8, "`words` is given twice"),
        ("rules: []\n", 1, "rules"),
        ("rules: &a\n  - id: *a\n", 1, "an alias in it stands within what it names"),
        ("rules:\n  - id: x.y\n    name: [\n", 4, "expected"),
        ("", 1, ""),
    ],
)
def test_a_faulty_rule_stops_the_load_and_names_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        rules(text)
    assert str(raised.value).startswith(f"acme.yaml:{line}: ")
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_directory_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such directory"):
        load_rules([tmp_path / "none"])
    with pytest.raises(ConfigError, match=r"n{300}: "):
        load_rules([tmp_path / ("n" * 300)])


def test_rules_of_ones_own_load_beside_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "one.yaml").write_text(rule(r"\bx\b", hit="«x»"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "acme.yaml").write_text(ACME)
    monkeypatch.setattr(engine_module, "SHIPPED", tmp_path / "shipped")
    engine = Engine.load([tmp_path / "own"], tmp_path / "cache")
    assert found(engine, f"x {KEY}") == ["x", KEY[5:]]


def test_the_compiled_rules_are_kept_and_loaded_again(tmp_path: Path) -> None:
    own = read_rules(ACME, "acme.yaml")
    Engine(own, tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_ino
    assert found(Engine(own, tmp_path), KEY) == [KEY[5:]]
    assert kept.stat().st_ino == before


@pytest.mark.parametrize("damage", [b"", b"junk", b"\0" * 5000])
def test_a_damaged_cache_is_built_anew(tmp_path: Path, damage: bytes) -> None:
    own = read_rules(ACME, "acme.yaml")
    Engine(own, tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage or whole[: len(whole) // 2])
    assert found(Engine(own, tmp_path), KEY) == [KEY[5:]]
    assert kept.read_bytes() == whole


def test_a_changed_rule_is_another_cache(tmp_path: Path) -> None:
    Engine(read_rules(ACME, "acme.yaml"), tmp_path)
    Engine(read_rules(ACME.replace("0.9", "0.8"), "acme.yaml"), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_place_for_the_cache_rules_load_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    engine = Engine(read_rules(ACME, "acme.yaml"), tmp_path / "file" / "cache")
    assert found(engine, KEY) == [KEY[5:]]
    assert "compiled at every start" in capsys.readouterr().err


# ── running ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_text_is_scanned_once() -> None:
    engine = rules(ACME)
    text = f"{KEY} and so on"
    assert engine.scan(text) is engine.scan(text)


def test_a_forked_child_scans_like_its_parent() -> None:
    engine = rules(ACME)
    assert found(engine, KEY) == [KEY[5:]]
    child = os.fork()
    if child == 0:
        os._exit(0 if found(engine, f"x {KEY}") == [KEY[5:]] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_scan_at_the_same_time() -> None:
    engine = rules(ACME)
    results: list[bool] = []

    def scan(i: int) -> None:
        text = f"{i} " * 2000 + KEY
        results.extend(found(engine, text) == [KEY[5:]] for _ in range(20))

    threads = [threading.Thread(target=scan, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 80


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_every_rule_bears_any_text(shipped: Engine, text: str) -> None:
    for hit in shipped.scan(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert 0 < hit.confidence <= 1


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "A1",
        "password is ",
        "key=",
        "token: abcdefghij0123456789 ",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "eyJhbGciOi.",
        "://u:p@",
        "user,password\na,b\n",
        "\u200b",
        "a@b.c ",
        "1 ",
        '"x" + ',
        "ghp_",
        "пароль ",
    ],
)
def test_cost_grows_in_line_with_the_text(shipped: Engine, unit: str) -> None:
    def cost(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        shipped.scan_once(text)
        return time.process_time() - start

    cost(20_000)  # expressions are compiled on first use
    small, large = min(cost(50_000) for _ in range(3)), cost(400_000)
    assert large < 24 * small + 0.1
