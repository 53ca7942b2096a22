"""What is written in another way than it reads: encoded, reversed, spelled out, in lookalikes.

The rules in `rules/disguises.yaml` find the places. There the writing is undone, in its own
surroundings, so that the words before it still count, and the result is looked at once more; what
it holds is reported at the characters it was written with. Up to three disguises over each other.

Only what a rule knows by its format counts here: a number with its check digits, a token with its
prefix; what a rule knows by the name it is assigned to, only where it is spelled out, or a
variable's in base64. Source: the standards named in the rules' file.

Misses: numbers in words that are more than digits (`zéro six douze`); ciphers with a key,
pictures of text, values in pieces that stand in the wrong order.
"""

import html
import re
import threading
import unicodedata
from bisect import bisect_right
from codecs import decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from detectors.character_codes import called, dumped, listed, octal
from detectors.encodings import Span, Undone, base32, in_base64, in_hex, parts_of, wrapped
from detectors.engine import Engine, Hit

_MARKS = ("coded.", "joint.invisible")
DEPTH = 3
_AROUND = 200
"""How much text beside a disguise is looked at with it, in code points."""
_KNOWN = ("secret.", "pii.email", "pii.national_id", "pci.card", "fin.iban", "fin.wallet")
"""What is reported from a disguise."""
_DIGITS = frozenset({"coded.words", "coded.misread"})
_NUMBERS = (*_KNOWN, "pii.phone", "fin.account", "phi.medical_id")
"""What is reported from digits in words or misread, which hide nothing but a number."""
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХЅІЈаеорсухіѕјԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυ",
    "ABEKMHOPCTYXSIJaeopcyxisjdhqwABEZHIKMNOPTYXaivopu",
)
_READ_FOR = str.maketrans("OoQIl", "00011")
_BESIDE_DIGITS = re.compile(r"(?<=[0-9])[ .-]?[OoQIl]+|[OoQIl]+(?=[ .-]?[0-9])")
_DAY = re.compile(r"(?<![0-9])20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
"""In a name with a date, as of a model (`o1-2024-12-17`), a letter is one."""
_BREAK = re.compile(r"[ -]*\r?\n[ >|]*")
_TIMES = {"double": 2, "triple": 3}
_SAID = {
    word: str(digit)
    for digit, words in enumerate(
        (
            "zero oh nought null zéro zero cero nul noll nolla",
            "one ein eins un une uno um een één jeden ett en yksi",
            "two zwei zwo deux dos due dois twee dwa två to kaksi",
            "three drei trois tres tre três drie trzy kolme",
            "four vier quatre cuatro quattro quatro cztery fyra fire neljä",
            "five fünf cinq cinco cinque vijf pięć fem viisi",
            "six sechs seis sei meia zes sześć sex seks kuusi",
            "seven sieben sept siete sette sete zeven siedem sju syv seitsemän",
            "eight acht huit ocho otto oito osiem åtta otte åtte kahdeksan",
            "nine neun neuf nueve nove negen dziewięć nio ni yhdeksän",
        )
    )
    for word in (*words.split(), str(digit))
}
_WORD = re.compile(r"[^\W\d_]+|\d")
_LEAST = 12
"""So many characters are worth spelling out only if they are a secret."""
_VARIABLE = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{2,60}=[\"']?\Z")
_NAME = 63
"""So many characters has what it finds, at most."""


_last = threading.local()


def hidden(text: str, engine: Engine) -> list[Hit]:
    """What the disguises in `text` hide. The same text again, asked next, costs nothing."""
    if getattr(_last, "text", None) is text:
        return _last.found  # type: ignore[no-any-return]
    hits = engine.scan(text)
    found = uncovered(text, hits, engine) if any(h.rule.id.startswith(_MARKS) for h in hits) else []
    _last.text, _last.found = text, found
    return found


def uncovered(text: str, hits: Iterable[Hit], engine: Engine, depth: int = DEPTH) -> list[Hit]:
    """What the disguises among `hits` hide, in the places of `text`."""
    spans: dict[str, list[Span]] = {}
    for hit in hits:
        if hit.rule.id.startswith(_MARKS):
            spans.setdefault(hit.rule.id, []).append((hit.start, hit.end))
    found: list[Hit] = []
    for kind, some in spans.items():
        for pieces in _undone(kind, text, some):
            for group in _groups(pieces):
                found += _in_group(text, group, engine, depth, kind)
    return found


def _undone(kind: str, text: str, spans: Sequence[Span]) -> Iterator[list[Undone]]:
    """What `spans` read, and once more what lines do that may belong together, or may not."""
    if kind in _IN_LINES:
        lines = list(wrapped(kind, text, spans))
        yield list(parts_of(lines, _IN_LINES[kind](text, spans)))
        yield lines
    elif kind in _IN_PLACES:
        once: dict[int, Undone] = {}
        pieces = _IN_PLACES[kind](text, spans)
        # one alone would be looked at with its neighbours, which are looked at with theirs
        again = [piece for piece in pieces if once.setdefault(piece.start, piece) is not piece]
        yield list(once.values())
        yield again
    else:
        undo = _UNDO[kind]
        yield [one for start, end in spans if (one := undo(text[start:end], start))]


def _in_group(
    text: str, group: Sequence[Undone], engine: Engine, depth: int, kind: str
) -> Iterator[Hit]:
    first = max(0, group[0].start - _AROUND)
    last = min(len(text), group[-1].end + _AROUND)
    parts: list[str] = []
    starts: list[int] = []  # of each part in what is read
    size, at = 0, first
    sources: list[int | Undone] = []  # where a plain part stands, or what was undone
    for piece in (*group, None):
        end = piece.start if piece else last
        for part, source in ((text[at:end], at), (piece.reads if piece else "", piece)):
            if part and source is not None:
                starts.append(size)
                parts.append(part)
                sources.append(source)
                size += len(part)
        at = piece.end if piece else last

    def place(offset: int, secret: bool) -> tuple[int, int, bool]:
        i = bisect_right(starts, offset) - 1
        source, inside = sources[i], offset - starts[i]
        if isinstance(source, int):
            return source + inside, source + inside + 1, False
        if secret and source.whole:
            return source.start, source.end, True
        start, end = source.places[inside]
        return source.start + start, source.start + end, True

    reads = "".join(parts)
    hits = engine.scan_once(reads)
    deeper = uncovered(reads, hits, engine, depth - 1) if depth > 1 else []
    for hit in (*hits, *deeper):
        if not hit.rule.id.startswith(_NUMBERS if kind in _DIGITS else _KNOWN):
            continue
        if hit.rule.generic and not _told_by_name(hit, reads, kind):
            continue
        secret = hit.rule.id.startswith("secret.")
        places = [place(offset, secret) for offset in range(hit.start, hit.end)]
        start, end = min(p[0] for p in places), max(p[1] for p in places)
        if end - start > len(places) or any(undone for _, _, undone in places):
            yield replace(hit, start=start, end=end)


def _told_by_name(hit: Hit, reads: str, kind: str) -> bool:
    """Whether a value without a format counts: spelled out, or a variable's in base64."""
    if kind == "coded.spelled":
        return hit.end - hit.start >= _LEAST
    return kind == "coded.base64" and bool(
        _VARIABLE.search(reads, max(0, hit.start - _NAME), hit.start)
    )


def _groups(pieces: Sequence[Undone]) -> Iterator[list[Undone]]:
    """Pieces so near each other that they are looked at together; none overlapping another."""
    group: list[Undone] = []
    for piece in sorted(pieces, key=lambda p: p.start):
        if group and piece.start < group[-1].end:
            continue
        if group and piece.start - group[-1].end > _AROUND:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _whole(written: str, start: int, reads: str) -> Undone | None:
    """One for one: each character stands where the one it replaces stood."""
    places = [(i, i + 1) for i in range(len(written))]
    return Undone(start, start + len(written), reads, places) if reads != written else None


def _percent(written: str, start: int) -> Undone | None:
    reads, places, at = "", [], 0
    while at < len(written):
        if written[at] == "%":
            octets = bytearray()
            begin = at
            while written[at : at + 1] == "%":
                octets.append(int(written[at + 1 : at + 3], 16))
                at += 3
                if octets[-1] < 0x80:
                    break
            part = octets.decode("utf-8", "replace")
            places += [(begin, at)] * len(part)
        else:
            part = written[at]
            places.append((at, at + 1))
            at += 1
        reads += part
    return Undone(start, start + len(written), reads, places)


def _one(reads: str, written: str, start: int) -> Undone | None:
    places = [(0, len(written))] * len(reads)
    return Undone(start, start + len(written), reads, places) if reads else None


def _entity(written: str, start: int) -> Undone | None:
    return _one(html.unescape(written), written, start)


def _escape(written: str, start: int) -> Undone | None:
    code = int(written.lstrip("\\")[1:].strip("{}"), 16)
    return _one(chr(code) if code < 0x110000 else "", written, start)


def _wide(written: str, start: int) -> Undone | None:
    reads = "".join(_plain(c) for c in written)
    return _whole(written, start, reads) if len(reads) == len(written) else None


def _plain(character: str) -> str:
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None else unicodedata.normalize("NFKC", character)


def _homoglyph(written: str, start: int) -> Undone | None:
    return _whole(written, start, written.translate(_LOOKALIKES))


def _spelled(written: str, start: int) -> Undone | None:
    places = [(i, i + 1) for i in range(0, len(written), 2)]
    return Undone(start, start + len(written), written[::2], places)


def _words(written: str, start: int) -> Undone | None:
    """Digits in words, `double` and `triple` before one for two and three of it."""
    reads, places, times = "", [], 1
    for word in _WORD.finditer(written):
        said = word[0].casefold()  # RE2 takes `ſix` for `six`
        if said in _TIMES:
            times = _TIMES[said]
            continue
        reads += _SAID[said] * times
        places += [word.span()] * times
        times = 1
    if _counted(reads):
        return None
    return Undone(start, start + len(written), reads, places)


def _counted(digits: str) -> bool:
    """Whether somebody counts: up or down by one, five steps or more on end."""
    steps = "".join({1: "+", -1: "-"}.get(int(b) - int(a), ".") for a, b in pairwise(digits))
    return "+++++" in steps or "-----" in steps


def _misread(written: str, start: int) -> Undone | None:
    if sum(c.isdigit() for c in written) * 2 < sum(c.isalnum() for c in written):
        return None
    if _DAY.search(written):
        return None
    return _whole(written, start, _BESIDE_DIGITS.sub(_digits_read, written))


def _digits_read(letters: re.Match[str]) -> str:
    return letters[0].translate(_READ_FOR)


def _broken(written: str, start: int) -> Undone | None:
    """Without the break; with a blank for it where other blanks part the groups of a number."""
    gap = _BREAK.search(written)
    if gap is None:
        return None
    between = " " if " " in written[: gap.start()].strip() else ""
    places = [(i, i + 1) for i in range(gap.start())]
    places += [gap.span()] * len(between)
    places += [(i, i + 1) for i in range(gap.end(), len(written))]
    reads = written[: gap.start()] + between + written[gap.end() :]
    return Undone(start, start + len(written), reads, places)


def _nothing(written: str, start: int) -> Undone | None:
    return Undone(start, start + len(written), "", ())


def _reversed(written: str, start: int) -> Undone | None:
    size = len(written)
    places = [(size - 1 - i, size - i) for i in range(size)]
    return Undone(start, start + size, written[::-1], places)


def _rot13(written: str, start: int) -> Undone | None:
    return _whole(written, start, decode(written, "rot13"))


_IN_LINES: dict[str, Callable[[str, Sequence[Span]], Iterator[Undone]]] = {
    "coded.base64": in_base64,
    "coded.hex": in_hex,
}
_IN_PLACES: dict[str, Callable[[str, Sequence[Span]], Iterator[Undone]]] = {
    "coded.dump": dumped,
    "coded.numbers": listed,
}
_UNDO: dict[str, Callable[[str, int], Undone | None]] = {
    "coded.base32": base32, "coded.percent": _percent, "coded.entity": _entity,
    "coded.escape": _escape, "coded.wide": _wide, "coded.homoglyph": _homoglyph,
    "coded.spelled": _spelled, "coded.broken": _broken, "coded.words": _words,
    "coded.misread": _misread, "coded.reversed": _reversed, "coded.rot13": _rot13,
    "coded.octal": octal, "coded.calls": called, "joint.invisible": _nothing,
}  # fmt: skip
