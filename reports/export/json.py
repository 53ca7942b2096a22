"""JSON Lines: every record with its number and hash, for checking and for scripts."""

from collections.abc import Iterator, Mapping

import orjson

from reports.ledger import Body


def lines(records: Iterator[tuple[int, str, Body]], _: Mapping[str, int]) -> Iterator[str]:
    """One JSON object a line: `seq`, `hash`, and the record as it was hashed."""
    for seq, hash_, body in records:
        line = orjson.dumps(
            {"seq": seq, "hash": hash_, "record": body}, option=orjson.OPT_SORT_KEYS
        )
        yield line.decode() + "\n"
