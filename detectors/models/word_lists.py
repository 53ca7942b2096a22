"""Names, places and firms of many countries, from Faker's word lists (MIT), for training."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module

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
        people = sorted(set(women + men))
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


def _last(fake: Faker, gender: str) -> str:
    make: Callable[[], str] = getattr(fake, f"last_name_{gender}", fake.last_name)
    return make()
