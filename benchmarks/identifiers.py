"""`python -m benchmarks.identifiers [--show]`: recall and false alarms by kind of number.

Numbers are made up here, valid by the same authorities' rules, and put into phrases that no rule
was written from: forms, chat, tables, CSV, JSON, notes, in the languages of their countries. The
same numbers with one digit changed, and numbers of orders and parts, must not be reported.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_uppercase

import yaml

from detectors.engine import load_shared, shared
from detectors.validators import named_check
from penstock.pipeline import REPORTED

DATA = Path(__file__).parent / "identifiers.yaml"
EACH = 24
NAMED = ("pii.vehicle", "pii.device", "pii.reference")


def made(shape: str, check: str, chance: random.Random) -> str:
    """A random value of `shape` that `check` accepts: `9` a digit, `@` a letter, `{a|b}` one of."""
    accepts: Callable[[str], bool] = named_check(check) if check else lambda _: True
    for _ in range(2_000_000):
        value = _filled(shape, chance)
        if accepts(value):
            return value
    raise ValueError(f"{shape}: nothing passes {check}")


def _filled(shape: str, chance: random.Random) -> str:
    out, at = [], 0
    while at < len(shape):
        c = shape[at]
        if c == "{":
            end = shape.index("}", at)
            out.append(_filled(chance.choice(shape[at + 1 : end].split("|")), chance))
            at = end + 1
            continue
        if c == "\\":
            at += 1
            out.append(shape[at])
        elif c == "9":
            out.append(chance.choice("0123456789"))
        elif c == "@":
            out.append(chance.choice(ascii_uppercase))
        else:
            out.append(c)
        at += 1
    return "".join(out)


def broken(value: str, check: str, chance: random.Random) -> str | None:
    """`value` with its last digit changed, if that makes it invalid."""
    places = [i for i, c in enumerate(value) if c.isdigit()]
    for _ in range(20):
        at = chance.choice(places[-4:])
        digit = chance.choice("0123456789")
        changed = value[:at] + digit + value[at + 1 :]
        if changed != value and not named_check(check)(changed):
            return changed
    return None


def items(chance: random.Random) -> Iterator[tuple[str, str, str, str]]:
    """(kind of number, `valid` or `broken` or `other`, text, the number in it)."""
    data = yaml.safe_load(DATA.read_text("utf-8"))
    phrases, others = data["phrases"], data["others"]
    for row in data["numbers"]:
        check = row.get("check", "")
        for i in range(EACH):
            value = made(chance.choice(row["shapes"]), check, chance)
            word = row["words"][i % len(row["words"])]
            options = phrases[row["lang"]] + phrases["any"]
            phrase = chance.choice(options)
            yield row["id"], "valid", phrase.format(word=word, value=value), value
            if check and i < EACH // 3 and (wrong := broken(value, check, chance)):
                yield row["id"], "broken", phrase.format(word=word, value=wrong), wrong
            if i < EACH // 4:
                other = chance.choice(others).format(value=value)
                yield row["id"], "other", other, value


def main(arguments: list[str]) -> int:
    show = "--show" in arguments
    load_shared(cache_dir=Path(".benchmark-cache"))
    asked: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for kind, sort, text, value in items(random.Random(20261128)):
        start = text.index(value)
        hit = any(
            h.start < start + len(value) and h.end > start
            for h in shared().scan_once(text)
            if h.confidence >= REPORTED
            and h.rule.id.startswith(("pii.national_id", "phi.medical_id", "pci.", "fin.", *NAMED))
        )
        asked[kind, sort] += 1
        found[kind, sort] += hit
        if show and hit != (sort == "valid"):
            print(sort, kind, json.dumps(text, ensure_ascii=False))
    kinds = sorted({k for k, _ in asked})
    print(f"{'number':22}{'recall':>8}{'broken':>8}{'other':>8}   (percent reported)")
    for kind in kinds:
        row = [
            f"{100 * found[kind, s] / asked[kind, s]:.0f}" if asked[kind, s] else "-"
            for s in ("valid", "broken", "other")
        ]
        print(f"{kind:22}{row[0]:>8}{row[1]:>8}{row[2]:>8}")
    for sort in ("valid", "broken", "other"):
        n = sum(asked[k, sort] for k in kinds)
        print(f"{sort}: {sum(found[k, sort] for k in kinds)} of {n}")
    rates = [found[k, "valid"] / asked[k, "valid"] for k in kinds]
    print(f"macro recall over {len(kinds)} kinds: {100 * sum(rates) / len(rates):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
