"""`python -m benchmarks.unseen_secrets [PART]`: secrets in sentences that no rule was written from.

Carriers in `unseen_secrets.yaml`, values drawn anew. Carriers fall into two parts by their hash:
`seen` may be read when rules are mended, `kept` (the default) is only counted. Prints recall by
kind of carrier, whether the value was covered, and false alarms; `seen` also prints what failed.
"""

import random
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from detectors import engine
from detectors.secrets import find
from penstock.pipeline import REPORTED

SEED = 20261128
EACH = 12
"""Values tried in each carrier."""
_ALPHABETS = (
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits,
    string.ascii_lowercase + string.digits,
    string.ascii_letters + string.digits + "-_",
)
_WORDS = re.findall(
    r"\w+",
    """amber basil cedar delta ember fjord ginger hazel indigo juniper kestrel lilac maple nectar
    opal pepper quartz river saffron thistle umber violet walnut yarrow zephyr""",
)
_SERVICES = ("ACME", "ZEPHYR", "NIMBUS", "ORBITAL", "QUILL", "TIDEPOOL", "VELLUM", "SABLE")
_PLACE = re.compile(r"\{\{|\}\}|\{([tpwhun])(?::([\w-]+))?\}")


@dataclass(frozen=True, slots=True)
class Item:
    """A text, what is secret in it (places), and the kind of its carrier."""

    kind: str
    text: str
    spans: tuple[tuple[int, int], ...]


def items(part: str) -> Iterator[Item]:
    """All texts of a part (`seen` or `kept`), the same ones every time."""
    carriers = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    r = random.Random(SEED)
    for label, kinds in carriers.items():
        for kind, texts in kinds.items():
            for carrier in texts:
                filled = [_filled(carrier, label == "secret", r) for _ in range(EACH)]
                if (sha256(carrier.encode()).digest()[0] % 2 == 0) == (part == "seen"):
                    for text, spans in filled:
                        yield Item(f"{label}: {kind}", text, spans)


def _filled(
    carrier: str, secret: bool, r: random.Random
) -> tuple[str, tuple[tuple[int, int], ...]]:
    text, spans, place = "", [], 0
    drawn: dict[str, str] = {}
    for mark in _PLACE.finditer(carrier):
        text += carrier[place : mark.start()]
        place = mark.end()
        if not mark[1]:
            text += mark[0][0]  # a brace that was doubled
            continue
        value = _value(mark[1], mark[2] or "", drawn, r)
        if secret and mark[1] not in "un":
            spans.append((len(text), len(text) + len(value)))
        text += value
    return text + carrier[place:], tuple(spans)


def _value(kind: str, how: str, drawn: dict[str, str], r: random.Random) -> str:
    match kind:
        case "n":
            return drawn.setdefault("n", r.choice(_SERVICES))
        case "u":
            return "-".join(_draw("0123456789abcdef", n, r) for n in (8, 4, 4, 4, 12))
        case "h":
            return _draw("0123456789abcdef", int(how or r.choice((32, 40, 64))), r)
        case "w":
            return "-".join(r.sample(_WORDS, 4))
        case "p":
            return _password(r)
    if how == "rest":
        return drawn["rest"]
    token = _token(r)
    if how == "half":
        drawn["rest"] = token[len(token) // 2 :]
        return token[: len(token) // 2]
    return token[:9] + "\u200b" + token[9:] if how == "zero-width" else token


def _token(r: random.Random) -> str:
    while True:
        token = _draw(r.choice(_ALPHABETS), r.choice((24, 32, 36, 40, 43, 48, 64)), r)
        if any(c.isdigit() for c in token) and token[0].isalnum() and token[-1].isalnum():
            return token


def _password(r: random.Random) -> str:
    word, other = r.sample(_WORDS, 2)
    return r.choice(
        (
            f"{word.capitalize()}{r.choice('!#%?*+')}{r.randint(10, 9999)}",
            f"{word.capitalize()}-{other.capitalize()}-{r.randint(1, 99)}",
            f"{r.randint(2, 9)}{word.capitalize()}{r.choice('!$&')}{other}",
            _draw(string.ascii_letters + string.digits + "!#%+*?", r.randint(10, 18), r) + "7a!",
            _draw(string.ascii_letters + string.digits, r.randint(11, 16), r) + "4x",
        )
    )


def _draw(letters: str, size: int, r: random.Random) -> str:
    return "".join(r.choice(letters) for _ in range(size))


def main(arguments: list[str]) -> int:
    part = arguments[0] if arguments else "kept"
    if part not in ("seen", "kept"):
        print(__doc__, file=sys.stderr)
        return 2
    engine.load_shared(cache_dir=Path(".benchmark-cache"))
    rows: dict[str, list[int]] = {}
    failed: dict[str, int] = {}
    for item in items(part):
        found = [(m.start, m.end) for m in find(item.text) if m.confidence >= REPORTED]
        covered = all(any(a <= s and e <= b for a, b in found) for s, e in item.spans)
        row = rows.setdefault(item.kind, [0, 0, 0])
        row[0] += 1
        row[1] += bool(found)
        row[2] += covered
        if bool(found) != bool(item.spans) or not covered:
            failed[f"{item.kind}: {item.text!r} {found}"] = 1
    for kind, (count, alarms, whole) in rows.items():
        print(f"{kind:24}{count:5}  flagged {alarms / count:6.1%}  covered {whole / count:6.1%}")
    for label in ("secret", "clean"):
        chosen = [row for kind, row in rows.items() if kind.startswith(label)]
        count, alarms, whole = (sum(column) for column in zip(*chosen, strict=True))
        print(f"{label:24}{count:5}  flagged {alarms / count:6.1%}  covered {whole / count:6.1%}")
    if part == "seen":
        print(*failed, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
