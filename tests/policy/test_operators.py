"""What stands in place of values, operator by operator, and that nobody can get another's value."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.validators import named_check
from penstock.errors import PolicyError
from penstock.model import Finding, Prompt, Text
from policy.load import parse
from policy.mask import mask, operator
from policy.operators import BACK, NAMES, Masked, apply
from policy.surrogates import surrogate

KEY = b"k" * 32


def masked(name: str, value: str, data_class: str, *texts: str) -> str:
    return apply(name, value, data_class, "LABEL", Masked(KEY, texts))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("placeholder", "a@x.de", "[LABEL_1]"),
        ("class", "a@x.de", "[LABEL]"),
        ("last_four", "4111111111111111", "************1111"),
        ("last_four", "4111 1111 1111 1111", "**** **** **** 1111"),
        ("last_four", "+49 (0) 30 123 4-5", "+** (*) ** *23 4-5"),
        ("last_four", "12345", "***45"),
        ("last_four", "P@$$w0rd!#%&", "********!#%&"),
        ("last_four", "$%&§", "**&§"),
        ("year", "4 July 1985", "1985"),
        ("year", "4.7.85", "[LABEL_1]"),
        ("year", "DE44 1985 2010 7355", "[LABEL_1]"),
        ("year", "11822424507", "[LABEL_1]"),
    ],
)
def test_each_operator_shows_so_much(name: str, value: str, shown: str) -> None:
    assert masked(name, value, "pii.email") == shown


def test_hashes_and_tokens_depend_on_the_key() -> None:
    for name in ("hash", "token"):
        ours = masked(name, "a@x.de", "pii.email")
        assert ours == masked(name, "a@x.de", "pii.email", "other text")
        assert ours != apply(name, "a@x.de", "pii.email", "LABEL", Masked(b"o" * 32, ()))


def test_a_token_is_the_same_in_every_conversation_even_where_it_is_quoted() -> None:
    token = masked("token", "a@x.de", "pii.email")
    assert masked("token", "a@x.de", "pii.email", f"what is {token}?") == token


@given(
    name=st.sampled_from(NAMES),
    values=st.lists(st.text("abc@1234567890-. ", min_size=1, max_size=20), min_size=1, max_size=6),
    written=st.text("[LABEL_123]abc", max_size=40),
)
def test_what_stands_for_a_value_stands_for_no_other(
    name: str, values: list[str], written: str
) -> None:
    some = Masked(KEY, (written, *values))
    shown = {v: apply(name, v, "pii.email", "LABEL", some) for v in values}

    assert shown == {v: apply(name, v, "pii.email", "LABEL", some) for v in values}
    for value, replacement in shown.items():
        if name in BACK:
            assert some.originals[replacement] == value
        if name in ("placeholder", "surrogate"):
            assert replacement not in written
    if name in BACK:
        assert len(set(shown.values())) == len(shown)


@given(st.lists(st.text("ab[EMAIL_1]", min_size=3, max_size=12), min_size=1, max_size=4))
def test_what_was_given_before_is_never_given_for_another_value(values: list[str]) -> None:
    first = Masked(KEY, ())
    given_before = {apply("placeholder", v, "pii.email", "EMAIL", first): v for v in values}
    later = Masked(KEY, (), dict(given_before))
    fresh = apply("placeholder", "a new one", "pii.email", "EMAIL", later)

    assert fresh not in given_before
    for placeholder, value in given_before.items():
        assert apply("placeholder", value, "pii.email", "EMAIL", later) == placeholder


def test_a_value_known_by_its_digest_keeps_its_placeholder() -> None:
    def digest(value: str) -> bytes:
        return value[::-1].encode()

    named = {"[EMAIL_2]": digest("a@x.de").hex()}
    some = Masked(KEY, ("[EMAIL_2] is what you wrote",), {}, named, digest)

    assert apply("placeholder", "b@x.de", "pii.email", "EMAIL", some) != "[EMAIL_2]"
    assert apply("placeholder", "a@x.de", "pii.email", "EMAIL", some) == "[EMAIL_2]"


@given(st.from_regex(r"\A[456][0-9]{3}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}\Z"))
def test_a_card_becomes_one_that_no_issuer_has(card: str) -> None:
    made = surrogate("pci.card_number", card, KEY)
    assert made is not None
    assert made.startswith("9")
    assert named_check("luhn")(made)
    assert re.sub(r"[0-9]", "0", made) == re.sub(r"\d", "0", card)


@pytest.mark.parametrize(
    "iban", ["DE89 3704 0044 0532 0130 00", "NL91ABNA0417164300", "FR1420041010050500013M02606"]
)
def test_an_iban_keeps_country_form_and_check_digits(iban: str) -> None:
    made = surrogate("fin.iban", iban, KEY)
    assert made is not None
    assert made[:2] == iban[:2]
    assert made != iban
    assert int("".join(str(int(c, 36)) for c in re.sub(r"\s", "", made[4:] + made[:4]))) % 97 == 1


@pytest.mark.parametrize(
    ("data_class", "value", "form"),
    [
        ("pii.email", "ann.lee@acme.de", r"[a-z]{8}@example\.com"),
        ("pii.ip", "8.8.4.4", r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}"),
        ("pii.ip", "2a00:1450::5e", r"2001:db8::[0-9a-f]+:[0-9a-f]+"),
        ("pii.ip", "00:1a:2b:3c:4d:5e", r"02(?::[0-9a-f]{2}){5}"),
        ("pii.date_of_birth", "17.08.1958", r"\d\d\.\d\d\.195[78]"),
        ("pii.date_of_birth", "1958-08-17", r"195[78]-\d\d-\d\d"),
        ("pii.phone", "+49 171 2345678", r"\+49 171 2\d{6}"),
        ("pii.national_id.uk_nino", "AB 12 34 56 C", r"[A-Z]{2} \d\d \d\d \d\d [A-Z]"),
    ],
)
def test_a_surrogate_has_the_form_of_its_value(data_class: str, value: str, form: str) -> None:
    made = surrogate(data_class, value, KEY)
    assert made is not None
    assert re.fullmatch(form, made)
    assert made != value


@given(
    st.text(max_size=30),
    st.sampled_from(["pii.ip", "pii.date_of_birth", "fin.iban", "pci.card_number", "pii.x"]),
)
def test_a_surrogate_can_be_asked_for_any_text(value: str, data_class: str) -> None:
    made = surrogate(data_class, value, KEY)
    assert made is None or made == surrogate(data_class, value, KEY)


def test_a_name_has_a_placeholder_where_a_surrogate_is_asked_for() -> None:
    assert masked("surrogate", "Ann Lee", "pii.person") == "[LABEL_1]"


def test_what_a_sentence_adds_to_a_name_stays_in_it() -> None:
    prompt = Prompt((Text("", "user", "call Ann Lee's office"),))
    edits, originals = mask(prompt, [Finding("", 5, 14, "pii.person", "d@1", 0.9, "1")])
    assert [(e.start, e.end, e.replacement) for e in edits] == [(5, 12, "[PERSON_1]")]
    assert originals == {"[PERSON_1]": "Ann Lee"}


def test_the_longest_glob_of_a_policy_decides() -> None:
    prompt = Prompt((Text("", "user", "4111111111111111 a@x.de"),))
    findings = [
        Finding("", 0, 16, "pci.card_number", "d@1", 0.9, "1"),
        Finding("", 17, 23, "pii.email", "d@1", 0.9, "2"),
    ]
    masks = {"*": "class", "pci.card_number": "last_four"}
    edits, originals = mask(prompt, findings, masks=masks, key=KEY)
    assert [e.replacement for e in edits] == ["************1111", "[EMAIL]"]
    assert originals == {}


def test_the_order_of_a_policys_masks_means_nothing() -> None:
    masks = {"pii.em*": "hash", "*.email": "token"}
    turned = dict(reversed(masks.items()))
    assert operator("pii.email", masks) == operator("pii.email", turned) == "hash"


def test_masks_of_unknown_classes_are_refused() -> None:
    text = "name: x\nmasks:\n  pci.card: last_four\nrules: []\nexamples: []\n"
    with pytest.raises(PolicyError, match=r"p\.yaml:3: unknown data class `pci\.card`"):
        parse(text, "p.yaml")
