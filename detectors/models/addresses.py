"""Postal addresses as people of many countries write them, for training the name model.

`address` makes one on one line, `block` one over several lines, each line marked by itself.
Street names come from the word lists, the kinds of street and the order from here.
"""

import random
from collections.abc import Callable

from detectors.models.word_lists import Pool

type Span = tuple[int, int, str]

STREETS: dict[str, tuple[str, ...]] = {
    "en": (
        "{n} {x} Street", "{n} {x} Road", "{n} {x} Ave", "{n} {x} St", "{n} {x} Lane",
        "{n} {x} Drive", "{n} {x} Close", "{n} {x} Blvd", "Flat {k}, {n} {x} Court",
        "{n} {x} Place", "{n} Old {x} Rd", "{n} {x} Way", "P.O. Box {n}", "PO Box {n}",
        "Unit {k}, {n} {x} Parade", "{n} {x} Terrace", "{x} House, {n} {x} Mews",
    ),
    "de": (
        "{x}straße {n}", "{x}str. {n}", "{x}weg {n}a", "{x}gasse {n}/{k}", "{x}platz {n}",
        "Am {x} {n}", "{x}er Straße {n}", "{x}er Str. {n}", "Auf der {x} {n}",
        "{x}allee {n}", "{x}strasse {n}", "Im {x} {n}", "Postfach {n}", "An der {x} {n} b",
        "{x}ring {n}", "{x} {n}",
    ),
    "fr": (
        "{n}, rue {x}", "{n} rue de {x}", "{n} bis avenue {x}", "{n}, boulevard de {x}",
        "{n} avenue du Général {x}", "{n} allée des {x}", "{n}-{n} quai {x}",
        "{w} rue {x}", "{n} place de {x}", "{n} passage de {x}", "{w} allée {x}",
        "chemin de {x} {n}", "BP {n}", "{n} impasse {x}", "Rue de {x} {n}",
        "Avenue de {x}, {n}",
    ),
    "es": (
        "Calle {x} {n}", "C/ {x}, {n}", "C/ {x} {n}, {k}º {c}", "Avda. {x} {n}",
        "Avenida {x}, {n}", "C/ {x} s/n", "Paseo de {x}, {n}, {k}º", "Plaza {x} {n}",
        "Av. {x} {n}, {k} {c}", "Ronda de {x}, {n}", "Urb. {x}, {n}", "Camino de {x} s/n",
        "Carrer de {x}, {n}", "{x} {n}, {k}º {c}", "{x} s/n", "Ctra. de {x}, km {k}",
        "Cra. {k} # {n}-{k}",
    ),
    "it": (
        "Via {x} {n}", "via {x}, {n}", "Viale {x} {n}/{c}", "Piazza {x}, {n}",
        "Corso {x} {n}", "Via delle {x} {n}", "Largo {x} {n}", "Vicolo {x} {n}, int. {k}",
        "Strada {x} {n}",
    ),
    "nl": (
        "{x}straat {n}", "{x}laan {n}", "{x}weg {n} {c}", "{x}plein {n}",
        "{x}kade {n}-{k}", "{x}dijk {n}", "{x}gracht {n}hs", "Postbus {n}",
        "{x}singel {n}", "{x}hof {n}",
    ),
    "pl": (
        "ul. {x} {n}", "ul. {x} {n}/{k}", "ul. {x} {n} m. {k}", "al. {x} {n}",
        "ul. {x} {n} lok. {k}", "os. {x} {n}/{k}", "pl. {x} {n}", "ulica {x} {n}",
        "przy {x} {n}", "{x} {n}", "ul. {x} {n}{c}", "osiedle {x}, blok {k}, m. {k}",
    ),
    "pt": (
        "Rua {x} {n}", "Rua da {x}, {n}", "Av. {x}, {n}, {k}º Dto", "Travessa {x} {n}",
        "Avenida {x} {n}", "Largo de {x}, {n}", "Praça {x} {n}", "R. {x}, {n} - ap. {k}",
        "Rua {x}, nº {n}, {k}.º Esq.",
    ),
    "sv": (
        "{x}gatan {n}", "{x}vägen {n}", "{x}gränd {n}", "{x}stigen {n} {c}",
        "{x} gata {n}", "{x}torget {n}", "Box {n}", "{x}gatan {n}, lgh {k}",
    ),
    "da": (
        "{x}gade {n}", "{x}vej {n}", "{x}vej {n}, {k}. tv.", "{x}gade {n}, {k}. th.",
        "{x}stræde {n}", "{x} Allé {n}", "{x}s Plads {n}", "Postboks {n}",
    ),
    "nb": (
        "{x}gata {n}", "{x}veien {n}", "{x} gate {n}", "{x}vegen {n} {c}", "{x}s vei {n}",
        "{x}bakken {n}", "Postboks {n}",
    ),
    "fi": (
        "{x}katu {n}", "{x}tie {n}", "{x}nkatu {n} {c} {k}", "{x}kuja {n}",
        "{x}polku {n} as {k}", "{x}ntie {n}", "PL {n}",
    ),
    "cs": (
        "{x} {n}", "ul. {x} {n}", "{x} {n}/{k}", "{x}ova {n}", "náměstí {x} {n}",
        "Na {x} {n}", "{x}ova {n}/{k}", "tř. {x} {n}", "U {x} {n}",
    ),
    "sk": (
        "{x} {n}", "ul. {x} {n}", "{x}ova {n}/{k}", "{x}ská {n}", "Námestie {x} {n}",
        "{x}ova ulica {n}",
    ),
    "ro": (
        "Str. {x} nr. {n}", "Strada {x} {n}", "Bd. {x} nr. {n}, bl. {c}{k}, ap. {k}",
        "Calea {x} {n}", "Aleea {x} nr. {n}, sc. {c}", "str. {x}, nr. {n}",
    ),
    "hu": (
        "{x} utca {n}.", "{x} u. {n}.", "{x} út {n}", "{x} tér {n}",
        "{x} utca {n}. {k}/{k}.", "{x} krt. {n}.", "{x} köz {n}",
    ),
    "hr": (
        "{x} {n}", "Ulica {x} {n}", "Ul. {x} {n}", "{x}ova {n}", "Trg {x} {n}",
        "{x}ova ulica {n}{c}",
    ),
}  # fmt: skip
STREETS["nn"] = STREETS["nb"]
CODES = {
    "en": "#####", "de": "#####", "fr": "#####", "es": "#####", "it": "#####", "nl": "#### @@",
    "pl": "##-###", "pt": "####-###", "sv": "### ##", "da": "####", "nb": "####", "nn": "####",
    "fi": "#####", "cs": "### ##", "sk": "### ##", "ro": "######", "hu": "####", "hr": "#####",
}  # fmt: skip
_FLATS = ("Apt. {}", "Suite {}", "Flat {}", "Unit {}", "Apt {}", "#{}", "Floor {}", "App. {}",
          "Top {}", "Stiege {}", "Bât. {}", "Esc. {}", "m. {}")  # fmt: skip
_NUMBERS = ("deux", "trois", "cinq", "sept", "huit", "douze", "vingt")
_MILITARY = ("AA", "AE", "AP")
_TWO_NUMBERS = ("{street} and {x}", "the corner of {street} and {x}", "{street}, near {x}")


class Addresses:
    """Makes addresses from a generator; street names are people, places and plain words."""

    def __init__(self, rng: random.Random, phrases: dict[str, list[str]]) -> None:
        """`phrases`: short pieces of text in each language, of which single words are used."""
        self.random = rng
        self.phrases = phrases

    def street(self, lang: str, source: Pool) -> str:
        """A street and its number, or a post box."""
        r = self.random
        x = self._named(lang, source)
        shape = r.choice(STREETS[lang])
        text = shape.replace("{x}", x)
        for slot, make in self._slots().items():
            while slot in text:
                text = text.replace(slot, make(), 1)
        return text

    def _slots(self) -> dict[str, Callable[[], str]]:
        r = self.random
        return {
            "{n}": lambda: str(r.randint(1, 10 ** r.randint(1, 3))),
            "{k}": lambda: str(r.randint(1, 30)),
            "{c}": lambda: r.choice("ABCDabc"),
            "{w}": lambda: r.choice(_NUMBERS),
        }

    def _named(self, lang: str, source: Pool) -> str:
        """What a street is named after."""
        r = self.random
        kind = r.random()
        if kind < 0.35:
            return r.choice(source.last)
        if kind < 0.5:
            return r.choice(source.city)
        if kind < 0.65:
            return " ".join(r.choice(source.people)[:2])
        word = r.choice(r.choice(self.phrases[lang]).split())
        return word.capitalize()

    def postcode(self, lang: str) -> str:
        """A postcode of a country where the language is spoken."""
        r = self.random
        code = CODES[lang]
        if lang == "en":
            code = r.choice(
                ["#####", "#####-####", "@@# #@@", "@## #@@", "@#@ #@#", "####", "@#### "]
            )
        if lang == "de" and r.random() < 0.3:
            code = r.choice(["D-#####", "A-####", "CH-####", "####", "D #####"])
        out = "".join(
            r.choice("0123456789") if c == "#" else r.choice("ABCDEFGHKLMNPRSTW") if c == "@" else c
            for c in code
        )
        return out.strip()

    def flat(self) -> str:
        """`Apt. 12` and the like."""
        return self.random.choice(_FLATS).format(self.random.randint(1, 999))

    def address(self, lang: str, source: Pool) -> str:
        """A whole address on one line."""
        r = self.random
        street, place = self.street(lang, source), r.choice(source.city)
        code = self.postcode(lang)
        kind = r.random()
        if kind < 0.04:
            box = f"PSC {r.randint(1, 9999):04}, Box {r.randint(1, 9999)}"
            ship = r.choice(["USS", "USNV", "USCGC", "USNS"]) + " " + r.choice(source.last)
            return f"{r.choice([box, ship])}{r.choice([', ', chr(10)])}{r.choice(['APO', 'FPO'])} {
                r.choice(_MILITARY)
            } {r.randint(10000, 99999)}"
        if kind < 0.08:
            return r.choice(_TWO_NUMBERS).format(street=street, x=self._named(lang, source))
        if kind < 0.14:
            street = f"{r.randint(1, 99999)} {street}"
        if r.random() < 0.25:
            street += r.choice([" ", ", "]) + self.flat()
        if lang == "en":
            town = r.choice([f"{place}, {r.choice(['NY', 'CA', 'TX', 'NSW', 'ON', 'KA'])} {code}",
                             f"{place} {code}", f"{place}, {code}", place])  # fmt: skip
        else:
            town = r.choice(
                [f"{code} {place}"] * 4 + [f"{place} {code}", place, f"{code}, {place}"]
            )
        between = r.choice([", "] * 6 + [" ", " - ", ". ", ",", "\n", "\n"])
        if r.random() < 0.15:
            town += r.choice([", ", " ", "\n"]) + r.choice(source.country)
        return street + between + town

    def block(self, lang: str, source: Pool, head: list[tuple[str, str]]) -> tuple[str, list[Span]]:
        """An address over several lines with the same marks before each, as in a quoted mail.

        `head` are lines before it with their labels ("-" for none).
        """
        r = self.random
        lines = list(head)
        street = self.street(lang, source)
        if r.random() < 0.4:
            street = f"{r.randint(1, 99999)} {street}"
        lines.append((street, "ADDRESS"))
        if r.random() < 0.5:
            lines.append((self.flat(), "ADDRESS"))
        code = r.choice([self.postcode(lang), str(r.randint(1000, 99999))])
        country, city = r.choice(source.country), r.choice(source.city)
        if r.random() < 0.25:
            city = city.upper()
        tail = [
            [(city, "LOCATION"), (f"{country}|{code}", "")],
            [(f"{city}|{code}", "")],
            [(f"{code}|{city}", "")],
            [(city, "LOCATION"), (code, "ADDRESS"), (country, "LOCATION")],
            [(city, "LOCATION"), (country, "LOCATION"), (code, "ADDRESS")],
        ]
        lines += r.choice(tail)
        mark = r.choice(
            ["", "", "> ", ">", "   ", "\t", "? ", "??? ", "* ", "| ", "// ", "- ", "# "]
        )
        text, spans = "", list[Span]()
        for line, label in lines:
            text += ("\n" if text else "") + mark
            for part in line.split("|"):
                kind = label or ("ADDRESS" if any(c.isdigit() for c in part) else "LOCATION")
                if label != "-":
                    spans.append((len(text), len(text) + len(part), kind))
                text += part + " "
            text = text[:-1]
        return text, spans
