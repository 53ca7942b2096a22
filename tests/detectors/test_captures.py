"""Groups found apart from the match are those that RE2 finds in one go; a gate loses nothing."""

import time

import pytest
import re2

from detectors import captures
from detectors.captures import Gate, Parts, parts, with_groups
from detectors.rule import MARKED, SHIPPED, Rule, in_bytes, load_rules
from detectors.searching import Search, searching
from detectors.width import loosened

TEXTS = (
    "the password, as of now, is x=1 and is Fjord-27, pass is is Walnut.1976@ to",
    "пароль это «Bishop.2051$», mot de passe: est c'est Cxs46J3F0xAJ; password.x is é9",
    "password = a.b is c\npassword's not.\npassword is\n\npass: is … is “Leon@Thunder21”",
    "password|to|is|Rocket_4111# passwordpassword is is: is= =x1 was 'm9'",
)


def compiled(expression: str, bytewise: bool) -> object:
    options = re2.Options()
    options.max_mem = 32 << 20
    if bytewise:
        options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(expression.encode(), options)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for expressions so small that it would not pay."""
    monkeypatch.setattr(captures, "LARGE", 0)


def all_of(search: Search, data: bytes) -> list[object]:
    found: list[object] = []
    at = 0
    while at < len(data) and (spans := search(data, at, len(data)))[0][0] >= 0:
        found.append(list(spans))
        at = max(at + 1, spans[0][1] - 3)
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(?i)ab(?:c[^x]*?)(d|e)", Parts("(?i)abc", "(?i)[^x]*?", "(?i)(d|e)")),
        ("(?i:ab)c{0,3}?(?:d(e))", Parts("(?i:ab)", "c{0,3}?", "d(e)")),
        ("a(b).*?c", None),
        ("ab|c.*?(d)", None),
        (".*?(d)", None),
        ("a.*(d)", None),
        ("a.*?", None),
        (r"a(?:b|c.*?(d))\Qx\E", None),
        (r"a\(.*?[(](d)", Parts(r"a\(", ".*?", "[(](d)")),
    ],
)
def test_what_is_in_parts(expression: str, expected: Parts | None) -> None:
    assert parts(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        r"(?i)pass(?:word)?[a-z]{0,5}(?:[^\n.!?]|\.\w)*?(?:[\s,(](?:is|to)|=)\s{0,3}(?:(\S*\d\S*)|(é\S))",
        r"pass.*?(?:is )*?(?P<value>[A-Z]\S+)",
        r"pass[^\n]{3,20}?(.)(s)?",
        r"pass[^\n]{3,20}?(.*)",  # the rest matches where the gap is still too short
        r"pass\w{2,6}?( |\w)",
        r"(?:p|pass|passw)[^=]*?(s|w|=)(\S)",
    ],
)
@pytest.mark.usefixtures("always")
def test_small_expressions_with_much_to_choose_from(expression: str) -> None:
    search = with_groups(expression, compiled)
    plain = searching(compiled(expression, in_bytes(expression)))
    assert search.__class__ is not plain.__class__  # else the two are one
    for text in TEXTS:
        data = text.encode()
        assert all_of(search, data) == all_of(plain, data)


RULES = [r for r in load_rules((SHIPPED,)) if r.id.startswith("secret.") and parts(r.expression)]


@pytest.mark.parametrize("rule", RULES[:: max(1, len(RULES) // 40)], ids=lambda rule: rule.origin)
@pytest.mark.usefixtures("always")
def test_rules_find_the_same_in_parts(rule: Rule) -> None:
    search = with_groups(rule.expression, compiled)
    plain = searching(compiled(rule.expression, in_bytes(rule.expression)))
    for text in (*TEXTS, *rule.misses, *(MARKED.sub(r"\1", hit) for hit in rule.hits)):
        data = text.encode()
        assert all_of(search, data) == all_of(plain, data)


@pytest.mark.parametrize(
    "part", ["password is ", "password is x=", "password . is 1", "password\n"]
)
def test_a_megabyte_of_what_almost_matches_takes_no_longer_than_in_one_go(part: str) -> None:
    rule = next(r for r in RULES if r.name == "Password said in a sentence")
    search = with_groups(rule.expression, compiled)
    plain = searching(compiled(rule.expression, in_bytes(rule.expression)))
    data = (part * (1_000_000 // len(part))).encode()

    def cpu_s(some: Search) -> float:
        start = time.process_time()
        for at in range(0, len(data), 300):
            some(data, at, min(len(data), at + 300))
        return time.process_time() - start

    cpu_s(search), cpu_s(plain)
    assert cpu_s(search) < 1.5 * cpu_s(plain) + 0.05


@pytest.mark.parametrize(
    ("expression", "looser", "at_least"),
    [
        ("a{3,60}b{0,9}c{2}d{9,}", "a{3,}b*c{2}d{8,}", 67),
        ("(?i)(ab|[^]c]{1,40}){5,9}?", "(?i)(?:ab|[^]c]+){3,}", 90),
        (r"(?P<x>\(a{12}){12}", r"(?:\(a{8,}){3,}", 100),
        ("(?:a+b*c?){0,2}", "(?:a+b*c?){0,2}", 0),
    ],
)
def test_what_is_looser(expression: str, looser: str, at_least: int) -> None:
    found, smaller_by = loosened(expression)
    assert (found, smaller_by >= at_least) == (looser, True)


EVERY = [r for r in load_rules((SHIPPED,)) if loosened(r.expression)[1] >= captures.MUCH]


def test_a_gate_lets_in_all_that_rules_find() -> None:
    assert len(EVERY) > 400
    for rule in EVERY[::6]:
        plain = searching(compiled(rule.expression, in_bytes(rule.expression)))
        for hit in rule.hits:
            data = MARKED.sub(r"\1", hit).encode()
            if plain(data, 0, len(data))[0][0] >= 0:
                assert gate_of(rule.expression).lets(data, 0, len(data)), hit


def test_a_gate_that_stops_nothing_is_asked_no_more() -> None:
    gate = gate_of("a{1,800}=b")
    assert not gate.lets(b"aaa", 0, 3)
    assert [gate.lets(b"aa=b", 0, 4) for _ in range(9)] == [True] * 9
    assert gate.lets(b"aaa", 0, 3)


def test_where_hardly_anything_is_repeated_there_is_no_gate() -> None:
    assert Gate.of("a{1,300}=b", compiled) is None


def gate_of(expression: str) -> Gate:
    gate = Gate.of(expression, compiled)
    assert gate
    return gate
