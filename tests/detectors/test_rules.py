"""The shipped rules: each file proves itself, with Hyperscan and without, and says enough."""

import re
from pathlib import Path

import pytest

from detectors.engine import Engine
from detectors.rule import MARKED, SHIPPED, Rule, read_rules

FILES = sorted(SHIPPED.glob("*.yaml"))


def rules_of(path: Path) -> tuple[Rule, ...]:
    return read_rules(path.read_text("utf-8"), str(path))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_proves_itself_and_finds_the_same_without_hyperscan(path: Path) -> None:
    rules = rules_of(path)
    fast, slow = Engine(rules), Engine(rules, with_hyperscan=False)  # both run every proof
    texts = [MARKED.sub(r"\1", t) for r in rules for t in (*r.hits, *r.misses)]
    for text in (*texts, "\n".join(texts)):
        hits = [(h.rule.origin, h.start, h.end, h.confidence) for h in fast.scan(text)]
        assert hits == [(h.rule.origin, h.start, h.end, h.confidence) for h in slow.scan(text)]


def test_at_least_250_kinds_of_secrets_are_known() -> None:
    kinds = {rule.id for path in FILES for rule in rules_of(path) if rule.id.startswith("secret.")}
    assert len(kinds) >= 250


def test_rules_that_know_only_a_name_give_way() -> None:
    for path in FILES:
        for rule in rules_of(path):
            if rule.id in ("secret.generic_secret", "secret.password"):
                structured = "netrc" in rule.name or "command line" in rule.name
                structured |= "pgpass" in rule.name
                assert rule.generic or structured, rule.origin


STANDARDS = re.compile(
    r"\b(?:RFC|ISO|ITU|IEEE|ICAO|PCI DSS|CFR|GDPR|WHO|ABA|Unicode|Universal Postal Union|stdnum)\b"
)


def test_every_rule_says_where_its_format_is_documented() -> None:
    for path in FILES:
        for rule in rules_of(path):
            documented = "https://" in rule.source or STANDARDS.search(rule.source)
            assert documented, f"{rule.origin}: `{rule.source}`"
            if rule.id.startswith("secret."):
                assert rule.source.startswith("https://"), rule.origin
