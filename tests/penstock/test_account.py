"""Who runs a command."""

import os
import pwd
from pathlib import Path

import pytest

from penstock import account

NOBODY = str(2**32 - 1)


@pytest.mark.parametrize(
    ("login", "present", "sudo", "expected"),
    [
        ("1", 0, "2", 1),
        (NOBODY, 0, "2", 2),
        ("", 0, "", 0),
        (NOBODY, 0, "x", 0),
        (NOBODY, 3, "2", 3),  # anybody may set a variable of their own shell
        ("1", 3, "2", 1),
    ],
)
def test_whoever_logged_in_goes_before_sudo_and_that_before_the_present_user(
    login: str,
    present: int,
    sudo: str,
    expected: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = tmp_path / "loginuid"
    kernel.write_text(login)
    monkeypatch.setattr(account, "_LOGIN", kernel)
    monkeypatch.setattr(os, "getuid", lambda: present)
    monkeypatch.setenv("SUDO_UID", sudo)

    assert account.whoever() == pwd.getpwuid(expected).pw_name


def test_a_number_without_a_name_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_LOGIN", Path("/nowhere"))
    monkeypatch.setattr(os, "getuid", lambda: 4000000000)

    assert account.whoever() == "uid 4000000000"
