"""Where a rule's second look goes: windows around what was reported, many of them in one text.

To ask RE2 costs as much as to have it look through half a kilobyte, and most windows hold nothing.
"""

from collections.abc import Callable, Iterator, Sequence

from detectors.vicinity import count_digits

type Window = tuple[int, int]
"""From where to where in the data."""
_TOGETHER = 16
"""So many windows are one text,"""
_LONGEST = 16384
"""unless it has more bytes than this, which bounds what RE2 goes on through past a window."""


def windows(
    ends: Sequence[int],
    reach: tuple[int, int],
    size: int,
    start_of: Callable[[int], int] | None = None,
) -> list[Window]:
    """Within `reach` of each end (ascending), what overlaps joined."""
    before, after = reach
    last = ends[0]
    first = start_of(last) if start_of else last - before
    found = []
    for end in ends:  # three times as fast as to compare neighbours in lists
        start = start_of(end) if start_of else end - before
        if start - last > after:
            found.append((first, last + after))
            first = start
        last = end
    found.append((first, min(size, last + after)))
    if found[0][0] < 0:
        found[0] = 0, found[0][1]
    return found


def line_starts(data: bytes, before: int) -> Callable[[int], int]:
    """For the end of a line, the break before it, or what lies so many bytes before."""

    def start_of(end: int) -> int:
        first = max(0, end - before)
        return max(first, data.rfind(b"\n", first, max(first, end - 1)))

    return start_of


def together(
    data: bytes, some: Sequence[Window]
) -> Iterator[tuple[bytes, int, int, Sequence[Window]]]:
    """Texts to be searched, from where up to where, and the windows that are in them.

    Each window has its neighbours in the data at its sides, so that RE2 finds in the text all that
    is in one of them. A window by itself is a part of the data.
    """
    for i in range(0, len(some), _TOGETHER):
        part = some[i : i + _TOGETHER]
        if len(part) > 1:
            text = b"\n".join([data[start - 1 if start else 0 : stop + 1] for start, stop in part])
            if len(text) <= _LONGEST:
                yield text, 1 if part[0][0] else 0, len(text), part
                continue
        for window in part:
            yield data, *window, (window,)


class Around:
    """What of one text is searched for its rules. Those that share what is reported, and look as
    far from it, stand side by side: what was put together last is kept for the next of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._last: tuple[Sequence[int], object] | None = None
        self._texts: list[tuple[bytes, int, int, Sequence[Window]]] = []

    def texts(
        self, ends: Sequence[int], reach: tuple[int, int], digits: int = 0, in_line: bool = False
    ) -> list[tuple[bytes, int, int, Sequence[Window]]]:
        """Of the windows around `ends` (ascending) in which so many digits are or more."""
        wanted = reach, digits, in_line
        if self._last and self._last[0] is ends and self._last[1] == wanted:
            return self._texts
        data = self.data
        some = windows(ends, reach, len(data), line_starts(data, reach[0]) if in_line else None)
        if digits:
            some = [w for w in some if count_digits(data[w[0] : w[1]]) >= digits]
        self._last, self._texts = (ends, wanted), list(together(data, some))
        return self._texts


def begins_of(some: Sequence[Window]) -> list[int]:
    """Where in the text that windows are together each of them begins."""
    begins, at = [], 0
    for start, stop in some:
        begins.append(at + 1 if start else at)
        at = begins[-1] + stop - start + 2
    return begins
