"""Sentences of our own for training the name model: prompts, mails, forms, tables, chats, code.

Values come from Faker's word lists (MIT) for 40 locales; templates and inflection rules are ours.
A template marks what it inserts: `{P}` a person's full name, `{F}` first name, `{L}` last name,
`{C}` city, `{N}` country, `{O}` organisation, `{A}` postal address, `{S}` and `{Z}` its street and
postcode; and values that are no names: `{e}` e-mail, `{t}` telephone, `{d}` date, `{n}` number,
`{w}` word, `{p}` product, `{x}` a thing named after somebody, `{b}` a made-up brand, `{g}` a
capitalised noun, `{k}` a small number, `{z}` a phrase from the corpora (`{z1}` With one capital,
`{Z1}` With Capitals, `{Z2}` IN CAPITALS). `{P:gen}` inflects.
"""

import random
import re
import string

from detectors.models.addresses import Addresses
from detectors.models.code_lines import code_lines
from detectors.models.inflection import CASES, INFLECTED, MANY_CASES, inflect
from detectors.models.templates import (
    CLOSERS,
    CODE_WORDS,
    FIELDS,
    HARMLESS,
    HONORIFICS,
    INSTITUTIONS,
    LAYOUTS,
    NAMED_AFTER,
    NAMED_THINGS,
    OPENERS,
    PRODUCTS,
    SENTENCES,
    SPEAKERS,
    WISHES,
)
from detectors.models.word_lists import FOREIGN, LOCALES, Pool, pool

type Span = tuple[int, int, str]
type Sample = tuple[str, list[Span]]

LABELS = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "C": "LOCATION", "N": "LOCATION",
          "O": "ORG", "A": "ADDRESS", "S": "ADDRESS", "Z": "ADDRESS"}  # fmt: skip
_SLOT = re.compile(r"\{(\w[12]?)(?::(\w+))?\}")
_SYLLABLES = ("ba", "co", "de", "fa", "gri", "ho", "ika", "jo", "ko", "lu", "mi", "no", "ora", "pi",
              "qua", "ro", "shi", "ta", "uno", "vi", "we", "xo", "yu", "zen", "tech", "ly", "fy",
              "net", "soft", "hub", "max", "lab", "flow")  # fmt: skip


class Writer:
    """Writes samples in one language after another from a seeded generator."""

    def __init__(
        self,
        seed: int,
        phrases: dict[str, list[str]],
        nouns: list[str],
        people: dict[str, list[tuple[str, str]]],
    ) -> None:
        """What the corpora lend: for each language short pieces of text without a name and first
        and last names; and German nouns."""
        self.random = random.Random(seed)
        self.phrases = phrases
        self.nouns = nouns
        self.people = people
        wanted = sorted({x for group in LOCALES.values() for x in group} | set(FOREIGN))
        self.pools = {locale: pool(locale, seed + i) for i, locale in enumerate(wanted)}
        self.addresses = Addresses(self.random, phrases)

    # ── values ────────────────────────────────────────────────────────────────────────────────

    def pool_for(self, lang: str) -> Pool:
        """A pool of the language, one time in five of another one."""
        if self.random.random() < 1 / 5:
            return self.pools[self.random.choice(sorted(self.pools))]
        return self.pools[self.random.choice(LOCALES[lang])]

    def pair(self, lang: str, case: str = "") -> tuple[str, str]:
        """A first and a last name, in a case. One last name in six is put together from two
        halves, so that none can be learnt by heart."""
        r = self.random
        known = self.people.get(lang)
        if known and not case and r.random() < 0.3:
            first, last = r.choice(known)
            return first, last
        first, last, female = r.choice(self.pool_for(lang).people)
        other = r.choice(self.pool_for(lang).last)
        if len(last) > 4 and len(other) > 4 and r.random() < 1 / 6:
            last = last[: len(last) // 2] + other[len(other) // 2 :].lower()
        if r.random() < 0.04:
            last += "-" + other
        if case:
            in_first = lang not in ("fi", "de", "sv", "da", "nb", "nn")
            if in_first:
                first = inflect(lang, first, case, female)
            if lang != "hu":
                last = inflect(lang, last, case, female)
        return first, last

    def single(self, lang: str, case: str, kind: str) -> str:
        """Only a first or a last name."""
        first, last = self.pair(lang)
        if kind == "F":
            return inflect(lang, first, case, first.endswith("a")) if case else first
        return inflect(lang, last, case, last.endswith(("a", "á"))) if case else last

    def person(self, lang: str, case: str) -> str:
        """A full name as people write them."""
        r = self.random
        first, last = self.pair(lang, case)
        if lang == "hu" and (case or r.random() < 0.8):
            return f"{last} {first}"
        if case:
            return f"{first} {last}"
        kind = r.random()
        if kind < 0.68:
            return f"{first} {last}"
        if kind < 0.73:
            return f"{first} {r.choice(string.ascii_uppercase)}. {last}"
        if kind < 0.78:
            return f"{first} {self.pair(lang)[0]} {last}"
        if kind < 0.83:
            return f"{last}, {first}"
        if kind < 0.86:
            return f"{last} {first}"
        if kind < 0.90:
            return f"{first[0]}. {last}"
        if kind < 0.93:
            return f"{last.upper()} {first}"
        if kind < 0.96:
            return f"{first} {last.upper()}"
        return f"{first} {last} {self.pair(lang)[1]}"

    def address(self, lang: str) -> str:
        """A postal address on one line, mostly; half of them in Faker's own forms."""
        source = self.pool_for(lang)
        if self.random.random() < 0.3:
            lines = self.random.choice(source.address).split("\n")
            return self.random.choice([", ", ", ", "\n", " "]).join(lines)
        return self.addresses.address(lang, source)

    def street(self, lang: str) -> str:
        """A street and a number, or a post box."""
        source = self.pool_for(lang)
        if self.random.random() < 0.4:
            return self.random.choice(source.street).replace("\n", " ")
        return self.addresses.street(lang, source)

    def brand(self) -> str:
        """A made-up name of a product: capitalised, and nobody's."""
        r = self.random
        word = "".join(r.choice(_SYLLABLES) for _ in range(r.randint(2, 3)))
        return r.choice([word.capitalize(), word.capitalize(), word.upper()])

    def noun(self) -> str:
        """A German noun, often two put together."""
        r = self.random
        word = r.choice(self.nouns)
        if r.random() < 0.6:
            word += r.choice(["", "", "s", "-"]) + r.choice(self.nouns).lower()
        return word if len(word) < 28 else word[:12]

    def organisation(self, lang: str) -> str:
        """A company, now and then one named after somebody, or a public body."""
        r = self.random
        if r.random() < 0.2:
            return self.fill(r.choice(INSTITUTIONS[lang]), lang)[0]
        if r.random() < 0.12:
            last, first = self.pair(lang)[1], self.pair(lang)[0]
            shape = r.choice(NAMED_AFTER)
            return shape.format(first=first, last=last)
        return r.choice(self.pool_for(lang).company)

    def value(self, kind: str, case: str, lang: str) -> str:
        """What fills a slot. Many names are in a case the sentence does not ask for."""
        r = self.random
        share = 1 / 3 if lang in MANY_CASES else 1 / 12
        if not case and kind in "PFL" and lang in INFLECTED and r.random() < share:
            case = r.choice(CASES)
        match kind:
            case "P":
                return self.person(lang, case)
            case "F" | "L":
                return self.single(lang, case, kind)
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
                return self.addresses.postcode(lang)
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
                first, last = (x.lower() for x in r.choice(source.people)[:2])
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
            case "k":
                return str(r.randint(1, 250))
            case "b":
                return self.brand()
            case "g" if lang == "de":
                return self.noun()
            case "g":
                return r.choice(self.phrases[lang]).split()[0].capitalize()
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
        """One of the language's own sentences, or one put together from a beginning and an end."""
        r = self.random
        if lang in WISHES and r.random() < 0.25:
            case = r.choice(sorted(WISHES[lang]))
            name = "{" + r.choice("PPPFL") + f":{case}}}"
            return self.fill(
                r.choice(WISHES[lang][case]) + f" {name}{r.choice(CLOSERS[lang])}", lang
            )
        if r.random() < (0.4 if lang in MANY_CASES else 0.2):
            name = "{" + r.choice("PPFFLL") + "}"
            opener, closer = r.choice(OPENERS[lang]), r.choice(CLOSERS[lang])
            return self.fill(f"{opener} {name}{closer}", lang)
        return self.fill(r.choice(SENTENCES[lang]), lang)

    def block(self, lang: str) -> Sample:
        """Who lives where, over several lines."""
        r = self.random
        head = [(self.person(lang, ""), "PERSON")]
        if r.random() < 0.4:
            head.append((self.organisation(lang), "ORG"))
        if r.random() < 0.3:
            head.insert(0, (r.choice([*FIELDS[lang]["A"], *FIELDS["en"]["A"]]) + ":", "-"))
        r.shuffle(head)
        return self.addresses.block(lang, self.pool_for(lang), head)

    def talk(self, lang: str) -> Sample:
        """A conversation whose speakers are parts, not people, or people, not parts."""
        r = self.random
        speakers = r.sample(SPEAKERS, 2) if r.random() < 0.5 else ["{F}", "{F}"]
        lines = [
            f"{speakers[i % 2]}: {r.choice(['{z1}', '{z1}?', '{z1}, {F}', '{P}', '{z}', '{A}'])}"
            for i in range(r.randint(2, 5))
        ]
        return self.fill(r.choice(["\n", "\n", " "]).join(lines), lang)

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
        if kind < 0.48:
            return self.sentence(lang)
        if kind < 0.57:
            return self.form(lang)
        if kind < 0.65:
            return self.table(lang)
        if kind < 0.69:
            return self.block(lang)
        if kind < 0.72:
            return self.talk(lang)
        return self.harmless(lang)

    def case_in(self, lang: str) -> str:
        """A case for a name in running text, often none."""
        share = 0.5 if lang in MANY_CASES else 0.15 if lang in INFLECTED else 0
        return self.random.choice(CASES) if self.random.random() < share else ""

    def replace_names(self, text: str, spans: list[Span], lang: str) -> Sample:
        """The sentence with some of its people and places replaced by others."""
        out, moved, at = "", [], 0
        for start, end, label in sorted(spans):
            old = text[start:end]
            new = old
            if self.random.random() < 0.5 and old[:1].isupper():
                words = old.split()
                kind = {2: "P", 1: self.random.choice("FL")}.get(len(words), "")
                if label == "PERSON" and kind:
                    case = self.case_in(lang)
                    if kind == "P":
                        new = " ".join(self.pair(lang, case))
                    else:
                        new = self.single(lang, case, kind)
                elif label == "LOCATION" and len(words) == 1:
                    new = self.random.choice(self.pool_for(lang).city)
            out += text[at:start]
            moved.append((len(out), len(out) + len(new), label))
            out += new
            at = end
        return out + text[at:], moved
