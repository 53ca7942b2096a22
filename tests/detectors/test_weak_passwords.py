"""Weak passwords that somebody says are theirs, logins written like the one of a URL, PINs."""

import time

import pytest

from detectors.secrets import find
from detectors.validators import named_check


def found(text: str) -> list[tuple[str, str]]:
    return [(m.data_class, text[m.start : m.end]) for m in find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "the admin password is «admin123»",
        "password for jan is «qwertz99»",
        "das WLAN-Passwort ist «giraffe88», glaube ich",
        "le mot de passe de Luc est «soleil44»",
        "hasło Kasi to «panther61»",
        "пароль от сервера — «panther61»",
        "password=«qwertz99»",
        "my password is «ilovemydog»",
        "mein Passwort ist «ichliebedich».",
        "mi contraseña es «odiomitrabajo»",
        "mijn wachtwoord is «ikhouvanjou»",
        "user: postgres password: «postgres»",
        "codice di accesso: «Kx9$mmP2q»",
        "kod dostępu: «Kx9$mmP2q»",
        "tried logging in with jan.kowalski and «Mond-Fisch-77»",
        "accedí con ana y «Mond-Fisch-77»",
        "root:«Mond-Fisch-77»@10.0.3.7",
        "is root:«Tr1cky!Falke_83»@db1.acme.example right?",
    ],
)
def test_a_password_that_somebody_says_is_one_is_found(text: str) -> None:
    value = text.split("«")[1].split("»")[0]
    assert found(text.translate({0xAB: None, 0xBB: None})) == [("secret.password", value)]


@pytest.mark.parametrize(
    "word",
    [
        "Лозинка", "wagwoord", "nenosiri", "পাসওয়ার্ড", "கடவுச்சொல்", "پاس ورڈ", "პაროლი",
        "Գաղտնաբառ", "Құпиясөз", "پسورد", "گذرواژه", "Pasfhocal", "mo phasfhocal", "cyfrinair",
        "fjalëkalimi", "нууц үг", "รหัสผ่าน", "kata laluan",
    ],
)  # fmt: skip
def test_a_password_is_found_after_the_word_of_any_language(word: str) -> None:
    assert found(f"{word}: Mond-Fisch-77") == [("secret.password", "Mond-Fisch-77")]


@pytest.mark.parametrize("text", ["my pin for the vault is 739104", "PIN für den Tresor ist 58213"])
def test_a_pin_of_five_digits_and_more_is_found(text: str) -> None:
    assert found(text) == [("secret.pin", text.split()[-1])]


@pytest.mark.parametrize(
    "text",
    [
        "the password is required",
        "password: string",
        "password=changeme",
        "password=password",
        "password: password123",
        "the default password is moritz22",
        "the password hash is sha512",
        "the password is nevertheless wrong",
        "my password is awesome",
        "mein Passwort ist abgelaufen",
        "le mot de passe est obligatoire",
        "Лозинка: задолжително",
        "wagwoord: vereis",
        "پسورد: الزامی",
        "POSTGRES_USER: postgres\nPOSTGRES_PASSWORD: postgres\n",
        "default login: user: admin password: admin",
        "logging in with ann.lee and her card",
        "mailto:Ann-Lee-77@acme.example",
        "2013-02-26:20130226110144.GA12678@acme.example",
        "redis:7.2-alpine@sha256:ab12",
        "my pin code is 400001",
        "the pin is 6 digits",
    ],
)
def test_what_says_nothing_about_a_password_stays_silent(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("value", "weak", "own"),
    [
        ("qwertz99", True, True),
        ("admin123", True, False),
        ("ilovemydog", True, False),
        ("ichliebedich", True, False),
        ("somewhere", False, False),
        ("nevertheless", False, False),
        ("password12", False, False),
        ("sha512", False, False),
        ("getItem22", False, False),
        ("secretvalue22", False, False),
    ],
)
def test_a_weak_password_is_told_from_a_word(value: str, weak: bool, own: bool) -> None:
    assert named_check("weak_password")(value) is weak
    assert named_check("weak_and_own")(value) is own


@pytest.mark.parametrize(
    "unit", ["my password is iloveyou", "root:a1!@", "my pin for the ", "logging in with a and b "]
)
def test_what_is_repeated_to_take_long_does_not(unit: str) -> None:
    text = (unit * 50_000)[:500_000]
    start = time.process_time()
    for _ in find(text):
        pass
    assert time.process_time() - start < 6
