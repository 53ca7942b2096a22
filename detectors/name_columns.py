"""What headings and fields say, and the cells of one column of each other: spreadsheets, CSV, JSON.

A cell shows a model little: `Hengelo` beside `buyer` may be somebody or some place. The cells above
and below it, and the heading, say which. A table here is three lines or more with as many
separators each, of which the first may be a heading.

Misses: quoted cells with separators inside; two lines; columns of which the model knows less than
half and whose heading says nothing.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

_SEPARATORS = (";", "\t", "|", ",")
_LEAST = 3
_WIDE = 40
"""Cells that are longer on the average are parts of sentences."""
_HEADINGS = {
    "PERSON": """
        employee manager attendee patient first_name last_name full_name surname given_name
        mitarbeiter mitarbeiterin vorname nachname familienname ansprechpartner patientin
        prénom salarié nom_et_prénom apellido apellidos nombre_y_apellidos empleado paciente
        cognome dipendente paziente nome_e_cognome achternaam voornaam medewerker werknemer patiënt
        imię nazwisko imię_i_nazwisko pracownik pacjent apelido sobrenome funcionário utente
        efternamn förnamn anställd etternavn fornavn ansatt pasient efternavn medarbejder
        etternamn fornamn tilsett pasient sukunimi etunimi työntekijä potilas příjmení
        jméno_a_příjmení zaměstnanec priezvisko meno_a_priezvisko zamestnanec pacient
        nume_și_prenume prenume angajat pacient vezetéknév keresztnév munkavállaló beteg
        prezime ime_i_prezime zaposlenik pacijent
    """,
    "LOCATION": """
        city town location place place_of_birth stadt ort wohnort geburtsort ville lieu
        lieu_de_naissance commune ciudad localidad municipio lugar_de_nacimiento città comune
        luogo_di_nascita plaats woonplaats stad vestiging geboorteplaats miasto miejscowość
        miejsce_urodzenia cidade localidade naturalidade ort stad födelseort sted poststed
        fødested poststad kaupunki paikkakunta syntymäpaikka město obec místo_narození
        mesto miesto_narodenia oraș localitate locul_nașterii város település születési_hely
        grad mjesto mjesto_rođenja
    """,
}
_SAYS = {word: label for label, words in _HEADINGS.items() for word in words.split()}
_NAME = re.compile(
    r"(?:(?:de[nrl]?|van|von|zu[mr]?|d[aeiou]s?|della|la|le|las|los|ten?|ter|op|in|het|'t|af|av) )"
    r"{0,3}"
    r"[^\W\d_a-zß-ÿ][\w.'’-]*(?: (?:[^\W\d_a-zß-ÿ][\w.'’-]*|[a-z]{1,3}|della|delle|dello))*"
)
"""A cell that may be a name: words with capitals, and what stands in lower case between them."""
_TOWNS = frozenset(_HEADINGS["LOCATION"].split()) - {
    "location",
    "place",
    "ort",
    "lieu",
    "plaats",
    "sted",
    "mjesto",
    "vestiging",
    "stad",
}
"""Fields of towns; those of meetings hold other places as often: `Ort: Kantine`."""
_FIELD = re.compile(r"[\"'*]{0,2} ?[:=] ?[\"'*]{0,2}(?=[^\W\d_a-zß-ÿ])")
_LABEL = re.compile(r"[^\W\d_]+(?:[ _.-]{1,2}[^\W\d_]+){0,3}$")
_LABEL_WIDTH = 32
_ENDS = re.compile(r"[\"'*]{0,2} ?(?:[,;|&})\]\n\r]|\Z)")
_BETWEEN = re.compile(r"[\s_.-]+")
_AROUND = " \t\r\"'*"


type Span = tuple[int, int, str]
"""From, to and the label of what a name names."""
type Cell = tuple[int, int]


def towns(text: str) -> Iterator[Span]:
    """The towns in fields for them: `"woonplaats": "Hengelo"`."""
    for field in _FIELD.finditer(text):
        words = _LABEL.search(text, max(0, field.start() - _LABEL_WIDTH), field.start())
        is_town = words and _BETWEEN.sub("_", words[0].lower()) in _TOWNS
        value = _NAME.match(text, field.end()) if is_town else None
        if value and len(value[0]) > 1 and _ENDS.match(text, value.end()):
            yield value.start(), value.start() + len(value[0].rstrip(".")), "LOCATION"


def agreed(text: str, names: Sequence[Span]) -> list[Span]:
    """`names`, by place, as the columns of the tables in `text` have them."""
    if not names or text.count("\n") < _LEAST - 1:
        return list(names)
    starts = [start for start, *_ in names]
    dropped: set[Span] = set()
    added: list[Span] = []
    for separator, rows in _tables(text, starts):
        begin, end = rows[0][0][0], rows[-1][-1][1]
        inside = names[bisect_left(starts, begin) : bisect_right(starts, end)]
        if separator != ",":  # `Borg, Maria` is a name, `Stella;Blue` is not
            dropped.update(n for n in inside if separator in text[n[0] : n[1]])
        for column in zip(*rows, strict=True):
            old, new = _changed(text, column, [n for n in inside if n not in dropped])
            dropped |= old
            added += new
    return sorted([*(n for n in names if n not in dropped), *added])


def _changed(text: str, column: Sequence[Cell], names: list[Span]) -> tuple[set[Span], list[Span]]:
    """Which names in a column go, and which come."""
    cells = [cell for cell in column if cell[1] > cell[0]]
    starts = [start for start, _ in cells]
    held: dict[Cell, Span] = {}
    for name in names:
        at = bisect_right(starts, name[0]) - 1
        if at >= 0 and name[0] < cells[at][1]:
            held[cells[at]] = name
    heading, below = column[0], [cell for cell in cells if cell != column[0]]
    fitting = [cell for cell in below if _NAME.fullmatch(text, *cell)]
    said = _SAYS.get(_BETWEEN.sub("_", text[slice(*heading)].lower()))
    labels = Counter(held[cell][2] for cell in below if cell in held)
    gone = {held[heading]} if heading in held and (said or not fitting) else set()
    label, times = (said, len(below)) if said else max(labels.items(), default=("", 0), key=_second)
    if label not in _HEADINGS or 2 * times <= len(below):
        return gone, []
    wrong = [cell for cell in fitting if cell not in held or held[cell][2] != label]
    return gone | {held[c] for c in wrong if c in held}, [(*cell, label) for cell in wrong]


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _tables(text: str, starts: Sequence[int]) -> Iterator[tuple[str, list[list[Cell]]]]:
    """Runs of lines with as many separators in which a name begins, as rows of cells."""
    lines = text.split("\n")
    begins = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for separator in _SEPARATORS:
        if separator not in text:
            continue
        widths = [line.count(separator) for line in lines]
        for width, group in groupby(range(len(lines)), widths.__getitem__):
            run = list(group)
            first, last = begins[run[0]], begins[run[-1] + 1]
            if not width or len(run) < _LEAST or last - first > len(run) * (width + 1) * _WIDE:
                continue
            if bisect_left(starts, first) < bisect_left(starts, last):
                yield separator, [_row(lines[i], begins[i], separator) for i in run]


def _row(line: str, at: int, separator: str) -> list[Cell]:
    """The cells of one line that begins at `at`."""
    cells: list[Cell] = []
    for cell in line.split(separator):
        value = cell.strip(_AROUND)
        start = at + (cell.index(value) if value else 0)
        cells.append((start, start + len(value)))
        at += len(cell) + 1
    return cells
