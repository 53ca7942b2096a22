"""`penstock fingerprint` as people run it."""

import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.detectors.fingerprints.samples import CONTRACT, ROUTING, lines
from tests.penstock.conftest import Command

CUSTOMERS = "number,surname,city\nKD-44 1290,Müller,Köln\nKD-44 1291,van der Berg,Den Haag\n"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    folder = tmp_path / "Fleet Control"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "routing.py").write_text(ROUTING)
    (folder / "contract.md").write_text(CONTRACT)
    (folder / "LICENSE").write_text(CONTRACT)
    (folder / "package-lock.json").write_text("{}")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "left.js").write_text(ROUTING)
    return folder


def test_a_tree_is_registered_found_listed_and_removed(penstock: Command, fleet: Path) -> None:
    asked = fleet.parent / "asked.txt"
    asked.write_text(lines(ROUTING, 10, 9))

    added = penstock("fingerprint", "add", fleet)
    assert (added.code, added.out) == (0, "fleet-control: 2 files, 41 lines\n")

    checked = penstock("fingerprint", "check", asked, "--json")
    assert checked.code == 1
    (finding,) = checked.json["findings"]
    assert finding["class"] == "code.proprietary"
    assert finding["source"] == "fleet-control:src/routing.py"
    assert 1 <= finding["line"] < finding["last_line"] <= 9

    (row,) = penstock("fingerprint", "list", "--json").json
    assert (row["name"], row["kind"], row["files"]) == ("fleet-control", "tree", 2)

    (fleet.parent / "contract.md").write_text(CONTRACT * 3)
    assert penstock("fingerprint", "add", fleet.parent / "contract.md").code == 0
    document, tree = sorted(penstock("fingerprint", "list").out.splitlines(), key=len)
    assert re.match(r"contract +document \d+ lines, ", document)
    assert re.match(r"fleet-control +tree +2 files, 41 lines, ", tree)
    assert penstock("fingerprint", "remove", "contract").code == 0

    assert penstock("fingerprint", "remove", "fleet-control").code == 0
    assert penstock("fingerprint", "list", "--json").json == []
    assert penstock("fingerprint", "check", asked).code == 0


def test_a_tree_added_again_takes_the_place_of_the_old_one(penstock: Command, fleet: Path) -> None:
    penstock("fingerprint", "add", fleet)
    (fleet / "src" / "routing.py").unlink()

    penstock("fingerprint", "add", fleet)

    (row,) = penstock("fingerprint", "list", "--json").json
    assert row["files"] == 1


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def test_a_tree_that_takes_the_place_of_another_one_says_so(
    penstock: Command, fleet: Path, tmp_path: Path
) -> None:
    penstock("fingerprint", "add", fleet)
    again = penstock("fingerprint", "add", fleet)
    other = penstock("fingerprint", "add", fleet / "src", "--name", "fleet-control")

    assert "took the place" not in again.err
    assert f"fleet-control: took the place of {fleet}; to have both" in other.err


def test_only_what_git_knows_is_read_of_a_repository(penstock: Command, fleet: Path) -> None:
    git(fleet, "init", "-q")
    untracked = penstock("fingerprint", "add", fleet)
    assert (untracked.code, "git tracks no file in it" in untracked.err) == (3, True)

    git(fleet, "add", "src")
    git(fleet, "commit", "-q", "-m", "one")
    bare = fleet.parent / "bare.git"
    git(fleet.parent, "clone", "-q", "--bare", str(fleet), str(bare))
    empty = fleet.parent / "empty.git"
    git(fleet.parent, "init", "-q", "--bare", str(empty))

    assert penstock("fingerprint", "add", fleet, "--json").json["files"] == 1
    assert penstock("fingerprint", "add", bare, "--json").json["files"] == 1
    assert (
        "git cannot read it: Not a valid object name HEAD"
        in penstock("fingerprint", "add", empty).err
    )


def test_submodules_are_of_the_tree(penstock: Command, fleet: Path, tmp_path: Path) -> None:
    git(fleet, "init", "-q")
    git(fleet, "add", "src")
    git(fleet, "commit", "-q", "-m", "one")
    (outer := tmp_path / "outer").mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "add", str(fleet), "inner")
    (tmp_path / "asked.txt").write_text(lines(ROUTING, 10, 9))

    penstock("fingerprint", "add", outer)

    (finding,) = penstock("fingerprint", "check", "asked.txt", "--json").json["findings"]
    assert finding["source"] == "outer:inner/src/routing.py"


def test_a_bare_repository_names_the_right_files_whatever_they_are_called(
    penstock: Command, tmp_path: Path
) -> None:
    (folder := tmp_path / "odd").mkdir()
    routing = ROUTING.splitlines(keepends=True)
    (folder / "a\nb.py").write_text("".join(routing[:21]))
    (folder / "z.py").write_text("".join(routing[21:]))
    (folder / "link.py").symlink_to("z.py")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    git(tmp_path, "clone", "-q", "--bare", str(folder), str(tmp_path / "odd.git"))
    (tmp_path / "asked.txt").write_text(lines(ROUTING, 24, 11))

    assert penstock("fingerprint", "add", "odd.git", "--json").json["files"] == 2

    (finding,) = penstock("fingerprint", "check", "asked.txt", "--json").json["findings"]
    assert finding["source"] == "odd:z.py"


def test_what_of_an_archive_is_registered_is_told_with_its_member(
    penstock: Command, fleet: Path, tmp_path: Path
) -> None:
    penstock("fingerprint", "add", fleet)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("read.me", "nothing to see here")
        archive.writestr("old/r.py", "x = 1\n\n" + lines(ROUTING, 11, 10) + "\n")

    checked = penstock("fingerprint", "check", "a.zip")

    assert re.match(
        r"a\.zip!old/r\.py:3-12: code\.proprietary: fleet-control:src/routing\.py, ",
        checked.out,
    )
    (finding,) = penstock("fingerprint", "check", "a.zip", "--json").json["findings"]
    assert (finding["member"], finding["line"]) == ("old/r.py", 3)


def test_what_cannot_be_read_is_not_called_free_of_findings(
    penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(32)))

    checked = penstock("fingerprint", "check", "a.bin")

    assert "a.bin: not read: neither text nor a known document" in checked.err
    assert "nothing in it" not in checked.err


def test_a_file_that_is_too_large_is_told(penstock: Command, fleet: Path) -> None:
    with (fleet / "dump.py").open("wb") as dump:
        dump.truncate(21 * 1024 * 1024)

    added = penstock("fingerprint", "add", fleet)

    assert "1 file left out, larger than 20 MB: dump.py" in added.err


@pytest.mark.parametrize(
    "written",
    [
        "-----BEGIN {0}PRIVATE KEY-----\n{1}-----END {0}PRIVATE KEY-----\n",
        "Bag Attributes\n    friendlyName: x\n-----BEGIN {0}PRIVATE KEY-----\n{1}",
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 9\n{1}",
    ],
    ids=["PEM", "half of one", "PuTTY"],
)
def test_a_private_key_is_registered_only_if_asked(
    penstock: Command, fleet: Path, written: str
) -> None:
    body = "".join(f"{hashlib.sha512(bytes([i])).hexdigest()[:64]}\n" for i in range(25))
    kind = "ENCRYPTED "
    (fleet / "deploy.pem").write_text(written.format(kind, body))
    # a program with a key in it is one to register
    within = "KEY =  + written.format(kind, body)[:900] + \n"
    (fleet / "src" / "own.py").write_text(ROUTING.replace("def ", "def own_") + within)
    begins = f"BEGINS = '{written.partition(chr(10))[0].format(kind)}'\n"
    (fleet / "src" / "knows.py").write_text(begins + ROUTING.replace("def ", "def knows_"))

    added = penstock("fingerprint", "add", fleet)

    assert added.out.startswith("fleet-control: 4 files, ")
    assert "1 file left out, private keys" in added.err
    assert "--keys registers them too: deploy.pem" in added.err
    alone = penstock("fingerprint", "add", fleet / "deploy.pem")
    assert (alone.code, "1 file left out, private keys" in alone.err) == (3, True)
    asked = penstock("fingerprint", "add", fleet, "--keys")
    assert asked.out.startswith("fleet-control: 5 files, ")


def test_a_table_is_registered_by_its_columns(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "mail.txt").write_text("Frau Muller aus Köln (kd441290) hat angerufen")

    without = penstock("fingerprint", "add", "customers.csv")
    assert without.code == 3
    assert "which columns? name them by --columns, or in customers.yaml" in without.err

    (tmp_path / "customers.yaml").write_text(
        "columns: [number, surname, city]\nrules: ['number with any 1 of surname, city']\n"
    )
    added = penstock("fingerprint", "add", "customers.csv", "--json").json
    assert (added["rows"], added["rules"]) == (2, ["number with any 1 of surname, city"])

    checked = penstock("fingerprint", "check", "mail.txt", "--json").json
    assert [f["class"] for f in checked["findings"]] == ["edm.customers"]


def test_one_column_alone_is_a_rule(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "mail.txt").write_text("Wer ist kd441290?")

    added = penstock("fingerprint", "add", "customers.csv", "--columns", "number", "--json").json

    assert added["rules"] == ["number"]
    assert penstock("fingerprint", "check", "mail.txt").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("add", "empty", "--columns", "b"), 3, "Is a directory; name a CSV file or a workbook"),
        (("add", "none"), 3, "none: no such file or directory; name what is to be registered"),
        (("add", "empty"), 3, "nothing in it to recognise"),
        (("add", "a.csv", "--columns", "b"), 3, "a.csv:1: no column `b`; there are number"),
        (("add", "a.csv", "--columns", "city", "--rule", "x"), 3, "a.csv: no column `x`"),
        (
            ("add", "a.csv", "--columns", "city", "--rule", "city and numbr"),
            3,
            "a.csv: no column `numbr` (did you mean `number`?); there are number, ",
        ),
        (
            ("add", "a.csv", "--columns", "city", "--rule", "x"),
            3,
            ", of which --columns names city",
        ),
        (
            ("add", "a.csv", "--columns", "city", "--rule", "city and number"),
            3,
            "a.csv: the column `number` of a rule is not registered; name it in --columns too",
        ),
        (("add", "a.csv", "--columns", "city", "--public"), 2, "`--public` is for trees"),
        (("add", "a.csv", "--columns", "city", "--name", "A b"), 3, "give one of a-z, 0-9"),
        (("remove", "x"), 3, "`x` is not registered; nothing is"),
        (("check", "none.txt"), 3, "none.txt: cannot be read: No such file"),
    ],
)
def test_what_is_wrong_is_said(
    penstock: Command, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "a.csv").write_text(CUSTOMERS)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "key").write_bytes(bytes(range(32, 256)) + b"\x01")

    ran = penstock("fingerprint", *arguments)

    assert ran.code == code
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_who_only_asks_where_nothing_is_registered_is_told_where_and_changes_nothing(
    penstock: Command, state: Path, tmp_path: Path, fleet: Path
) -> None:
    (tmp_path / "a.txt").write_text(CONTRACT)
    before = sorted(state.iterdir())

    for command in (("check", "a.txt"), ("list",)):
        ran = penstock("fingerprint", *command)
        assert (ran.code, ran.out) == (0, "")
        said = f"nothing is registered in the state directory {state}; see: "
        assert ran.err.startswith(said)
        assert sorted(state.iterdir()) == before
    penstock("fingerprint", "add", fleet)
    (tmp_path / "a.txt").write_text("of no concern")
    assert penstock("fingerprint", "check", "a.txt").err == "nothing in it is registered\n"
    penstock("fingerprint", "remove", "fleet-control")
    assert penstock("fingerprint", "check", "a.txt").err.startswith(said)


def test_a_wrong_index_is_an_error_that_names_it(
    penstock: Command, state: Path, tmp_path: Path
) -> None:
    (state / "fingerprints").mkdir()
    (state / "fingerprints" / "list.json").write_bytes(b"nothing of the kind")

    for command in (("list",), ("check", "-"), ("remove", "x")):
        ran = penstock("fingerprint", *command)
        assert ran.code == 3
        assert f"{state / 'fingerprints' / 'list.json'}: its checksum is wrong" in ran.err
