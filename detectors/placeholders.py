"""Values that are published as examples and belong to nobody.

Found like all others and marked: a policy decides whether a test card in a prompt matters.

Source: RFC 2606 and 6761 (names), RFC 5737, 3849 and 1918 (addresses), RFC 7042 (MAC); the test
numbers of Stripe, Adyen, PayPal and Braintree; SSA, ITIN and NANPA numbers set aside for fiction;
the IBAN registry's examples; Ofcom's numbers for drama; the public resolvers of Google, Cloudflare,
Quad9 and OpenDNS.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

_PUBLISHED = frozenset(
    tuple(line.split())
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
_NAMES = re.compile(
    r"(?i)(?:max|maxi|erika|marianne|otto|lieschen|moritz|petra)\s(?:mustermann|musterfrau|müller-?"
    r"muster|normalverbraucher|muster)|(?:john|jane|johnny|janie)\s(?:q\.?\s)?(?:doe|smith|public|"
    r"bloggs)|joe\sbloggs|fred\sbloggs|richard\sroe|(?:jean|jeanne)\sdupont|(?:juan|juana)\s"
    r"(?:pérez|perez|nadie)|fulan[oa]\sde\stal|mario\srossi|jan\s(?:jansen|modaal|kowalski|novák)|"
    r"(?:foo|alice|bob)\s(?:bar|example|tester)|test\s(?:user|person|kunde)|ola\snordmann|"
    r"kari\snordmann|john\sappleseed|jan\skowalski"
)
_MAIL = re.compile(
    r"(?i)(?:@|%40|\.)(?:(?:example|ejemplo|exemple|exemplo|esempio|beispiel|voorbeeld|eksempel|exempel|"
    r"esimerkki|przyklad|priklad|primer|primjer|pelda|ornek)\.\w{2,4}|(?:[\w-]+\.)*(?:example|test|invalid|"
    r"localhost|local)|(?:my|your)?(?:domain|company|firma|acme|unternehmen)\.(?:com|de|org|tld)|"
    r"acme\.(?:com|corp)|mail\.test)$|^(?:you|user|name|test|foo|someone|jemand|max\.mustermann|"
    r"erika\.mustermann|john\.?doe|jane\.?doe|email|username|firstname\.lastname|vorname\.nachname)"
    r"@(?:example|domain|company|mail|email|test|gmail|firma|unternehmen)\.\w{2,8}$"
)
_ADDRESS = re.compile(
    r"(?i)muster(?:stra(?:ß|ss)e|weg|gasse|stadt|hausen)|anytown|123 (?:main|fake|any) st"
)


def is_placeholder(data_class: str, value: str) -> bool:
    """Whether `value`, found as `data_class`, is a published example, or an address that means
    something in a private network only."""
    test = _TESTS.get(".".join(data_class.split(".")[:2]))
    return test is not None and test(value)


def _compact(value: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", value).upper()


def _card(value: str) -> bool:
    return ("card", _compact(value)) in _PUBLISHED


def _iban(value: str) -> bool:
    return ("iban", _compact(value)) in _PUBLISHED


def _number(value: str) -> bool:
    number = _compact(value)
    digits = re.sub(r"\D", "", number)
    return ("number", number) in _PUBLISHED or (len(digits) >= 6 and len(set(digits)) == 1)


def _phone(value: str) -> bool:
    """NANPA 555-01XX and Ofcom's numbers for drama."""
    digits = re.sub(r"\D", "", value)
    if re.search(r"55501\d\d$", digits):
        return True
    return bool(re.search(r"(?:7946 ?0|1632 ?960|7700 ?900|1144960)\d{3}$", digits)) or (
        _number(value) or "1234567" in digits
    )


def _machine(value: str) -> bool:
    if not re.fullmatch(r"[0-9a-fA-F:.-]+", value):
        return False
    try:
        address = ip_address(value)
    except ValueError:
        device = value.lower().replace("-", ":")
        return device.startswith(("00:00:5e:00:53", "de:ad:be:ef")) or ("mac", device) in _PUBLISHED
    return not address.is_global or ("ip", address.compressed) in _PUBLISHED


def _mail(value: str) -> bool:
    return bool(_MAIL.search(value))


def _person(value: str) -> bool:
    return bool(_NAMES.fullmatch(value.strip()))


def _address(value: str) -> bool:
    return bool(_ADDRESS.search(value))


_TESTS: dict[str, Callable[[str], bool]] = {
    "pci.card_number": _card,
    "fin.iban": _iban,
    "fin.account": _number,
    "pii.national_id": _number,
    "phi.medical_id": _number,
    "pii.phone": _phone,
    "pii.ip": _machine,
    "pii.email": _mail,
    "pii.person": _person,
    "pii.address": _address,
}
