"""Published examples are told from real values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.placeholders import is_placeholder


@pytest.mark.parametrize(
    ("data_class", "example", "real"),
    [
        ("pci.card_number", "4242 4242 4242 4242", "5426179676242941"),
        ("fin.iban", "DE89 3704 0044 0532 0130 00", "DE43823753598684269927"),
        ("pii.national_id.us_ssn", "078-05-1120", "843-36-9346"),
        ("pii.phone", "+1 212 555-0134", "+1 303-632-3167"),
        ("pii.phone", "020 7946 0958", "020 7123 4571"),
        ("pii.ip", "192.0.2.10", "81.20.33.47"),
        ("pii.ip", "8.8.4.4", "8.14.4.9"),
        ("pii.ip", "00-11-22-33-44-55", "00-1b-44-11-3a-b7"),
        ("pii.ip", "2001:db8::1", "2a00:1450:4001::5e"),
        ("pii.ip", "10.0.0.12", "135.212.153.235"),
        ("pii.email", "you@example.com", "colin.barber@libero.it"),
        ("pii.email", "x@mail.acme.test", "erika@kunde-gmbh.de"),
        ("pii.email", "konto@beispiel.de", "konto@beispielhaft.de"),
        ("pii.person", "Max Mustermann", "Max Huber"),
        ("pii.person", "Jane Doe", "Jane Doerr"),
        ("pii.address", "Musterstraße 1, 12345 Musterstadt", "Brunnerstrasse 35"),
    ],
)
def test_an_example_is_known_and_a_value_is_not(data_class: str, example: str, real: str) -> None:
    assert is_placeholder(data_class, example)
    assert not is_placeholder(data_class, real)


@given(st.text(max_size=40), st.sampled_from(["pii.ip", "pii.phone", "pii.email", "secret.x"]))
def test_any_text_may_be_asked_about(value: str, data_class: str) -> None:
    assert is_placeholder(data_class, value) in (True, False)
