"""Sensitive values in disguise: found whatever they were written as, and only where they stand."""

import base64
import codecs
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import yaml

from detectors import engine
from detectors.base import Match
from detectors.disguise import hidden
from detectors.personal_data import configure, detector
from detectors.rule import SHIPPED
from detectors.secrets import find as find_secrets

VALUES = {
    "card": ("my card number is {} thanks", "4242424242424242", "pci.card_number"),
    "e-mail": ("write to {} please", "jane.doe87@corp-mail.com", "pii.email"),
    "IBAN": ("transfer it to IBAN {} today", "DE43823753598684269927", "fin.iban"),
    "SSN": ("her social security number is {} there", "536-90-4399", "pii.national_id.us_ssn"),
    "AWS key": ("the access key is {} here", "AKIAQYLPMN5HFIQR7XYA", "secret.aws_access_key_id"),
}


def spelled(sign: str) -> Callable[[str], str]:
    return sign.join


def each(write: Callable[[int], str]) -> Callable[[str], str]:
    return lambda value: "".join(write(ord(c)) for c in value)


def inside(sign: str) -> Callable[[str], str]:
    return lambda value: value[:5] + sign + value[5:9] + sign + value[9:]


def encoded(how: Callable[[bytes], bytes]) -> Callable[[str], str]:
    return lambda value: how(value.encode()).decode()


def mapped(table: dict[int, str]) -> Callable[[str], str]:
    return lambda value: value.translate(table)


WIDE = {c: chr(c + 0xFEE0) for c in range(0x21, 0x7F)}
LOOKALIKES = str.maketrans("AEIKMOPCTXaeopcyxi", "АЕІКМОРСТХаеорсухі")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
BOLD = {ord(str(d)): chr(0x1D7CE + d) for d in range(10)}

DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "spaced": spelled(" "),
    "dotted": spelled("."),
    "one to a line": spelled("\n"),
    "zero-width": inside("\u200b"),
    "soft hyphen": inside("\u00ad"),
    "full width": mapped(WIDE),
    "lookalikes": mapped(LOOKALIKES),
    "Arabic digits": mapped(ARABIC),
    "Devanagari digits": mapped(DEVANAGARI),
    "bold digits": mapped(BOLD),
    "HTML, decimal": each(lambda c: f"&#{c};"),
    "HTML, hex": each(lambda c: f"&#x{c:x};"),
    "percent": each(lambda c: f"%{c:02X}"),
    "percent of signs": quote,
    "\\u": each(lambda c: f"\\u{c:04x}"),
    "\\x": each(lambda c: f"\\x{c:02x}"),
    "base64": encoded(base64.b64encode),
    "base64 for URLs": encoded(base64.urlsafe_b64encode),
    "base32": encoded(base64.b32encode),
    "hex": lambda value: value.encode().hex(),
    "hex, spaced": lambda value: value.encode().hex(" "),
    "ROT13": lambda value: codecs.encode(value, "rot13"),
    "reversed": lambda value: value[::-1],
    "data URI": lambda value: f"data:text/plain;base64,{base64.b64encode(value.encode()).decode()}",
    "base64 of hex": lambda value: base64.b64encode(value.encode().hex().encode()).decode(),
    "base64 twice": lambda value: base64.b64encode(base64.b64encode(value.encode())).decode(),
    "HTML of percent": lambda value: html.escape("".join(f"%{ord(c):02X}" for c in value)),
}
NOT_FOUND = {
    # nothing tells a number read backwards from any other, where the words do not say so
    ("card", "reversed"),
}


@pytest.fixture(autouse=True, scope="module")
def _load(pytestconfig: pytest.Config) -> Iterator[None]:
    assert pytestconfig.cache
    engine.load_shared((), pytestconfig.cache.mkdir("rules"))
    configure(names=False)
    yield
    configure()


def found(text: str) -> list[Match]:
    return [m for m in (*find_secrets(text), *detector.find(text)) if m.confidence >= 0.5]


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("value", VALUES)
def test_a_disguised_value_is_found_where_it_stands(value: str, disguise: str) -> None:
    frame, plain, data_class = VALUES[value]
    written = DISGUISES[disguise](plain)
    text = frame.format(written)
    spans = [(m.start, m.end) for m in found(text) if m.data_class == data_class]

    if (value, disguise) in NOT_FOUND:
        assert spans == []
        return
    start = frame.index("{")
    prefix = len("data:text/plain;base64,") if disguise == "data URI" else 0
    ((first, last),) = spans
    assert start <= first <= start + prefix
    assert start + len(written.rstrip("=")) <= last <= start + len(written)


def spellings(expression: str) -> list[str]:
    """What `z[ée]ro` and `eins?` stand for."""
    if letters := re.search(r"\[(\w+)\]", expression):
        return [s for c in letters[1] for s in spellings(expression.replace(letters[0], c))]
    if letter := re.search(r"(\w)\?", expression):
        return [s for c in (letter[1], "") for s in spellings(expression.replace(letter[0], c))]
    return [expression]


def test_every_word_that_the_rule_takes_for_a_digit_is_read_as_one() -> None:
    parts = yaml.safe_load((SHIPPED / "disguises.yaml").read_text("utf-8"))["parts"]
    words = [s for word in parts["digit"][3:-1].split("|") for s in spellings(word)]
    assert len(words) > 90
    for word in words:
        text = f"call: seven eight three {word}, {word} nine seven {word}, four {word} eight three."
        assert [hit.rule.id for hit in engine.shared().scan(text)].count("coded.words") == 1
        list(hidden(text, engine.shared()))  # raises where a word is read as nothing


def test_a_number_read_backwards_is_found_where_the_words_say_so() -> None:
    text = "here it is reversed: 2424242424242424, read it backwards"
    assert [m.data_class for m in found(text)] == ["pci.card_number"]


def test_only_the_part_that_is_sensitive_is_marked_in_an_encoded_sentence() -> None:
    plain = "please write to jane.doe87@corp-mail.com about the offer"
    written = base64.b64encode(plain.encode()).decode()
    ((start, end),) = [(m.start, m.end) for m in found(f"decode {written} for me")]
    inside_of = base64.b64decode(written[(start - 7) // 4 * 4 : -(-(end - 7) // 4) * 4]).decode()
    assert "jane.doe87@corp-mail.com" in inside_of
    assert len(inside_of) <= len("jane.doe87@corp-mail.com") + 4


@pytest.mark.parametrize(
    "text",
    [
        "the numbers 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        "first 41111111\nthen 11111111 units",
        "a.b.c.d.e.f.g.h is a path of one-letter packages",
        "aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw== says hello",
        "48656c6c6f20776f726c642c20686f772061726520796f75",
        "Ｔｏｋｙｏ　２０２６年３月４日",
        "слово word словоword",
        "%E4%BD%A0%E5%A5%BD%2C%20welt",
        "&#8211; dash &#169; 2026",
        "printf(\"\\x1b[31m\\u2713\\x1b[0m\")",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ],
)  # fmt: skip
def test_what_is_encoded_and_harmless_stays_silent(text: str) -> None:
    assert hidden(text, engine.shared()) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "my card is «four two four two, four two four two, four two four two, four two four"
            " two» ok",
            "pci.card_number",
        ),
        ("mein Handy: «null eins sieben null drei neun zwei acht eins sieben vier»", "pii.phone"),
        ("call me on «oh seven seven double oh nine double oh four six one» please", "pii.phone"),
        ("mi cuenta es «dos uno cero cero cuatro uno ocho nueve», gracias", "fin.account"),
        ("carte bancaire «5O18629350109588», merci", "pci.card_number"),
        ("IBAN «DE8937O4OO44O532O13OOO».", "fin.iban"),
        ("IBAN «DE8937O4OO44O532O13OO1».", ""),  # whose check digits are wrong
        ("build «4242ZO42O42O»", ""),
        ("use «o1-2024-12-17» or «gpt-4o-2024-05-13»", ""),
        ("mein Handy: «null eins ſieben null drei neun zwei acht eins sieben vier»", "pii.phone"),
        ("carte «4242 4242\n 4242 4242», merci", "pci.card_number"),
        ("IBAN «NL21ECJL0\n075499395».", "fin.iban"),
        ("count: zero one two three four five six seven eight nine", ""),
        ("the phone has one two three four five six seven eight parts", ""),
    ],
)
def test_digits_in_words_and_misread_ones_are_read(text: str, value: str) -> None:
    start, end = text.find("«"), text.find("»") - 1
    plain = text.replace("«", "").replace("»", "")
    spans = [(m.data_class, m.start, m.end) for m in found(plain) if m.data_class == value]
    assert spans == ([(value, start, end)] if value else [])


@pytest.mark.parametrize("address", ["jürgen@müller.example.de", "info@łódź.example.pl"])
def test_an_address_is_found_whose_letters_alone_are_percent_encoded(address: str) -> None:
    written = quote(address, safe="@")
    assert [m.data_class for m in found(f"<a href='mailto:{written}'>")] == ["pii.email"]


TOKEN = "q7x2m9C4v8b1N6k3J5h0g2F4d8S6a1p9"
GITLAB = "glpat-EJxNtQXEIIxPtVoJioC6"


@pytest.mark.parametrize(
    ("frame", "written"),
    [
        ("the Quill key, letter by letter: {}", " ".join(TOKEN)),
        ("unser API-Schlüssel lautet {}, ohne Leerzeichen", "-".join(TOKEN)),
        ("read it as {} please", "-".join(GITLAB)),
        ("what is {} for?", " ".join(GITLAB)),
        (
            "decode {} please",
            base64.b64encode(f"PORT=8080\nQUILL_TOKEN={TOKEN}\n".encode()).decode(),
        ),
    ],
)
def test_a_secret_is_found_where_it_is_spelled_out_and_a_variable_where_it_is_encoded(
    frame: str, written: str
) -> None:
    start = frame.index("{")
    spans = [(m.start, m.end) for m in found(frame.format(written))]
    assert spans == [(start, start + len(written))]


@pytest.mark.parametrize(
    "text",
    [
        "the keys A B C D E F G H I J K L M N O P Q are for notes",
        "token: o n e w o r d s p e l l e d o u t",
        "next page: " + base64.b64encode(f'{{"page_token": "{TOKEN}"}}'.encode()).decode(),
    ],
)
def test_letters_in_a_row_and_an_encoded_page_number_are_no_secrets(text: str) -> None:
    assert found(text) == []
