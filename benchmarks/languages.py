"""`python -m benchmarks.languages WHOLE.json HELD.json`: the tables of docs/languages.md, anew.

The files are what the scorer of the `pii` family writes with `--json`: for the whole development
set, and for the half of it that nobody looked at while rules were written. Each table stands
between two marks in the page; the text around them is written by hand.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "languages.md"

type Scores = dict[str, Any]

WHAT = {
    "PERSON": ("names of people", "`pii.person`"),
    "LOCATION": ("places", "`pii.location`"),
    "ADDRESS": ("postal addresses", "`pii.address`"),
    "ORG": ("organisations", "`pii.organization`"),
    "EMAIL": ("e-mail addresses", "`pii.email`"),
    "PHONE": ("telephone numbers", "`pii.phone`"),
    "CREDIT_CARD": ("payment cards", "`pci.card_number`"),
    "IBAN": ("IBAN", "`fin.iban`"),
    "BANK_ACCOUNT": ("account and routing numbers", "`fin.account`"),
    "NATIONAL_ID": ("identity, tax, social security, passport numbers", "`pii.national_id.*`"),
    "MEDICAL_ID": ("record, insurance, provider numbers", "`phi.medical_id.*`"),
    "DATE_OF_BIRTH": ("dates of birth", "`pii.date_of_birth`"),
    "IP": ("IP and MAC addresses", "`pii.ip`"),
    "MEDICAL": ("a person's diagnoses and drugs", "`phi.condition`, `phi.medication`"),
}
LANGUAGES = {
    "en": ("English", 86), "de": ("German", 86), "fr": ("French", 86), "es": ("Spanish", 86),
    "it": ("Italian", 86), "nl": ("Dutch", 86), "pl": ("Polish", 86), "pt": ("Portuguese", 86),
    "sv": ("Swedish", 82), "da": ("Danish", 82), "nb": ("Norwegian (Bokmål)", 82),
    "nn": ("Norwegian (Nynorsk)", None), "cs": ("Czech", 82), "ro": ("Romanian", 82),
    "fi": ("Finnish", 75), "hr": ("Croatian", 75), "sk": ("Slovak", 75), "hu": ("Hungarian", 75),
}  # fmt: skip
"""Name, and the F1 of people's names that we want at least."""
KINDS = {
    "synth_multi": "prompts in 13 languages",
    "clinical": "clinical notes (Spanish, German, French)",
    "ner_real": "real text, annotated by people",
    "presidio_synth": "Presidio's synthetic sentences",
    "pl_pii_bench": "Polish contracts and judgments",
    "synth_buried": "buried in long prompts",
    "synth_struct": "tables, JSON, chats",
    "pl_inflection": "one inflected Polish name in a sentence",
}


def per_cent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def by_kind_of_data(whole: Scores, held: Scores) -> Iterator[str]:
    yield "| what | class | precision | recall | F1 | F1 exact span | held-out half P / R / F1 |"
    yield "|---|---|---|---|---|---|---|"
    for label, (what, data_class) in WHAT.items():
        row, other = whole["labels"].get(label), held["labels"].get(label, {})
        if row:
            cells = [per_cent(row[k]) for k in ("P", "R", "F1", "F1_exact")]
            beside = " / ".join(per_cent(other.get(k)) for k in ("P", "R", "F1"))
            yield f"| {what} | {data_class} | {' | '.join(cells)} | {beside} |"


def by_language(whole: Scores, held: Scores) -> Iterator[str]:
    yield "| language | names F1 (how many) | held-out half | wanted | numbers P / R (how many) |"
    yield "|---|---|---|---|---|"
    for lang, (name, floor) in LANGUAGES.items():
        row, other = whole["lang_person"].get(lang), held["lang_person"].get(lang)
        numbers = whole["lang_struct"].get(lang)
        people = f"{per_cent(row['F1'])} ({row['gold']})" if row else "–"
        if row and floor and 100 * row["F1"] < floor:
            people = f"**{people}**"
        beside = f"{per_cent(other['F1'])} ({other['gold']})" if other else "–"
        found = "–"
        if numbers:
            found = f"{per_cent(numbers['P'])} / {per_cent(numbers['R'])} ({numbers['gold']})"
        yield f"| {name} | {people} | {beside} | {floor or '–'} | {found} |"


def by_kind_of_text(whole: Scores, held: Scores) -> Iterator[str]:
    yield "| kind of text | names F1 (exact; how many) | held-out half |"
    yield "|---|---|---|"
    for kind, what in KINDS.items():
        row = whole["kinds"].get(kind, {}).get("PERSON")
        other = held["kinds"].get(kind, {}).get("PERSON")
        if row and row["gold"]:
            beside = f"{per_cent(other['F1'])} ({other['gold']})" if other else "–"
            yield (
                f"| {what} | {per_cent(row['F1'])} ({per_cent(row['F1_exact'])};"
                f" {row['gold']}) | {beside} |"
            )


def by_kind_of_number(whole: Scores, _: Scores) -> Iterator[str]:
    yield "| number | recall (how many) | | number | recall (how many) |"
    yield "|---|---|---|---|---|"
    cells = [
        f"{key.split(':')[1].lower()} | {100 * value['recall']:.0f} ({value['n']})"
        for key, value in sorted(whole["subtypes"].items())
        if key.startswith(("NATIONAL_ID:", "MEDICAL_ID:"))
    ]
    half = (len(cells) + 1) // 2
    right = [*cells[half:], *[" | "] * (2 * half - len(cells))]
    for left, other in zip(cells[:half], right, strict=True):
        yield f"| {left} | | {other} |"


def alarms(whole: Scores, held: Scores) -> Iterator[str]:
    yield "| harmless text | prompts | with a false alarm, per 1,000 | held-out half |"
    yield "|---|---|---|---|"
    total, other = whole["hard_negatives"], held["hard_negatives"]
    yield (
        f"| all | {total['items']} | {total['alarms_per_1000_any']:.1f}, of numbers"
        f" {total['alarms_per_1000_structured']:.1f} | {other['alarms_per_1000_any']:.1f} |"
    )
    for kind, row in sorted(total["per_kind"].items()):
        if kind != "hn_placeholder":
            beside = other["per_kind"].get(kind, {}).get("any_per_1000")
            yield (
                f"| {kind.removeprefix('hn_')} | {row['n']} | {row['any_per_1000']:.1f} |"
                f" {'–' if beside is None else f'{beside:.1f}'} |"
            )


def prompts(whole: Scores, held: Scores) -> Iterator[str]:
    for what, key in (("structured data", "struct_recall"), ("any personal data", "any_recall")):
        both = [per_cent(scores["prompt_level"][key]) for scores in (whole, held)]
        yield f"- Prompts with {what} that are flagged: {both[0]} (held-out half {both[1]})"


TABLES: dict[str, Callable[[Scores, Scores], Iterator[str]]] = {
    "data": by_kind_of_data,
    "prompts": prompts,
    "alarms": alarms,
    "languages": by_language,
    "texts": by_kind_of_text,
    "numbers": by_kind_of_number,
}


def filled(page: str, whole: Scores, held: Scores) -> str:
    """The page with its tables replaced."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise ValueError(f"`{begin}` and `{end}` must stand in the page once")
        rows = "\n".join(table(whole, held))
        page = re.sub(
            f"{re.escape(begin)}.*{re.escape(end)}",
            lambda _, text=f"{begin}\n\n{rows}\n\n{end}": text,  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
    return page


def main(files: list[str]) -> int:
    if len(files) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    whole, held = (json.loads(Path(file).read_text("utf-8")) for file in files)
    PAGE.write_text(filled(PAGE.read_text("utf-8"), whole, held), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
