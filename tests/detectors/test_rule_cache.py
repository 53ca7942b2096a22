"""Compiled rules as they are kept: shipped ones and a company's own apart, for all processes."""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from detectors import engine as engine_module
from detectors import rule_cache
from detectors.engine import Engine, Hit
from detectors.rule import read_rules
from penstock.errors import ConfigError
from tests.detectors.test_engine import ACME, KEY, found, rule

SHIPPED = rule(r"\bx[0-9]\b", hit="«x1»")
WRONG = ACME.replace("misses: ['acme_short']", f"misses:\n    - nothing\n    - {KEY}")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the company's own, beside a small one that is shipped."""
    for directory, text in (("shipped", SHIPPED), ("own", ACME)):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "rules.yaml").write_text(text)
    monkeypatch.setattr(engine_module, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "own" / "rules.yaml"


@pytest.fixture
def cache(own: Path, tmp_path: Path) -> Path:
    """Where the rules of both are compiled."""
    load(own, tmp_path / "cache")
    return tmp_path / "cache"


def load(own: Path, cache: Path) -> Engine:
    return Engine.load([own.parent], cache)


def kept(cache: Path) -> dict[str, int]:
    """Each file, and which one of that name it is."""
    return {path.name: path.stat().st_ino for path in cache.iterdir()}


def test_a_changed_rule_of_ones_own_leaves_the_shipped_ones_compiled(
    own: Path, cache: Path
) -> None:
    before = kept(cache)
    own.write_text(ACME.replace("0.9", "0.8"))
    assert [h.confidence for h in load(own, cache).scan(f"{KEY} x1")] == [0.8, 0.9]
    assert len(before) == 2
    assert before.items() < kept(cache).items()
    assert len(kept(cache)) == 3


def test_the_shipped_rules_alone_are_those_beside_ones_own(own: Path, cache: Path) -> None:
    before = kept(cache)
    assert found(Engine.load((), cache), f"{KEY} x1") == ["x1"]
    assert kept(cache) == before


@pytest.mark.parametrize("with_hyperscan", [True, False])
def test_rules_kept_apart_find_what_they_find_together(with_hyperscan: bool) -> None:
    # the first two look for the same thing first, one of each is about numbers
    anchored = "anchor: pin", "reach: [8, 12]"
    shipped = read_rules(rule("pin ([0-9]{4})", *anchored, hit="pin «1234»"), "a.yaml")
    shipped += read_rules(rule(r"\b[0-9]{9}\b", hit="«123456789»"), "b.yaml")
    own = read_rules(rule("([a-z]{3}) pin", *anchored, hit="«old» pin 12"), "c.yaml")
    own += read_rules(rule(r"\b[0-9]{8,9}\b", hit="«12345678»"), "d.yaml")
    apart = Engine(shipped, own=own, with_hyperscan=with_hyperscan)
    together = Engine((*shipped, *own), with_hyperscan=with_hyperscan)

    def spans(hits: tuple[Hit, ...]) -> list[tuple[str, int, int]]:
        return [(h.rule.origin, h.start, h.end) for h in hits]

    text = f"new pin 4711 é 123456789, 12345678{' word' * 2000} our pin 4712 987654321"
    assert spans(apart.scan(text)) == spans(together.scan(text))
    assert len(apart.scan(text)) == 9


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (rule("x*"), 4, "it also matches nothing at all"),  # says Hyperscan
        (rule("(?=a)b"), 4, "there is no lookaround"),  # says RE2
        (rule("x", "not_after: 'z-a'", hit="«x»"), 8, "z-a"),
        (rule("y"), 6, "finds nothing in its hit"),
        (WRONG, 9, f"finds «{KEY[5:]}» in its miss"),
    ],
)
@pytest.mark.parametrize("part", ["own", "shipped"])
def test_a_faulty_rule_of_either_part_is_named(
    own: Path, cache: Path, part: str, text: str, line: int, says: str
) -> None:
    before = kept(cache)
    path = own.parents[1] / part / "rules.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(own, cache)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert says in str(raised.value)
    assert kept(cache) == before


def test_damage_to_either_part_is_mended(own: Path, cache: Path) -> None:
    for path in sorted(cache.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:100])
        assert found(load(own, cache), f"{KEY} x1") == [KEY[5:], "x1"]
        assert path.read_bytes() == whole


def test_that_nothing_can_be_kept_is_said_once(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert found(load(own, tmp_path / "file" / "cache"), f"{KEY} x1") == [KEY[5:], "x1"]
    assert capsys.readouterr().err.count("compiled at every start") == 1


def test_what_takes_long_is_said_beforehand_and_only_then(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine_module, "MANY", 2)
    (tmp_path / "shipped" / "more.yaml").write_text(SHIPPED)
    for _ in range(2):
        load(own, tmp_path / "cache")
    assert capsys.readouterr().err == (
        "penstock: compiling 2 rules, which takes up to half a minute …\n"
    )


def used(paths: Iterable[Path], days_ago: float) -> None:
    for path in paths:
        os.utime(path, (time.time() - days_ago * 86400,) * 2)


def test_what_nobody_has_used_for_long_goes_when_something_is_written(
    own: Path, cache: Path
) -> None:
    (cache / ".rules-of-one-that-was-killed.hsdb.1").write_text("half")
    (cache / "notes").write_text("of somebody else")
    before = kept(cache)
    used(cache.iterdir(), 40)
    Engine.load((), cache)
    assert kept(cache) == before
    used(cache.iterdir(), 40)  # by a proxy that has run since then, say
    own.write_text(ACME.replace("0.9", "0.8"))
    load(own, cache)
    after = kept(cache)
    gone = before.keys() - after.keys()
    assert ".rules-of-one-that-was-killed.hsdb.1" in gone
    assert len(gone) == 2  # and that of the rule before it was changed
    assert "notes" in after
    assert sum(name.startswith("rules-") for name in after) == 2


def test_what_is_used_stays_however_much_is_tried(
    own: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_cache, "MOST", 3)
    before = kept(cache)
    for confidence in ("0.8", "0.7", "0.6", "0.5"):
        for path in cache.iterdir():
            os.utime(path, (path.stat().st_mtime - 86400,) * 2)
        own.write_text(ACME.replace("0.9", confidence))
        load(own, cache)
    assert len(kept(cache)) == 3
    assert len(before.items() & kept(cache).items()) == 1  # the shipped ones


def test_processes_that_start_together_compile_once(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine_module, "MANY", 1)
    go, ready = os.pipe()
    children = []
    for _ in range(4):
        if (child := os.fork()) == 0:
            os.read(go, 1)  # all of them at once
            code = 1
            with suppress(BaseException):
                code = found(load(own, tmp_path / "cache"), f"{KEY} x1") != [KEY[5:], "x1"]
            os._exit(code)
        children.append(child)
    os.write(ready, b"1234")
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    os.close(go)
    os.close(ready)
    assert capfd.readouterr().err.count("compiling 1 rules") == 2  # the shipped and ones own
    assert len(kept(tmp_path / "cache")) == 2


def test_a_forked_child_and_a_thread_have_both_parts(own: Path, cache: Path) -> None:
    engine = load(own, cache)
    text = f"x1 {KEY}"
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: found(engine, text), range(8))) == [["x1", KEY[5:]]] * 8
    if (child := os.fork()) == 0:
        os._exit(found(engine, text[:]) != ["x1", KEY[5:]])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
