"""Names, places and firms of many countries, from Faker's word lists (MIT), for training."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from random import Random

from faker import Faker

LOCALES = {
    "en": ("en_US", "en_US", "en_GB", "en_IE", "en_CA", "en_AU", "en_IN", "en_NZ"),
    "de": ("de_DE", "de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_FR", "fr_CA", "fr_CH", "fr_BE"),
    "es": ("es_ES", "es_ES", "es_MX", "es_AR", "es_CO"),
    "it": ("it_IT",),
    "nl": ("nl_NL", "nl_BE"),
    "pl": ("pl_PL",),
    "pt": ("pt_PT", "pt_BR"),
    "sv": ("sv_SE",),
    "da": ("da_DK",),
    "nb": ("no_NO",),
    "nn": ("no_NO",),
    "fi": ("fi_FI",),
    "cs": ("cs_CZ",),
    "sk": ("sk_SK",),
    "ro": ("ro_RO",),
    "hu": ("hu_HU",),
    "hr": ("hr_HR",),
}
FOREIGN = ("tr_TR", "sl_SI", "lt_LT", "lv_LV", "et_EE", "ga_IE", "is_IS", "vi_VN", "id_ID", "de_LU",
           "az_AZ", "uz_UZ", "yo_NG", "ha_NG", "ig_NG", "zu_ZA", "tw_GH", "en_NG", "en_KE", "en_PK",
           "en_TH", "sw", "fr_DZ", "ja_JP", "zh_CN", "es_CL")  # fmt: skip
"""Countries whose people are written about everywhere; Japanese and Chinese names in Latin."""
_ROMANISED = ("ja_JP", "zh_CN")
_COMPOSED = {
    "no_NO": (
        """
        Sol Lang Nord Sør Øst Vest Stein Furu Bjørk Elve Fjell Sand Grøn Kirke Hov Myr Skog Tor
        Hel Rogn Hest Lille Brat Eike Kvern Løv Nes Opp Rød Ski Ul Vold Øver Ny Ber Gul
        """,
        """
        stad berg dal vik haug heim nes land set rud bakken moen lund voll eng sund tveit gård
        ås bø li mo haugen dalen vold
        """,
    ),
    "sv_SE": (
        """
        Lind Berg Sand Ek Björk Söder Väster Öst Norr Sjö Ny Lund Hag Ask Alm Gran Hed Ros Stor
        Dal Ceder Fors Holm Ström Asp Blom
        """,
        """
        ström berg gren qvist lund kvist mark dahl stedt holm blad man ell én wall strand
        """,
    ),
    "da_DK": (
        """
        Kirke Øster Vester Nør Søn Lind Bø Grøn Dam Skov Bjerre Høj Lund Over Strand Kjær Brand
        Ros Møl Ny
        """,
        """
        gaard by borg holm lund bjerg strup toft rup dal skov mark vang kilde
        """,
    ),
    "fi_FI": (
        """
        Kivi Ylä Ala Koivu Haapa Suo Harju Metsä Salmi Pelto Vesi Leppä Kallio Hirvi Karhu Tammi
        Rauta Hieta Uusi Iso Honka Laakso Kuusi Petäjä Vuori Halla Joki Kangas Myllä Riihi Tuomi
        Kettu Sara Väli
        """,
        """
        nen la mäki järvi niemi koski saari lahti salo ranta vuori lampi joki maa kangas oja aho
        virta korpi
        """,
    ),
}
"""Places from whose parts families of the north take their names; Faker knows few of them."""


def person_lists() -> Iterator[tuple[str, set[str]]]:
    """Every list of Faker's about people in the countries we read: its attribute and its words."""
    for locale in sorted({x for group in LOCALES.values() for x in group} | set(FOREIGN)):
        try:
            provider = import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue  # Faker has this country's streets, but no names of its own
        for attribute in dir(provider):
            listed = getattr(provider, attribute)
            if isinstance(listed, tuple | list | dict):
                yield attribute, {str(word) for word in listed}


@dataclass
class Pool:
    """Names of one locale."""

    first: list[str]
    last: list[str]
    city: list[str]
    country: list[str]
    company: list[str]
    address: list[str]
    phone: list[str] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    postcode: list[str] = field(default_factory=list)
    people: list[tuple[str, str, bool]] = field(default_factory=list)
    """First and last name that go together, and whether they are a woman's."""


def pool(locale: str, seed: int, size: int = 1500) -> Pool:
    """The word lists of a locale, in a fixed order."""
    romanised = locale in _ROMANISED
    fake = Faker("en_US" if romanised else locale)
    fake.seed_instance(seed)

    def draw(make: Callable[[], str], n: int) -> list[str]:
        return sorted({make().strip() for _ in range(n)} - {""})

    if romanised:
        names = Faker(locale)
        names.seed_instance(seed)
        pairs = [str(names.romanized_name()).rsplit(" ", 1) for _ in range(size)]
        people = sorted({(p[0], p[1], False) for p in pairs if len(p) == 2})
    else:
        women = [(fake.first_name_female(), _last(fake, "female"), True) for _ in range(size)]
        men = [(fake.first_name_male(), _last(fake, "male"), False) for _ in range(size)]
        people = sorted(set(women + men + _composed(locale, women + men, Random(seed))))
    return Pool(
        first=sorted({first for first, _, _ in people}),
        last=sorted({last for _, last, _ in people}),
        city=draw(fake.city, size),
        country=draw(fake.country, 400),
        company=draw(fake.company, size),
        address=draw(fake.address, size),
        phone=draw(fake.phone_number, 200),
        street=draw(fake.street_address, size),
        postcode=draw(fake.postcode, 300),
        people=people,
    )


def _composed(
    locale: str, known: list[tuple[str, str, bool]], rng: Random
) -> list[tuple[str, str, bool]]:
    """For every third of `known`, somebody with a surname put together from a place's parts."""
    if locale not in _COMPOSED:
        return []
    starts, ends = (parts.split() for parts in _COMPOSED[locale])
    return [
        (first, _blended(rng.choice(starts), rng.choice(ends)), female)
        for first, _, female in known[::3]
    ]


def _blended(start: str, end: str) -> str:
    """`Kivilä`, with the vowel that Finnish wants; no letter three times."""
    if end == "la" and not any(c in "aou" for c in start.lower()):
        end = "lä"
    return start[:-1] + end if start[-2:] == end[:1] * 2 else start + end


def _last(fake: Faker, gender: str) -> str:
    make: Callable[[], str] = getattr(fake, f"last_name_{gender}", fake.last_name)
    return make()
