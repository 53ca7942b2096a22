"""Text in pictures, by Tesseract's library, where `detection.ocr` names languages.

The library is loaded once, before processes fork, and runs inside the process that reads, under its
limits; no program is started. What is too large, takes too long or cannot be made out stays unread.
Every page of a TIFF is read; of what moves the first frame at most, the others count as unread.
Source: Tesseract 5.3, C API (`tesseract/capi.h`); Leptonica 1.82 (`allheaders.h`); both Debian's.
Misses: handwriting, text that is turned or very small, what a picture shows without words.
"""

import ctypes
import os
import re
from collections import OrderedDict
from ctypes import byref, c_char_p, c_float, c_int, c_size_t, c_void_p
from ctypes.util import find_library
from hashlib import blake2b

from detectors.documents import frames
from detectors.documents.base import Budget, Document, together
from penstock.errors import ConfigError

_SIGNS = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP", re.DOTALL
)
MOST_PIXELS = 40_000_000
_SMALL_PIXELS = 4_000_000
"""Of screens rather than of scanned pages: their letters are too small as they are."""
MOST_MS = 4_000
MOST_PAGES = 20
LEAST_SURE = 60
"""Of 100, on average over all words; below it there are no letters, or none that can be read."""
_REMEMBERED = 64
"""Pictures whose texts are kept by each process: programs resend them with every turn of a chat."""
_ENDS = ((b"\x89PNG", b"IEND"), (b"\xff\xd8", b"\xff\xd9"))
"""The last chunk of a PNG and the end of a JPEG."""
_HEAD_BYTES = 16
"""Among these every picture has a zero, and no text has one."""
_UNREAD = Document(unread=frozenset({"image"}))


def is_one(data: bytes) -> bool:
    """By its first bytes; nothing is a picture while no language is read."""
    return _reader is not None and _SIGNS.match(data) is not None


def noise(data: bytes) -> range:
    """Which bytes are a picture, up to where its format says that it ends; none of anything else.

    Some of them look like letters by chance, and so a few of these in a row say nothing.
    """
    if _SIGNS.match(data) is None or b"\0" not in data[:_HEAD_BYTES]:
        return range(0)
    ends = next((end for sign, end in _ENDS if data.startswith(sign)), b"")
    return range(max(0, data.rfind(ends)))


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if _reader is None or not budget.take(len(data)):
        return _UNREAD
    key = blake2b(data, digest_size=16).digest()
    found = _known[key] if key in _known else _reader.read(data)
    _known[key] = found
    _known.move_to_end(key)
    while len(_known) > _REMEMBERED:
        _known.popitem(last=False)
    return found


def is_on() -> bool:
    """Whether any language is read."""
    return _reader is not None


def within(data: bytes, budget: Budget) -> Document:
    """A picture in another document."""
    return read(data, budget) if is_one(data) else _UNREAD


def configure(languages: tuple[str, ...]) -> None:
    """Reads pictures in these languages from now on, as Tesseract names them (`eng`, `deu`); none:
    not at all. Raises ConfigError."""
    global _reader
    _known.clear()
    _reader = _Reader(languages) if languages else None


def is_installed() -> bool:
    """Whether the library is there."""
    return bool(find_library("tesseract") and find_library("lept"))


class _Reader:
    def __init__(self, languages: tuple[str, ...]) -> None:
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # its threads would not survive a fork
        self._letters, self._pictures = _loaded()
        self._api = self._letters.TessBaseAPICreate()
        names = "+".join(languages)
        self._letters.TessBaseAPISetVariable(self._api, b"debug_file", b"/dev/null")
        if self._letters.TessBaseAPIInit3(self._api, None, names.encode()) != 0:
            raise ConfigError(
                f"detection.ocr: Tesseract has no data for `{names}`; on Debian: "
                f"apt-get install {' '.join(f'tesseract-ocr-{name}' for name in languages)}"
            )

    def read(self, data: bytes) -> Document:
        many = frames.count(data)
        if many > 1 and data.startswith(b"RIFF"):  # Leptonica opens none of these
            return _UNREAD
        first = min(many, MOST_PAGES) if frames.is_tiff(data) else 1
        pages = [self._page(data, number) for number in range(first)]
        return together([*pages, *([_UNREAD] if many > first else [])])

    def _page(self, data: bytes, number: int) -> Document:
        pixels = self._pixels(data, number)
        if pixels is None:
            return Document(unread=frozenset({"damaged"}))
        picture = self._opened(data, number, pixels) if pixels <= MOST_PIXELS else None
        if not picture:
            return _UNREAD
        letters = self._letters
        monitor = letters.TessMonitorCreate()
        try:
            letters.TessBaseAPISetImage2(self._api, picture)
            letters.TessBaseAPISetSourceResolution(self._api, 300)
            letters.TessMonitorSetDeadlineMSecs(monitor, MOST_MS)
            if letters.TessBaseAPIRecognize(self._api, monitor) != 0:
                return _UNREAD
            said = letters.TessBaseAPIGetUTF8Text(self._api)
            text = ctypes.string_at(said).decode("utf-8", "replace").strip()
            letters.TessDeleteText(said)
            if not text:
                return Document()
            is_sure = letters.TessBaseAPIMeanTextConf(self._api) >= LEAST_SURE
            return Document((text,), frozenset() if is_sure else _UNREAD.unread)
        finally:
            letters.TessMonitorDelete(monitor)
            letters.TessBaseAPIClear(self._api)
            self._pictures.pixDestroy(byref(c_void_p(picture)))

    def _pixels(self, data: bytes, number: int) -> int | None:
        """None if it is no picture."""
        lib, size = self._pictures, c_size_t(len(data))
        about = [c_int() for _ in range(7)]
        if frames.is_tiff(data):
            wrong = lib.readHeaderMemTiff(data, size, c_int(number), *map(byref, about))
            width, height = about[:2]
        else:
            wrong = lib.pixReadHeaderMem(data, size, *map(byref, about[:6]))
            width, height = about[1:3]
        return width.value * height.value or None if wrong == 0 else None

    def _opened(self, data: bytes, number: int, pixels: int) -> int | None:
        """A picture in memory, as large as its letters need; None if it cannot be opened."""
        lib, size = self._pictures, c_size_t(len(data))
        picture: int | None
        if frames.is_tiff(data):
            picture = lib.pixReadMemTiff(data, size, c_int(number))
        else:
            picture = lib.pixReadMem(data, size)
        if not picture or pixels > _SMALL_PIXELS:
            return picture
        larger: int | None = lib.pixScale(picture, 2.0, 2.0)
        lib.pixDestroy(byref(c_void_p(picture)))
        return larger


def _loaded() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """Tesseract and Leptonica. Raises ConfigError."""
    names = find_library("tesseract"), find_library("lept")
    if not all(names):
        raise ConfigError(
            "detection.ocr: Tesseract is not installed; on Debian: apt-get install tesseract-ocr"
        )
    letters, pictures = map(ctypes.CDLL, names)
    for function in (letters.TessBaseAPICreate, letters.TessMonitorCreate):
        function.restype = c_void_p
    letters.TessBaseAPIGetUTF8Text.restype = c_void_p
    letters.TessBaseAPIInit3.argtypes = (c_void_p, c_char_p, c_char_p)
    letters.TessBaseAPISetVariable.argtypes = (c_void_p, c_char_p, c_char_p)
    letters.TessBaseAPISetImage2.argtypes = (c_void_p, c_void_p)
    letters.TessBaseAPISetSourceResolution.argtypes = (c_void_p, c_int)
    letters.TessBaseAPIRecognize.argtypes = (c_void_p, c_void_p)
    letters.TessMonitorSetDeadlineMSecs.argtypes = (c_void_p, c_int)
    for function in (
        letters.TessBaseAPIGetUTF8Text, letters.TessBaseAPIMeanTextConf, letters.TessBaseAPIClear,
        letters.TessDeleteText, letters.TessMonitorDelete,
    ):  # fmt: skip
        function.argtypes = (c_void_p,)
    pictures.pixReadMem.restype = pictures.pixScale.restype = c_void_p
    pictures.pixReadMemTiff.restype = c_void_p
    pictures.pixReadMemTiff.argtypes = (c_char_p, c_size_t, c_int)
    pictures.pixReadMem.argtypes = (c_char_p, c_size_t)
    pictures.pixScale.argtypes = (c_void_p, c_float, c_float)
    pictures.setMsgSeverity(6)  # it would write to standard error
    return letters, pictures


_reader: _Reader | None = None
_known: OrderedDict[bytes, Document] = OrderedDict()
