"""Sheets of Excel before 2007 are read whole: rows, numbers, what stands beside them."""

from struct import pack
from time import process_time

import pytest

from detectors.documents import Document, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"
BEGIN = pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0, 0, 0, 0)


def record(kind: int, data: bytes) -> bytes:
    return pack("<HH", kind, len(data)) + data


def string(text: str, *, wide: bool = True, length: str = "<H") -> bytes:
    said = text.encode("utf-16-le") if wide else text.encode("latin-1")
    return pack(length, len(text)) + bytes([wide]) + said


def label(row: int, column: int, text: str) -> bytes:
    return record(0x0204, pack("<HHH", row, column, 0) + string(text))


def shared(*texts: bytes) -> bytes:
    return pack("<II", len(texts), len(texts)) + b"".join(texts)


def shows(row: int, column: int, number: int) -> bytes:
    return record(0x00FD, pack("<HHHI", row, column, 0, number))


def number(row: int, column: int, value: float, look: int = 0) -> bytes:
    return record(0x0203, pack("<HHHd", row, column, look, value))


def look(form: int) -> bytes:
    return record(0x00E0, pack("<HH", 0, form) + bytes(16))


def book(*records: bytes, name: str = "Workbook", more: dict[str, bytes] | None = None) -> bytes:
    end = record(0x000A, b"")
    return made.compound({name: BEGIN + b"".join(records) + end, **(more or {})})


def found_in(data: bytes) -> Document:
    found = read(data)
    assert found is not None
    return found


def properties(kind: int, said: bytes, page: int = 1252) -> bytes:
    """A set of two: the code page, and a text of this kind."""
    values = pack("<IHH", 2, page, 0) + pack("<II", kind, len(said) >> (kind == 0x1F)) + said
    inside = pack("<IIIIII", 24 + len(values), 2, 1, 24, 2, 32) + values
    return pack("<HHI16xI", 0xFFFE, 0, 0, 1) + pack("<16xI", 48) + inside


FORMULA = pack("<HHH6BHHIH", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFFFF, 0, 0, 0)
READ = {
    "cell": book(label(0, 0, SECRET)),
    "cell of a string": book(record(0x00FC, shared(string(SECRET))), shows(0, 0, 0)),
    "cell of a narrow string": book(
        record(0x00FC, shared(string(SECRET, wide=False))), shows(0, 0, 0)
    ),
    "string that goes on in another record": book(
        record(0x00FC, shared(string(SECRET))[:31]),
        record(0x003C, b"\1" + shared(string(SECRET))[31:]),
        shows(0, 0, 0),
    ),
    "string that goes on in narrow letters": book(
        record(0x00FC, shared(string(SECRET))[:-8]),
        record(0x003C, b"\0" + b"4711"),
        shows(0, 0, 0),
    ),
    "string after one with formats": book(
        record(
            0x00FC,
            shared(pack("<HBHI", 1, 0x0C, 1, 3) + b"x" + bytes(7), string(SECRET)),
        ),
        shows(0, 0, 1),
    ),
    "string that no cell shows": book(record(0x00FC, shared(string(SECRET)))),
    "text of a formula": book(record(0x0006, FORMULA), record(0x0207, string(SECRET))),
    "text in a formula": book(record(0x0006, FORMULA + SECRET.encode())),
    "name of a sheet": book(record(0x0085, bytes(6) + string(SECRET, length="<B"))),
    "author of a note": book(record(0x001C, bytes(8) + string(SECRET))),
    "text box": book(
        record(0x01B6, bytes(10) + pack("<HH4x", len(SECRET), 0)),
        record(0x003C, b"\0" + SECRET.encode("latin-1")),
    ),
    "text on paper": book(record(0x0014, string(SECRET))),
    "unknown record": book(record(0x0999, SECRET.encode("utf-16-le"))),
    "book in capitals": book(label(0, 0, SECRET), name="WORKBOOK"),
    "book within a book": book(more={"MBD1/Workbook": BEGIN + label(0, 0, SECRET)}),
    "stream that is filled up": made.compound(
        {"Workbook": BEGIN + label(0, 0, SECRET) + bytes(99)}
    ),
    "title": book(more={"\5SummaryInformation": properties(0x1E, SECRET.encode("cp1252"))}),
    "wide title": book(more={"\5SummaryInformation": properties(0x1F, SECRET.encode("utf-16-le"))}),
    "short title": book(
        more={"\5SummaryInformation": properties(0x1E, "Яна\0".encode("cp1251"), 1251)}
    ),
}


@pytest.mark.parametrize("name", READ)
def test_words_of_an_old_sheet_are_read(name: str) -> None:
    found = found_in(READ[name])
    assert ("Яна" if name == "short title" else SECRET) in "\n".join(found.texts)
    assert found.unread == set()


def test_a_value_stands_in_the_column_of_its_heading() -> None:
    rows = label(0, 0, "a"), label(0, 1, "b"), label(0, 2, "c"), label(1, 0, "1"), label(1, 2, "3")

    assert "a\tb\tc\n1\t\t3" in "\n".join(found_in(book(*rows)).texts)


NUMBERS = {
    "number": (number(0, 0, 491701234567), "491701234567"),
    "fraction": (number(0, 0, 0.1 + 0.2), "0.3"),
    "date": (look(14) + number(0, 0, 23601, 0), "1964-08-12"),
    "date since 1904": (record(0x0022, b"\1\0") + look(14) + number(0, 0, 22139), "1964-08-12"),
    "date in a form of its own": (
        record(0x041E, pack("<H", 164) + string("dd.mm.yyyy")) + look(164) + number(0, 0, 23601),
        "1964-08-12",
    ),
    "postal code": (
        record(0x041E, pack("<H", 164) + string("00000")) + look(164) + number(0, 0, 1067),
        "01067",
    ),
    "short whole number": (record(0x027E, pack("<HHHi", 0, 0, 0, -4711 << 2 | 2)), "-4711"),
    "short hundredths": (record(0x027E, pack("<HHHi", 0, 0, 0, 4711 << 2 | 3)), "47.11"),
    "short fraction": (record(0x027E, pack("<HHH", 0, 0, 0) + pack("<d", 1.5)[4:]), "1.5"),
    "several": (
        record(0x00BD, pack("<HHHiHiH", 0, 0, 0, 4 << 2 | 2, 0, 5 << 2 | 2, 1)),
        "4\t5",
    ),
    "result of a formula": (record(0x0006, pack("<HHHdHI", 0, 0, 0, 12.5, 0, 0)), "12.5"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_read_as_its_cell_shows_it(name: str) -> None:
    records, shown = NUMBERS[name]
    found = found_in(book(records))

    assert shown in "\n".join(found.texts).split("\n")
    assert found.unread == set()


UNREAD = {
    "sealed": (book(record(0x002F, bytes(4)), label(0, 0, "sealed")), "encrypted"),
    "cell that breaks off": (book(record(0x0204, pack("<HHHH", 0, 0, 0, 99))), "damaged"),
    "string that is not there": (book(shows(0, 0, 7)), "damaged"),
    "record that goes on after the end": (
        made.compound({"Workbook": BEGIN + pack("<HH", 0x0204, 999) + b"x"}),
        "damaged",
    ),
    "version before 1997": (made.compound({"Book": BEGIN.replace(b"\0\6", b"\0\5")}), "file"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_told(name: str) -> None:
    data, reason = UNREAD[name]

    assert found_in(data).unread == {reason}


def test_cells_after_a_damaged_one_are_read() -> None:
    found = found_in(book(shows(0, 0, 7), label(1, 0, SECRET)))

    assert SECRET in "\n".join(found.texts)


HOSTILE = {
    "strings without letters": record(0x00FC, pack("<II", 1 << 31, 1 << 31) + bytes(8_000)) * 100,
    "pieces without end": record(0x00FC, pack("<II", 9, 9) + b"\xff\xff\1")
    + record(0x003C, b"\1") * 200_000,
    "columns far apart": b"".join(number(row, 0xFFFF, 1) for row in range(40_000)),
    "rows far apart": number(0xFFFF, 0, 1) * 40_000,
    "results without formulas": record(0x0207, string("x" * 50)) * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_old_sheet_takes_time_and_room_as_it_is_long(name: str) -> None:
    start = process_time()
    found = found_in(book(HOSTILE[name]))

    assert process_time() - start < 10
    assert sum(map(len, found.texts)) < 4_000_000
