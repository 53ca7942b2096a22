"""What `penstock scan` says by its exit code to a pipeline that goes on where nothing is found."""

from pathlib import Path

from penstock.unread import NOT_TEXT
from tests.detectors.documents import made
from tests.penstock.conftest import Command


def test_an_archive_that_nobody_can_read_passes_no_gate(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    sealed = made.pdf("x", password="y")
    (tmp_path / "in" / "a.zip").write_bytes(made.zipped({"a.pdf": sealed, "b.txt": b"nothing"}))
    ran = penstock("scan", "in", "--jobs", "1")

    assert ran.code == 3
    assert ran.err.splitlines() == [
        "in/a.zip: not all of it scanned: encrypted (a.pdf in it): remove the password",
        "0 findings in 1 file, 1 of them not scanned, or not all of it: exit code 3",
    ]
    sarif = penstock("scan", "in", "--sarif", "--jobs", "1")
    (invocation,) = sarif.json["runs"][0]["invocations"]
    assert (sarif.code, invocation["executionSuccessful"]) == (3, False)
    (note,) = invocation["toolExecutionNotifications"]
    assert note["level"] == "error"
    assert penstock("scan", "in", "--json", "--jobs", "1").code == 3
    (tmp_path / "in" / "a.zip").write_bytes(sealed)
    alone = penstock("scan", "in", "--jobs", "1").err.splitlines()[0]
    assert alone == "in/a.zip: not scanned: encrypted: remove the password"


def test_pictures_in_a_tree_fail_a_gate_only_where_all_is_to_be_read(
    penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.bin").write_bytes(b"\x89PNG\0\1\2")
    (tmp_path / "in" / "b.zip").write_bytes(made.zipped({"a.bin": b"\0\1", "b.txt": b"nothing"}))
    ran = penstock("scan", "in", "--jobs", "1")

    assert ran.code == 0
    assert ran.err.splitlines()[1:] == [
        f"in/b.zip: not all of it scanned: {NOT_TEXT.replace(':', ' (a.bin in it):', 1)}",
        "0 findings in 2 files, 2 of them not scanned, or not all of it "
        "(no text in what was left out; exit code 3 with --complete)",
    ]
    for form in ((), ("--json",), ("--sarif",)):
        assert penstock("scan", "in", "--complete", *form, "--jobs", "1").code == 3


def test_each_finding_is_called_what_it_is_called_everywhere(
    penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("write to ana.lee@acme-works.com\n")
    (tmp_path / "b.csv").write_text(
        "name,mail,password\nAna Lee,ana.lee@acme-works.com,kV9#mQ2xTz7p\n"
        "Jo Doe,jo.doe@acme-works.com,Wx4!bN8rLq1s\n"
    )
    found = penstock("scan", "a.txt", "b.csv", "--json", "--jobs", "1").json["findings"]
    names = {f["class"]: set() for f in found}  # type: dict[str, set[str]]
    for finding in found:
        names[finding["class"]].add(finding["name"])

    assert names["pii.email"] == {"E-mail address"}
    assert all(name[0].isupper() for several in names.values() for name in several)
    assert any(name.startswith("secret.") for name in names)
