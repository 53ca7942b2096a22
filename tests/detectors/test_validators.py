"""The checks rules can ask for, against values whose answer is known."""

import random
import re
import time
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rule import SHIPPED, load_rules
from detectors.validators import (
    accounts,
    cards,
    checksums,
    dates,
    identity,
    named_check,
    network,
    numbers,
    passwords,
    phones,
    randomness,
    world,
)

CHECKS = [
    name
    for module in (
        accounts,
        cards,
        checksums,
        dates,
        identity,
        network,
        numbers,
        passwords,
        phones,
        randomness,
        world,
    )
    for name in re.findall(r'@check\("(\w+)"\)', Path(module.__file__).read_text("utf-8"))
]


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("letters_at_random", "qzjw xkvd mphn rtbl", True),
        ("letters_at_random", "this will work only", False),
        ("code_at_random", "7f3ac-91b2e", True),
        ("code_at_random", "8391 2046", True),
        ("code_at_random", "20240501", False),
        ("code_at_random", "page-1234", False),
        ("bytes_at_random", "174,47,154,16,202,193,13,113", True),
        ("bytes_at_random", "1,2,3,4,5,6,7,8", False),
        ("bytes_at_random", "174,47,154,16,202,193,13,301", False),
        ("short_random", "HwQG9PrTJC2T", True),
        ("short_random", "59463a0154b9cc", True),
        ("short_random", "MyPassword12", False),
        ("short_random", "accessToken1", False),
        ("mixed_if_short", "d7hoOdxXZP71LtdN", True),
        ("mixed_if_short", "PKCS1_RSA_PKCS1V5", False),
        ("returned_key", "XJNF85KuZ6JCLVjX2XDSEFAaCRdlup2f", True),
        ("returned_key", "Enter", False),
        ("random", "pt_secret_f609a2a44c62ce7c730a70a33a543f98", True),
        ("random", "my_secret_configurationvariable2for3", False),
        ("password", "anchor.meadow.1234", True),
        ("password", "River#Ember#Lake", True),
        ("password", "C<$pass>.", False),
        ("password", "bayern_hockey_590", True),
        ("password", "OLIVER#1975", True),
        ("password", "RFC-2617", False),
        ("password", "as\\*(Aq", False),
        ("pin", "7094", True),
        ("pin", "2024", False),
        ("pin", "4321", False),
        ("pin", "0000", False),
        ("device_key", "YeC4nmpEugvIpSGH", True),
        ("device_key", "from", False),
        ("strong_password", "33River.Ember", True),
        ("password", "^(?=.*[0-9])(?=.*[a-z]).{8,20}$", False),
        ("password", "$argon2id$v=19$m=65536", False),
        ("password", "^7.0.4", False),
        ("luhn", "4111 1111 1111 1111", True),
        ("luhn", "4111 1111 1111 1112", False),
        ("luhn", "", False),
        ("stdnum:iban", "DE89 3704 0044 0532 0130 00", True),
        ("stdnum:iban", "DE89 3704 0044 0532 0130 01", False),
        ("entropy>=3", "abcdefgh", True),
        ("entropy>=3.1", "abcdefgh", False),
        ("aws_account", "AKIAIOSFODNN7EXAMPLE", True),
        ("aws_account", "AKIA0", False),
        ("jwt", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", True),
        ("jwt", "eyJub25lIjoxfQ.e30.c2ln", False),
        ("base58check", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", True),
        ("base58check", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTj", False),
        ("bech32", "A12UEL5L", True),
        ("bech32", "A12UEL5M", False),
        ("discord_id", "MTAwNDgzMTU5MjY3MzgyNDUxMg.x.y", True),
        ("discord_id", "aGVsbG8gd29ybGQgaGVsbG8.x.y", False),
        ("real", "sk_live_x7Qm2Zt9Lp4vRk8s", True),
        ("real", "sk_live_xxxxxxxxxxxxxxxx", False),
        ("real", "YOUR_API_KEY", False),
        ("real", "${TOKEN}", False),
        ("real", "abcdefghijklmnop", False),
        ("random", "0jhLD3VArO2EKu6xfxRHmX2oSARPO7iEXG78", True),
        ("random", "fedf4287-101e-401a-aee0-13a0d0f46f57", True),
        ("random", "test_view_inheritance", False),
        ("random", "executor-thread-3121", False),
        ("random", "getUserAccessToken123", False),
        ("password", "Rocket_4111#", True),
        ("password", "Puffin@7649", True),
        ("password", "react@18.2.0", False),
        ("password", "$Maple_silver54", True),
        ("password", "$DbPassword2", False),
        ("password", "String!", False),
        ("password", "votre-cle-api", False),
        ("password", "!Ref DbPassword", False),
        ("strong_password", "river-ember-331", True),
        ("strong_password", "River-ember-331", True),
        ("strong_password", "access-token-331", False),
        ("strong_password", "qevbus-Zipko3-mywxad", True),
        ("strong_password", "linux-amd64-debug", False),
        ("prefixed_token", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", False),
        ("password", "user.password", False),
        ("password", "getPassword()", False),
        ("password", "changeme", False),
        ("passphrase", "meadow-maple-canyon-summer", True),
        ("passphrase", "stored in the vault", False),
        ("login_password", "postgres", False),
        ("login_password", "postgres2", False),
        ("login_password", "postgres24", True),
        ("password", "p4ssw0rd", False),
        ("password", "pass#wd", False),
        ("password", "admin:admin1", False),
        ("password", "admin:Fjord71", True),
        ("password", "Uint8Array", False),
        ("strong_password", "buffer-fill@^1.0.0", False),
        ("strong_password", "#local-6989586621679056436", False),
        ("password", "What is the database password?", False),
        ("password", "cd /srv && ls -di .", False),
        ("password", "--passphrase-fd 0", False),
        ("password", "Maple!3 ink2Wq", True),
        ("strong_password", "Fjord&amp;Lake71", True),
        ("strong_password", "&nbsp;JPasswordField1", False),
        ("strong_password", "options?.ignoreProxy", False),
        ("strong_password", "$we_have,0,1", False),
        ("strong_password", "$PATH:/usr/bin:x", False),
        ("strong_password", "$Winter_71x", True),
        ("strong_password", "GSTLSDebug", False),
        ("random", "x.FMapInt32Int32", False),
        ("random", "OneTimeToUint8ArrayEncoder", False),
        ("random", "x.Fq7m2Zt9LpWs4Xb", True),
        ("random", "2a864886f70d010101", False),
        ("random", "_relay_0cae9daa31f7.CfnTag", False),
        ("random", "relay_0cae9daa31f74f61614224102fd5bbca", True),
        ("random", "04" + 64 * "b6", False),
        ("random", "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", False),
        ("not_assignment", "#Server.Port=119", False),
        ("not_assignment", "-dGridFit=2", False),
        ("not_assignment", "#Sommer=Nord", False),
        ("not_port", "59997,host1:59998", False),
        ("not_port", "59997x", True),
        ("not_call", "function(h){if", False),
        ("not_call", "Zt7m(Rp2", False),
        ("not_call", "Zt7m-Rp2", True),
        ("login_password", "oS1xfIkjBA", True),
    ],
)
def test_a_check_knows_good_from_bad(name: str, value: str, holds: bool) -> None:
    assert named_check(name)(value) is holds


@pytest.mark.parametrize("name", ["lunh", "stdnum:zz.top", "entropy", "entropy>=much"])
def test_a_check_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"unknown check|no `zz.top`|could not convert"):
        named_check(name)


@given(st.text(max_size=200))
def test_no_check_ever_raises(value: str) -> None:
    for name in CHECKS:
        assert named_check(name)(value) in (True, False)


ODD = ("", "\ud800", "²²²1234567", "56\u06635/068-54", "3\u06639379", "1" * 5000, "\uff11" * 11)


@pytest.mark.parametrize("value", ODD)
def test_no_check_raises_on_odd_digits(value: str) -> None:
    rules = {check for rule in load_rules((SHIPPED,)) for check in rule.check}
    for name in (*CHECKS, *rules):
        assert named_check(name)(value) in (True, False)


@pytest.mark.parametrize("word", ["password", "passwd", "secret", "word"])
def test_a_long_row_of_words_for_one_is_no_password_and_told_at_once(word: str) -> None:
    login_password = named_check("login_password")
    start = time.process_time()
    assert not login_password(word * 20)
    assert login_password(word * 20 + "x9")
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("es_nass", "28/12345678/40", "28/12345678/41"),
        ("pt_niss", "11234567800", "11234567801"),
        ("ru_snils", "112-233-445 95", "112-233-445 96"),
        ("tw_id", "A123456789", "A123456788"),
        ("hk_id", "G123456(A)", "G123456(9)"),
        ("eg_national", "28506070112345", "28513070112345"),
        ("gh_number", "GHA-123456789-0", "GHA-1234-0"),
        ("pe_identity", "20512333797", "20512333791"),
        ("several_digits", "4111 1111", "0000 0000"),
    ],
)
def test_a_personal_number_is_told_from_a_mistyped_one(name: str, good: str, wrong: str) -> None:
    assert named_check(name)(good)
    assert not named_check(name)(wrong)


@pytest.mark.parametrize("value", ["447-287-892", "447 287 892", "447287892"])
def test_a_number_is_valid_however_people_group_it(value: str) -> None:
    assert named_check("stdnum:pl.regon")(value)


@pytest.mark.parametrize("region", ["US", "CA", "GB", "IM", "DE", "IT", "AR", "BR", "MX", "JP"])
def test_a_number_as_it_is_dialled_at_home_is_one(region: str) -> None:
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        number = phonenumbers.example_number_for_type(region, kind)
        assert number
        home = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert phones.phone(home), home


def test_an_amount_in_millions_is_no_long_telephone_number() -> None:
    assert not phones.long_phone("12 345 678")
    assert phones.long_phone("12 34 56 78")
    assert phones.long_phone("612 345 678")


def test_network_addresses_have_small_numbers() -> None:
    assert not phones.phone("21.234.86.53")
    assert phones.phone("612.34.67.93")


def test_a_month_is_no_telephone_number() -> None:
    assert not phones.phone("2026-01")
    assert phones.phone("2026-0199")


@given(
    st.from_regex(r"\A(?:0|00|1|44|49|54|011|015)?[0-9]{5,11}\Z"), st.sampled_from(phones._REGIONS)
)
def test_what_is_refused_at_once_is_no_number_of_the_region(digits: str, region: str) -> None:
    number = phones._parse(digits, region)
    valid = number is not None and phonenumbers.is_valid_number(number)
    assert phones._plan(region).may_hold(digits) or not valid


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("nz_nhi", "JYE1524", "JYE1525"),
        ("nz_nhi", "ZVB97YX", "ZIB97YX"),
        ("no_pairs", "10.1.2.3", "12.34.56.78"),
        ("not_free", "020 7946 0958", "0800 111 999"),
        ("not_free", "(212) 555-0134", "1-800-555-0199"),
        ("phone", "36.34.30.18", "36.34.30.118"),
        ("birth_number", "7008028840", "9630721479"),
        ("birth_number", "36703177651", "44870199990"),
        ("has_digits", "48-37-81", "1961-09-04"),
        ("has_digits", "2007-20199", "2007-2019"),
        ("personal_number", "1112 22 333", "12 10 1999"),
        ("personal_number", "28 12345678 40", "28 12345678 41"),
    ],
)
def test_a_number_is_told_from_what_looks_like_one(name: str, good: str, wrong: str) -> None:
    holds = named_check(name)
    assert (holds(good), holds(wrong)) == (True, False)


def test_random_digits_are_seldom_a_number_of_a_person() -> None:
    drawn = random.Random(7)
    for digits in (10, 11, 13):
        numbers_drawn = (str(drawn.randrange(10 ** (digits - 1), 10**digits)) for _ in range(3000))
        assert sum(map(identity.birth_number, numbers_drawn)) < 3000 * 0.02


def test_a_number_of_a_county_without_a_name_is_none_and_raises_nothing() -> None:
    assert not named_check("stdnum:cn.ric")("828836198001010750")


def test_a_personal_number_of_any_country_is_found_by_its_length() -> None:
    drawn = random.Random(5)
    everywhere = world._of_countries(None)
    for _ in range(400):
        digits = drawn.choices("0123456789", k=drawn.randint(8, 13))
        digits[:6] = f"{drawn.randint(40, 99)}{drawn.randint(1, 12):02}{drawn.randint(10, 28)}"
        digits.insert(6, drawn.choice(["", "-", "/", " "]))
        number = "".join(digits)
        some = any(holds(number.replace(" ", "")) for holds in everywhere)
        assert world.personal_number(number) == some, number
