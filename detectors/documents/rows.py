"""A text as it grows, in which a row of a table is a line and a tab stands between its cells.

All rows of a table are as wide as its widest, so that a value stands in the column of its heading.
"""

from dataclasses import dataclass, field

_SHORT = 120
"""A cell of so many letters stays on one line; a longer one is a text of its own."""
_WIDEST = 32
"""So many tabs at most stand where cells are empty: a file may claim millions of them."""


@dataclass(slots=True)
class _Table:
    """One that has not ended."""

    tabs: int = 0
    """In the row, so far."""
    waiting: int = 0
    """Of tabs, until a cell says something again."""
    has_said: bool = False
    """Whether any cell of the row has."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """The piece that each row ends with, and how many tabs the row has."""


class Rows:
    """Pieces of text, tables among them, which may lie in cells of others."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._tables = [_Table()]
        self._cells: list[tuple[int, int]] = []
        """Of each that has not ended: its first piece, and the letters before it."""

    def text(self) -> str:
        """All that was said; nothing more can be."""
        while self._tables:
            self.table_ends()
        return "".join(self._pieces)

    def say(self, text: str) -> None:
        """Goes on with `text`."""
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def new_line(self) -> None:
        """Ends what was said, unless that has ended."""
        if self._pieces and self._pieces[-1][-1:] not in ("", "\n"):  # none: where a cell begins
            self.say("\n")

    def table_begins(self) -> None:
        """Cells and rows are those of this table until it ends."""
        self._tables.append(_Table())

    def table_ends(self) -> None:
        """Makes its rows equally wide."""
        table = self._tables.pop()
        width = max((tabs for _, tabs in table.ends), default=0)
        for piece, tabs in table.ends:
            if self._pieces[piece : piece + 1] == ["\n"]:
                self._pieces[piece] = "\t" * min(width - tabs, _WIDEST) + "\n"

    def row_ends(self) -> None:
        """Of the innermost table. A row that says nothing is an empty line."""
        table = self._tables[-1]
        self.say("\n")
        if table.has_said:
            table.ends.append((len(self._pieces) - 1, table.tabs))
        table.tabs, table.waiting, table.has_said = 0, 0, False

    def cell_begins(self) -> None:
        """The next of the row."""
        self._cells.append((len(self._pieces), self._length))
        self._pieces.append("")  # for its tabs

    def cell(self, text: str) -> None:
        """One that says `text` and takes one column."""
        self.cell_begins()
        self.say(text)
        self.cell_ends()

    def skip(self, many: int) -> None:
        """So many columns in which nothing stands; none where it is not positive."""
        self._tables[-1].waiting += max(0, many)

    def cell_ends(self, many: int = 1) -> None:
        """Of the innermost. `many`: how many columns it takes."""
        table, (first, before) = self._tables[-1], self._cells.pop()
        while len(self._pieces) > first and not self._pieces[-1].strip():
            self._length -= len(self._pieces.pop())
        if len(self._pieces) > first:
            if self._length - before <= _SHORT:
                text = "".join(self._pieces[first:]).rstrip()
                self._pieces[first:] = ["", " ".join(text.split()) if "\n" in text else text]
            tabs = min(table.waiting, _WIDEST)
            self._pieces[first] = "\t" * tabs
            self._length += tabs
            table.tabs += tabs
            table.waiting, table.has_said = 0, True
        table.waiting += many
