"""Bytes as text where nothing says how they are written: old code pages beside Unicode.

`Wa³êsa` in one code page is `Wałęsa` in another. Of several readings the one counts in which words
look like words: of one script, in the letters of one language, with no signs among them.
Source: WHATWG Encoding. Misses: what is too short to say in which language it is.
"""

import codecs
import re
from itertools import chain, pairwise

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as one below does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = (
    bytes(b for b in range(32) if b not in b"\b\t\n\r\f\v\x1a\x1b\x1c\x1d\x1e\x1f") + b"\x7f"
)
_MOSTLY = 0.8
"""Share of zeros among every second byte of a text with two bytes a letter."""
_FEWEST = 6
"""Letters of such a text, at least."""
_SAMPLE, _LOOKED_AT = 4096, 1 << 20
"""Bytes of lines that say how a text is written, and of the text they are picked from."""
_LETTERS = (
    "äöüßé", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "àáâãçéêíóôõúü", "àèéìíîòóùú", "åäöæøéü",
    "áðéíóúýþæö", "éëïöüèê", "àçèéíïòóúü·",
    "ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž",
    "çğıöşüâîûİ", "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž",
)  # fmt: skip
"""Beside those of the English alphabet, in languages that are written in Latin letters."""
_ALPHABETS = tuple(frozenset(letters + letters.upper()) for letters in _LETTERS)
_NARROW = (
    *("cp1254", "utf-8", "cp1252", "cp1250", "cp1255", "cp1251", "cp1253", "cp1257"),
    *("koi8_r", "cp1256", "iso8859_2", "mac_roman", "cp850", "cp852", "cp866"),
)
"""Of readings that are as good as each other the first is taken. The first one differs from the
third in six letters."""
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_WIDE = {
    "cp949": (range(0xA1, 0xA4), range(0xB0, 0xC9)),
    "gb18030": (range(0xA1, 0xA4), range(0xB0, 0xD8)),
    "cp932": (range(0x81, 0x84), range(0x88, 0x98)),
    "euc_jp": (range(0xA1, 0xA6), range(0xB0, 0xD0)),
    "big5": (range(0xA1, 0xC7),),
}
"""With two bytes a letter, and what the first of a letter is that people use."""
_WORD = re.compile(r"[^\W\d_]+")
_SIGN = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘–—…­]+(?=[^\W\d_])|(?<!\S)[£¥¿¡¯](?=[a-z])")
_NO_SIGN = re.compile(r"[\x80-\x9f\u0591-\u05c7\u2500-\u25ff\ue000-\uf8ff]")
"""What controls something else than text, draws frames, is hardly written, or means nothing."""
_NO_LETTERS = frozenset("µªº")
_LAST = frozenset("ךםןףץةى")
"""Letters that end words."""
_STRAYS, _MOST_STRAYS = "penstock-western", 10_000
"""How bytes that mean nothing in an encoding are read, and how many at most."""
_POOR = 0.5
"""With so many letters out of place, a reading is no better than any other."""
_CJK = 0x2E80
_SCRIPTS = ((0x250, "Latin"), (0x400, "Greek"), (0x530, "Cyrillic"), (0x1E00, "another"),
            (0x1F00, "Latin"), (0x2000, "Greek"))  # fmt: skip


def decoded(data: bytes) -> str | None:
    """The text; None if it is none. Raises UnicodeError where a mark promises what is not so."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            if encoding != "utf-32" or 2 * text.count("\ufffd") <= len(text):
                return text
    if b"\0" in data:
        return _by_zeros(data)
    if not _is_written(data):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        encoding = named(data)
    text = data.decode(encoding, "replace")
    is_nearly_whole = text.count("\ufffd") <= _MOST_STRAYS
    return data.decode(encoding, _STRAYS) if is_nearly_whole else text


def _by_zeros(data: bytes) -> str | None:
    """Text of two bytes a letter without a mark."""
    pairs = len(data) // 2
    if pairs < _FEWEST:
        return None
    for low, encoding in enumerate(("utf-16-le", "utf-16-be")):
        other, letters = data[1 - low :: 2], data[low::2]
        if len(data) % 2 == 0 and other.count(0) >= _MOSTLY * pairs and 0 not in letters:
            text = data.decode(encoding, "replace")
            return text if _is_written(text.encode("utf-8", "replace")) else None
    return None


def _is_written(data: bytes) -> bool:
    return data.translate(None, _CONTROLS) == data


def _western(error: UnicodeError) -> tuple[str, int]:
    """What is no letter of an encoding, as one of Western Europe."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAYS, _western)


def named(data: bytes) -> str:
    """How a text is written of which not all is UTF-8."""
    lines = [line for line in data[:_LOOKED_AT].split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE]
    best, least = "cp1252", _POOR
    for encoding in chain(_NARROW, _WIDE):
        try:
            how = _STRAYS if encoding == "utf-8" else "strict"
            text = codecs.getincrementaldecoder(encoding)(how).decode(sample)
        except UnicodeDecodeError:
            continue
        share = _odd(text, encoding) / max(1, sum(letter > "\x7f" for letter in text))
        if share < least:
            best, least = encoding, share
    return "cp1252" if best == "cp1254" and not _TURKISH.search(sample) else best


def _odd(text: str, encoding: str) -> int:
    """How many letters are out of place in a text."""
    latin: list[str] = []
    odd = len(_SIGN.findall(text)) + len(_NO_SIGN.findall(text))
    for word in _WORD.findall(text):
        if word.isascii() or word in _NO_LETTERS:
            continue
        special = [c for c in word if c > "\x7f" and c.isalpha() and c not in _NO_LETTERS]
        scripts = {_script(letter) for letter in word}
        if "CJK" in scripts:
            turns = sum(a.isascii() != b.isascii() for a, b in pairwise(word))
            odd += min(turns, len(special)) + sum(not _is_used(c, encoding) for c in special)
            continue
        if len(scripts) > 1:
            odd += len(special)
        elif "Latin" in scripts:
            latin += special
        odd += sum(map(_is_odd, word, word[1:]))
        is_capital = word.isupper()
        odd += sum(letter.isupper() and letter > "\x7f" and not is_capital for letter in word[1:])
    return odd + min(sum(letter not in known for letter in latin) for known in _ALPHABETS)


def _is_odd(letter: str, following: str) -> bool:
    """Whether nobody writes the one after the other: `³ê`, `aÄ`, `םש`."""
    is_case = letter.islower() and following.isupper() and not (letter + following).isascii()
    return is_case or letter in _LAST or letter in _NO_LETTERS or not letter.isalpha()


def _script(letter: str) -> str:
    code = ord(letter)
    if code >= _CJK:
        return "CJK"
    return next((name for end, name in _SCRIPTS if code < end), "another")


def _is_used(letter: str, encoding: str) -> bool:
    """Whether a Chinese, Japanese or Korean letter is one of those that people use."""
    try:
        first = letter.encode(encoding)[0]
    except UnicodeEncodeError:
        return False
    return any(first in those for those in _WIDE.get(encoding, ()))
