"""`python -m benchmarks.held_out DEV.jsonl TUNE.jsonl HELD.jsonl`: a labelled set in two halves.

Texts of one template, one document, one repository or one generator land in the same half, so that
the second half says something about text that nobody tuned to.
"""

import json
import re
import sys
from base64 import b64decode
from hashlib import md5
from typing import Any

_BY_SOURCE = ("clinical", "hn_code")


def template(item: dict[str, Any]) -> str:
    """What items of one origin share: a repository, or the text without its values, if alike."""
    if "label" in item and not item["source"].startswith("synthetic"):
        return str(item["source"]).partition(":")[0]
    text: str = item["text"] if "text" in item else b64decode(item["text_b64"]).decode()
    at, out = 0, ""
    for start, end, label in sorted(map(_span, item["spans"])):
        if start >= at:
            out += f"{text[at:start]}<{label}>"
            at = end
    shape = re.sub(r"\d+", "0", out + text[at:])[:40]
    by_source = item["kind"] in _BY_SOURCE and "human-eval" not in item["source"]
    return f"{item['source'] if by_source else ''}{item['kind']}{shape}"


def _span(span: Any) -> tuple[int, int, str]:
    """Start, end and label in any of the sets: an object, or a list with or without a label."""
    if isinstance(span, dict):
        return span["start"], span["end"], span["label"]
    start, end, *label = span
    return start, end, "".join(label)


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
