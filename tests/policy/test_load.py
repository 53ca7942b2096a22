"""Policy files: what loads, and what a wrong one is told."""

import re
from pathlib import Path

import pytest

from penstock.errors import PolicyError
from policy.load import PACKS, load, parse, unknown_class

GOOD = """\
name: acme
default: allow
rules:
  - id: no-mail
    why: because
    when: {data: [pii.email]}
    then: redact
examples: []
"""


def test_a_good_file_loads_and_is_known_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD)

    loaded = load(str(path))

    assert loaded.policy.name == "acme"
    assert len(loaded.sha256) == 64


@pytest.mark.parametrize("pack", sorted(p.stem for p in PACKS.glob("*.yaml")))
def test_every_shipped_pack_loads(pack: str) -> None:
    assert load(pack).policy.name == pack


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("then: redact", "than: redact"),
            "acme.yaml:7: unknown key `than` (did you mean `then`?)",
        ),
        (("    then: redact\n", ""), "acme.yaml:4: `rules.no-mail.then` is missing"),
        (("then: redact", "then: erase"), "acme.yaml:7: `rules.no-mail.then`: must be 'allow'"),
        (
            ("pii.email", "pii.emial"),
            "acme.yaml:6: unknown data class `pii.emial` (did you mean `pii.email`?)",
        ),
        (
            ("default: allow", "default: allow\ndefault: warn"),
            "acme.yaml:3: `default` is given twice",
        ),
        (("then: redact", "then: redirect"), "acme.yaml:4: `rules.no-mail`: redirects but has"),
        (
            ("examples: []", "examples:\n  - {sent: hi}"),
            "acme.yaml:9: `examples.1.expect` is missing",
        ),
        (("rules:", "rules: ["), "acme.yaml:4: not YAML"),
        (("rules:", "until: 2026-02-30\nrules:"), "acme.yaml:1: a date in it is none: day"),
        (("rules:", "masks: &m {pii: *m}\nrules:"), "acme.yaml:1: an alias in it stands within"),
        (("name: acme", "name: Acme GmbH"), "acme.yaml:1: `name`: must be small letters"),
    ],
)
def test_a_wrong_file_is_told_where_and_what(change: tuple[str, str], message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(GOOD.replace(*change), "acme.yaml")

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_all_mistakes_of_a_file_are_told_each_with_its_line() -> None:
    with pytest.raises(PolicyError) as caught:
        parse(
            """\
name: acme
mode: watch
default: allow
default: warn
masks: {pii.emial: hash}
rules:
  - id: no mail
    why: because
    when: {data: [pii.email, xyz.qqq], min_confidense: 0.5}
    then: redact
  - id: to-nobody
    why: because
    when: {data: [pci.crad_number], min_confidence: 7}
    then: redirect
  - just words
examples: []
colour: red
""",
            "acme.yaml",
        )

    assert str(caught.value).splitlines() == [
        "acme.yaml:2: `mode`: must be 'enforce' or 'monitor'",
        "acme.yaml:4: `default` is given twice",
        "acme.yaml:5: unknown data class `pii.emial` (did you mean `pii.email`?)",
        "acme.yaml:7: `rules.no mail.id`: must be small letters, digits and single hyphens, as "
        "`cards-stay-inside`",
        "acme.yaml:9: unknown data class `xyz.qqq`; classes begin with code, custom, doc, edm, "
        "fin, gdpr10, gdpr9, pci, phi, pii, secret",
        "acme.yaml:9: unknown key `min_confidense` (did you mean `min_confidence`?)",
        "acme.yaml:13: unknown data class `pci.crad_number` (did you mean `pci.card_number`?)",
        "acme.yaml:13: `rules.to-nobody.when.min_confidence`: must be at most 1",
        "acme.yaml:15: `rules.3`: must be a mapping, as `{name: value}`",
        "acme.yaml:17: unknown key `colour`; there are name, mode, default, on_error, "
        "uninspected, masks, rules, examples",
    ]


def test_a_missing_file_or_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.yaml: cannot be read: No such file"):
        load(str(tmp_path / "none.yaml"))
    with pytest.raises(PolicyError, match=r"`defalt` \(did you mean `default`\?\)"):
        load("defalt")


@pytest.mark.parametrize("text", ["", "[]", "3", "- a\n- b"])
def test_something_else_than_a_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match=r"acme\.yaml:1: "):
        parse(text, "acme.yaml")


@pytest.mark.parametrize(
    ("glob", "meant"),
    [
        ("secret", "secret.*"),
        ("secret.", "secret.*"),
        ("secrets.*", "secret.*"),
        ("Secret.*", "secret.*"),
        ("secrets.aws_access_key", "secret.aws_access_key"),
        ("pci", "pci.*"),
        ("pii", "pii.*"),
        ("PII.*", "pii.*"),
        ("doc", "doc.*"),
        ("gdpr9", "gdpr9.*"),
        ("pii.national_id", "pii.national_id.*"),
        ("pii.national_ids.*", "pii.national_id.*"),
        ("pii.emial", "pii.email"),
        ("Pii.Email", "pii.email"),
        ("gpdr9.health", "gdpr9.health"),
    ],
)
def test_a_class_that_nothing_can_report_is_refused_with_what_was_meant(
    glob: str, meant: str
) -> None:
    said = f"unknown data class `{glob}` (did you mean `{meant}`?)"
    assert unknown_class(glob) == said
    assert unknown_class(meant) == ""
    with pytest.raises(PolicyError, match=re.escape(f"acme.yaml:6: {said}")):
        parse(GOOD.replace("pii.email", f"'{glob}'"), "acme.yaml")


@pytest.mark.parametrize(
    "glob",
    ["*", "s*", "secret*", "secret.*", "*.password", "secret.acme_key", "?ii.email", "gdpr*.*",
     "doc.*", "doc.marking.t*", "edm.customers", "pii.national_id.*_pesel", "pii.[ep]*",
     "secret.acme.deep", "code.*", "pii.email.work"],
)  # fmt: skip
def test_a_glob_that_something_may_match_is_let_pass(glob: str) -> None:
    assert unknown_class(glob) == ""
