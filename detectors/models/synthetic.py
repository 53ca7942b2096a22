"""Sentences of our own for training the name model: prompts, mails, forms, tables, chats, code.

Values come from Faker's word lists (MIT) for 40 locales; templates and inflection rules are ours.
A template marks what it inserts: `{P}` a person's full name, `{F}` first name, `{L}` last name,
`{C}` city, `{N}` country, `{O}` organisation, `{A}` postal address, `{S}` and `{Z}` its street and
postcode; and values that are no names: `{e}` e-mail, `{t}` telephone, `{d}` date, `{n}` number,
`{w}` word, `{p}` product, `{x}` a thing named after somebody, `{z}` a phrase from the corpora
(`{z1}` With one capital,
`{Z1}` With Capitals, `{Z2}` IN CAPITALS). `{P:gen}` inflects.
"""

import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from faker import Faker

from detectors.models.code_lines import code_lines
from detectors.models.inflection import CASES, INFLECTED, inflect
from detectors.models.templates import (
    CODE_WORDS,
    FIELDS,
    HARMLESS,
    HONORIFICS,
    LAYOUTS,
    NAMED_THINGS,
    PRODUCTS,
    SENTENCES,
)

type Span = tuple[int, int, str]
type Sample = tuple[str, list[Span]]

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
FOREIGN = ("tr_TR", "sl_SI", "lt_LT", "lv_LV", "et_EE", "ga_IE", "vi_VN", "id_ID", "de_LU")
LABELS = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "C": "LOCATION", "N": "LOCATION",
          "O": "ORG", "A": "ADDRESS", "S": "ADDRESS", "Z": "ADDRESS"}  # fmt: skip
_SLOT = re.compile(r"\{(\w[12]?)(?::(\w+))?\}")


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


def pool(locale: str, seed: int, size: int = 1500) -> Pool:
    """The word lists of a locale, in a fixed order."""
    fake = Faker(locale)
    fake.seed_instance(seed)

    def draw(make: Callable[[], str], n: int) -> list[str]:
        return sorted({make().strip() for _ in range(n)} - {""})

    return Pool(
        first=draw(fake.first_name, size * 2),
        last=draw(fake.last_name, size * 2),
        city=draw(fake.city, size),
        country=draw(fake.country, 400),
        company=draw(fake.company, size),
        address=draw(fake.address, size),
        phone=draw(fake.phone_number, 200),
        street=draw(fake.street_address, size),
        postcode=draw(fake.postcode, 300),
    )


class Writer:
    """Writes samples in one language after another from a seeded generator."""

    def __init__(self, seed: int, phrases: dict[str, list[str]]) -> None:
        """`phrases`: for each language, short pieces of text without a name."""
        self.random = random.Random(seed)
        self.phrases = phrases
        wanted = sorted({x for group in LOCALES.values() for x in group} | set(FOREIGN))
        self.pools = {locale: pool(locale, seed + i) for i, locale in enumerate(wanted)}

    # ── values ────────────────────────────────────────────────────────────────────────────────

    def pool_for(self, lang: str) -> Pool:
        """A pool of the language, one time in six of another one."""
        if self.random.random() < 1 / 6:
            return self.pools[self.random.choice(sorted(self.pools))]
        return self.pools[self.random.choice(LOCALES[lang])]

    def last(self, source: Pool) -> str:
        """A last name; one in eight is put together from two halves, so none can be learnt."""
        name = self.random.choice(source.last)
        if self.random.random() < 1 / 8:
            other = self.random.choice(source.last)
            if len(name) > 4 and len(other) > 4:
                name = name[: len(name) // 2] + other[len(other) // 2 :].lower()
        if self.random.random() < 0.04:
            name += "-" + self.random.choice(source.last)
        return name

    def person(self, lang: str, case: str) -> str:
        """A full name as people write them."""
        r, source = self.random, self.pool_for(lang)
        first, last = r.choice(source.first), self.last(source)
        if case and lang == "hu":
            return f"{last} {inflect(lang, first, case)}"
        if case and lang == "fi":
            return f"{first} {inflect(lang, last, case)}"
        if case:
            return f"{inflect(lang, first, case)} {inflect(lang, last, case)}"
        if lang == "hu" and r.random() < 0.8:
            return f"{last} {first}"
        kind = r.random()
        if kind < 0.72:
            return f"{first} {last}"
        if kind < 0.77:
            return f"{first} {r.choice(string.ascii_uppercase)}. {last}"
        if kind < 0.81:
            return f"{first} {r.choice(source.first)} {last}"
        if kind < 0.86:
            return f"{last}, {first}"
        if kind < 0.90:
            return f"{first[0]}. {last}"
        if kind < 0.93:
            return f"{last.upper()} {first}"
        if kind < 0.96:
            return f"{first} {last.upper()}"
        return f"{first} {last} {self.last(source)}"

    def address(self, lang: str) -> str:
        """A postal address on one line, mostly."""
        r, source = self.random, self.pool_for(lang)
        kind = r.random()
        if kind < 0.55:
            lines = r.choice(source.address).split("\n")
        else:
            lines = [self.street(lang)]
            if r.random() < 0.3:
                flat = r.choice(["Apt.", "Suite", "Flat", "Unit", "Top", "Stg.", "m."])
                lines.append(f"{flat} {r.randint(1, 999)}")
            place = [r.choice(source.city), r.choice(source.postcode)]
            if r.random() < 0.5:
                place.reverse()
            lines.append(" ".join(place[: r.choice([1, 2, 2, 2])]))
            if r.random() < 0.35:
                country = r.choice(source.country)
                lines.append(
                    country if r.random() < 0.5 else f"{country} {r.choice(source.postcode)}"
                )
        lines = [line.strip(" ,") for line in lines]
        return r.choice([", ", ", ", ", ", " ", "\n", "\n  "]).join(lines)

    def street(self, lang: str) -> str:
        """Street and number, sometimes with one more number or a box."""
        r, source = self.random, self.pool_for(lang)
        text = r.choice(source.street).replace("\n", " ")
        kind = r.random()
        if kind < 0.08:
            text = f"{r.randint(1, 99999)} {text}"
        elif kind < 0.11:
            text = f"P.O. Box {r.randint(1, 9999)}"
        return text

    def organisation(self, lang: str) -> str:
        """A company."""
        return self.random.choice(self.pool_for(lang).company)

    def value(self, kind: str, case: str, lang: str) -> str:
        """What fills a slot. One name in six is in a case the sentence does not ask for."""
        r = self.random
        if not case and kind in "PFL" and lang in INFLECTED and r.random() < 1 / 6:
            case = r.choice(CASES)
        match kind:
            case "P":
                return self.person(lang, case)
            case "F":
                name = r.choice(self.pool_for(lang).first)
                return inflect(lang, name, case) if case else name
            case "L":
                name = self.last(self.pool_for(lang))
                return inflect(lang, name, case) if case else name
            case "C":
                return r.choice(self.pool_for(lang).city)
            case "N":
                return r.choice(self.pools[r.choice(LOCALES[lang])].country)
            case "O":
                return self.organisation(lang)
            case "A":
                return self.address(lang)
            case "S":
                return self.street(lang)
            case "Z":
                return r.choice(self.pool_for(lang).postcode)
            case "H":
                return r.choice(HONORIFICS[lang])
            case _:
                return self.filler(kind, lang)

    def filler(self, kind: str, lang: str) -> str:
        """A value that is not a name."""
        r = self.random
        source = self.pool_for(lang)
        match kind:
            case "e":
                first, last = r.choice(source.first).lower(), r.choice(source.last).lower()
                at = r.choice(
                    ["gmail.com", "gmx.de", "acme.example", "corp.internal", "outlook.com"]
                )
                return re.sub(r"[^\w.@]", "", f"{first}{r.choice(['.', '_', ''])}{last}@{at}")
            case "t":
                return r.choice(source.phone)
            case "d":
                day, month, year = r.randint(1, 28), r.randint(1, 12), r.randint(1935, 2027)
                shapes = ["{:02}.{:02}.{}", "{:02}-{:02}-{}", "{}/{}/{}", "{2}-{1:02}-{0:02}"]
                return r.choice(shapes).format(day, month, year)
            case "i":
                return "".join(r.choice(string.ascii_uppercase) for _ in range(2)) + "".join(
                    r.choice(string.digits) for _ in range(r.randint(14, 24))
                )
            case "n":
                return r.choice(["{}", "#{}", "A{}", "INC{}", "{}-7", "P{}"]).format(
                    r.randint(10, 10 ** r.randint(2, 10))
                )
            case "p":
                return r.choice(PRODUCTS)
            case "x":
                return r.choice(NAMED_THINGS)
            case "z":
                return r.choice(self.phrases[lang])
            case "z1":
                phrase = r.choice(self.phrases[lang])
                return phrase[0].upper() + phrase[1:]
            case "Z1":
                return r.choice(self.phrases[lang]).title()
            case "Z2":
                return r.choice(self.phrases[lang]).upper()
            case "w" if r.random() < 0.3:
                return r.choice(self.phrases[lang])
            case _:
                return r.choice(CODE_WORDS)

    # ── samples ───────────────────────────────────────────────────────────────────────────────

    def fill(self, template: str, lang: str) -> Sample:
        """A template with its slots filled, and the spans of the names in it."""
        text, spans, at = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[at : slot.start()]
            kind = slot[1]
            filled = self.value(kind, slot[2] or "", lang)
            if kind in LABELS:
                spans.append((len(text), len(text) + len(filled), LABELS[kind]))
            text += filled
            at = slot.end()
        return text + template[at:], spans

    def sentence(self, lang: str) -> Sample:
        """One of the language's own sentences."""
        return self.fill(self.random.choice(SENTENCES[lang]), lang)

    def form(self, lang: str) -> Sample:
        """Fields with values, in one of many layouts; some fields name nobody."""
        r = self.random
        fields = list(FIELDS[lang].items())
        if lang != "en" and r.random() < 0.1:
            fields = list(FIELDS["en"].items())
        chosen = r.sample(fields, r.randint(2, min(7, len(fields))))
        layout = r.choice(LAYOUTS)
        rows = [layout.row.format(r.choice(names), "{" + slot + "}") for slot, names in chosen]
        return self.fill(layout.before + layout.between.join(rows) + layout.after, lang)

    def table(self, lang: str) -> Sample:
        """Rows of names with values: CSV, tabs, pipes, bullet points, a chat log."""
        r = self.random
        slots = [
            "P",
            *r.sample(["C", "e", "t", "d", "n", "A", "S", "Z", "O", "i", "w"], r.randint(1, 3)),
        ]
        if r.random() < 0.5:
            r.shuffle(slots)
        between = r.choice([";", ",", "\t", " | ", ", ", " - "])
        start = r.choice(["", "", "- ", "* ", "| ", "[{h}] ", "1. "])
        head = ""
        if r.random() < 0.6:
            names = [r.choice(FIELDS[lang].get(s, [r.choice(CODE_WORDS)])) for s in slots]
            head = between.join(names) + "\n"
        row = start.replace("{h}", f"{r.randint(8, 19)}:{r.randint(10, 59)}")
        if r.random() < 0.2:
            row += '{"name": "{P}", "' + r.choice(CODE_WORDS) + '": "{' + r.choice("etn") + '}"}'
        elif r.random() < 0.2:
            row += "{P}: " + between.join("{" + s + "}" for s in slots if s not in "PA")
        else:
            row += between.join("{" + s + "}" for s in slots if s != "A" or between != ",")
        return self.fill(head + "\n".join([row] * r.randint(1, 6)), lang)

    def harmless(self, lang: str) -> Sample:
        """Text without a name that looks as if it had one: products, eponyms, code, logs, ids."""
        r = self.random
        kind = r.random()
        if kind < 0.35:
            return self.fill(r.choice(HARMLESS[lang]), lang)
        if kind < 0.7:
            return self.fill(r.choice(HARMLESS["en"]), r.choice([lang, "en"]))
        if kind < 0.85:
            return code_lines(r), []
        words = [r.choice([*CODE_WORDS, *PRODUCTS, *NAMED_THINGS]) for _ in range(r.randint(2, 9))]
        return r.choice([", ", " ", " / ", "\n- "]).join(words), []

    def sample(self, lang: str) -> Sample:
        """One sample in `lang`."""
        kind = self.random.random()
        if kind < 0.55:
            return self.sentence(lang)
        if kind < 0.67:
            return self.form(lang)
        if kind < 0.77:
            return self.table(lang)
        return self.harmless(lang)

    def replace_names(self, text: str, spans: list[Span], lang: str) -> Sample:
        """The sentence with some of its people and places replaced by others."""
        out, moved, at = "", [], 0
        for start, end, label in sorted(spans):
            old = text[start:end]
            new = old
            if self.random.random() < 0.5 and old[:1].isupper():
                source = self.pool_for(lang)
                words = old.split()
                if label == "PERSON" and len(words) == 2:
                    new = f"{self.random.choice(source.first)} {self.last(source)}"
                elif label == "PERSON" and len(words) == 1:
                    new = self.random.choice([self.last(source), self.random.choice(source.first)])
                elif label == "LOCATION" and len(words) == 1:
                    new = self.random.choice(source.city)
            out += text[at:start]
            moved.append((len(out), len(out) + len(new), label))
            out += new
            at = end
        return out + text[at:], moved
