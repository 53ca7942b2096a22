"""`python -m benchmarks.held_out DEV.jsonl TUNE.jsonl HELD.jsonl`: the set in two halves.

Texts of one template, one document or one generator land in the same half, so that the second half
says something about text that nobody tuned to.
"""

import json
import re
import sys
from hashlib import md5
from typing import Any

_BY_SOURCE = ("clinical", "hn_code")


def template(item: dict[str, Any]) -> str:
    """What items of one origin share: the text without its values, as far as it is alike."""
    text: str = item["text"]
    at, out = 0, ""
    for span in sorted(item["spans"], key=lambda s: s["start"]):
        if span["start"] >= at:
            out += f"{text[at : span['start']]}<{span['label']}>"
            at = span["end"]
    shape = re.sub(r"\d+", "0", out + text[at:])[:40]
    by_source = item["kind"] in _BY_SOURCE and "human-eval" not in item["source"]
    return f"{item['source'] if by_source else ''}{item['kind']}{shape}"


def is_held_out(item: dict[str, Any]) -> bool:
    """Whether the item belongs to the second half."""
    return int(md5(template(item).encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 0


def main(files: list[str]) -> int:
    if len(files) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with (
        open(files[0], encoding="utf-8") as lines,
        open(files[1], "w", encoding="utf-8") as tune,
        open(files[2], "w", encoding="utf-8") as held,
    ):
        for line in lines:
            (held if is_held_out(json.loads(line)) else tune).write(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
