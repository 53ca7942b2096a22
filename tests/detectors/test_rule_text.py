"""Files of rules as people write and try them."""

import io
from pathlib import Path

import pytest

from detectors import personal_data, secrets
from detectors.__main__ import main as try_rules
from detectors.rule import load_rules, read_rules
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


@pytest.mark.parametrize(
    "data_class", sorted(secrets.detector.data_classes | personal_data.detector.data_classes)
)
def test_a_rule_may_be_of_any_class_that_rules_are_asked_for(data_class: str) -> None:
    own = ACME.replace("custom.thing", data_class.replace("*", "thing"))
    assert [r.id for r in read_rules(own, "acme.yaml")] == [data_class.replace("*", "thing")]
