"""What the XML of Word, Excel and PowerPoint says below an element.

Source: ECMA-376, 5th edition, part 1.
"""

import re
from xml.etree.ElementTree import Element

from detectors.documents.base import steps
from detectors.documents.rows import Rows

_ENDS = {
    **dict.fromkeys(("p", "br", "cr", "pt", "text", "comment", "title", "subject"), "\n"),
    **dict.fromkeys(("tab", "ptab"), "\t"),
}
"""Local names of elements after which the text goes on elsewhere."""
_BEGINS = {"noBreakHyphen": "-", "rPh": " "}
"""Those that say something themselves, or how what is in them is read aloud."""
_TEXT = frozenset({"t", "delText", "instrText", "v", "f", "text", "title", "subject", "creator"})
_PROGRAM = re.compile(
    r"Microsoft(?: Office| Macintosh)? (?:Excel|Word|PowerPoint)(?: Online)?"
    r"|(?:LibreOffice|OpenOffice|WPS Office|Google (?:Sheets|Docs|Slides))[\w.$/ -]{0,80}"
)
"""Which program wrote a file is no organisation that its text is about."""


def local(element: Element) -> str:
    """Its name without that of its vocabulary."""
    return element.tag.rpartition("}")[2]


def said(root: Element, *, everything: bool = False, but: str = "") -> str:
    """The text below `root`, with its lines and tables.

    `everything`: of all elements, not only those of text. `but`: elements that are left out.
    """
    text = Rows()
    span, left_out = 1, 0
    for element, begins in steps(root):
        name = local(element)
        if name == but:
            left_out += 1 if begins else -1
        elif left_out:
            continue
        elif begins:
            if name == "tc":
                text.cell_begins()
            elif name == "tbl":
                text.table_begins()
            elif name == "p":
                text.new_line()
            elif name == "gridSpan":
                span = _number(element)
            text.say(_BEGINS.get(name, ""))
            is_said = everything or name in _TEXT
            if element.text and is_said and not _is_program(name, element.text):
                text.say(element.text + ("\n" if everything else ""))
        elif name == "tc":
            text.cell_ends(span)
            span = 1
        elif name == "tr":
            text.row_ends()
        elif name == "tbl":
            text.table_ends()
        else:
            text.say(_ENDS.get(name, ""))
        if everything and not begins and element.tail and element.tail.strip():
            text.say(element.tail + "\n")
    return text.text()


def _is_program(name: str, text: str) -> bool:
    return name == "Application" and _PROGRAM.fullmatch(text) is not None


def _number(element: Element) -> int:
    return next((int(v) for v in element.attrib.values() if v.isdecimal() and len(v) < 4), 1)
