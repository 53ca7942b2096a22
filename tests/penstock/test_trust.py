"""The CA in this machine's own store: installed, told from others, taken out again."""

import os
import shutil
from pathlib import Path

import pytest

from penstock import trust
from penstock.authority import read
from penstock.check import Check
from penstock.settings import load
from tests.penstock.conftest import Command

UPDATE = """#!/bin/sh
cat {store}/*.crt > {bundle} 2>/dev/null
exit 0
"""
"""What the machine's own program comes to: a bundle of what is in the folder."""
DEBIAN = """#!/bin/sh
exec {real} --localcertsdir {store} --etccertsdir {etc} --certsconf {conf} --hooksdir {etc} "$@"
"""


@pytest.fixture
def store(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a machine's store; beside it `bundle`, what its programs trust."""
    folder = tmp_path / "store"
    folder.mkdir()
    command = _command(
        tmp_path, "update-store", UPDATE.format(store=folder, bundle=tmp_path / "bundle")
    )
    at = trust.Store(folder, (command,), (command,))
    monkeypatch.setattr(trust, "STORES", (at,))
    return folder


def _command(folder: Path, name: str, text: str) -> str:
    script = folder / name
    script.write_text(text)
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Settings of another installation."""
    path = tmp_path / "other.yaml"
    path.write_text(f"state: {tmp_path / 'other'}\n")
    return path


def seen(config: Path | None = None) -> Check:
    """What `doctor` says of the trust in the CA of an installation."""
    return trust.check(read(load(config).settings.state))


def test_what_is_installed_can_be_taken_out_again(
    penstock: Command, state: Path, store: Path
) -> None:
    assert seen().verdict == "note"
    for _ in range(2):
        ran = penstock("ca", "install")
        assert (ran.code, ran.out) == (0, "")
        assert f"{store / 'penstock.crt'}: trusted by" in ran.err
        assert "another" not in ran.err
    assert (store.parent / "bundle").read_bytes() == read(state).pem
    assert seen().verdict == "ok"

    ran = penstock("ca", "uninstall")
    assert (ran.code, ran.out) == (0, "")
    assert f"{store / 'penstock.crt'}: removed" in ran.err
    assert list(store.iterdir()) == []
    assert (store.parent / "bundle").read_bytes() == b""
    ran = penstock("ca", "uninstall")
    assert ran.code == 0
    assert "not there" in ran.err
    assert seen().verdict == "note"


def test_the_ca_of_another_installation_is_told_from_this_one(
    penstock: Command,
    state: Path,
    store: Path,
    other: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    penstock("ca", "install")
    ours = read(state)
    monkeypatch.delenv("PENSTOCK_STATE")
    said = seen(other)
    assert said.verdict == "note"
    assert f"the CA of another Penstock, SHA-256 {ours.sha256} in {store}" in said.detail
    assert said.remedy.startswith("penstock ca install replaces it")

    refused = penstock("ca", "uninstall", "-c", other)
    assert refused.code == 3
    assert "nothing was removed" in refused.err
    assert f"sudo rm {store / 'penstock.crt'} && sudo " in refused.err
    assert (store / "penstock.crt").read_bytes() == ours.pem

    ran = penstock("ca", "install", "-c", other)
    assert f"was the CA of another Penstock, SHA-256 {ours.sha256}" in ran.err
    assert (store / "penstock.crt").read_bytes() == read(other.with_suffix("")).pem
    assert seen(other).verdict == "ok"


@pytest.mark.parametrize("content", [b"no certificate", b""])
def test_a_file_that_is_not_ours_stays(penstock: Command, store: Path, content: bytes) -> None:
    theirs = store / "penstock.crt"
    theirs.write_bytes(content)
    for word in ("install", "uninstall"):
        ran = penstock("ca", word)
        assert ran.code == 3
        assert str(theirs) in ran.err
    assert theirs.read_bytes() == content
    assert "something else" in seen().detail


def test_a_program_that_fails_is_said(
    penstock: Command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = _command(tmp_path, "failing", "#!/bin/sh\nexit 7\n")
    monkeypatch.setattr(trust, "STORES", (trust.Store(store, (command,), (command,)),))
    ran = penstock("ca", "install")
    assert ran.code == 3
    assert "failed with exit code 7" in ran.err


def test_where_there_is_no_store_it_is_said_how(
    penstock: Command, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "STORES", ())
    for word in ("install", "uninstall"):
        ran = penstock("ca", word)
        assert ran.code == 0
        assert "no Debian or Red Hat trust store here" in ran.out
        assert "Windows: certutil" in ran.err


@pytest.mark.skipif(shutil.which("update-ca-certificates") is None, reason="no Debian")
def test_debians_own_program_leaves_nothing_behind(
    penstock: Command, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, etc, bin = (tmp_path / name for name in ("store", "etc", "bin"))
    for each in (folder, etc, bin):
        each.mkdir()
    (tmp_path / "conf").write_text("#\n")
    theirs = read(tmp_path / "theirs").pem
    (folder / "theirs.crt").write_bytes(theirs)
    debian = trust.STORES[0]
    real = shutil.which(debian.added[0])
    _command(
        bin,
        debian.added[0],
        DEBIAN.format(real=real, store=folder, etc=etc, conf=tmp_path / "conf"),
    )
    monkeypatch.setenv("PATH", f"{bin}:{os.environ['PATH']}")
    monkeypatch.setattr(trust, "STORES", (trust.Store(folder, debian.added, debian.removed),))
    assert penstock("ca", "install").code == 0
    assert read(state).pem in (etc / "ca-certificates.crt").read_bytes()
    assert (etc / "penstock.pem").exists()

    assert penstock("ca", "uninstall").code == 0
    assert (etc / "ca-certificates.crt").read_bytes() == theirs
    assert {path.resolve().name for path in etc.iterdir() if path.is_symlink()} == {"theirs.crt"}
