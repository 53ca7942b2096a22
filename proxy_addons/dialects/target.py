"""What the request line itself sends: the path and the query, as one passage of lines.

Source: RFC 3986 (percent-encoding), the URL standard's `application/x-www-form-urlencoded`.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, unquote_plus

from proxy_addons.dialects.passages import Changes, Lines, Passage
from proxy_addons.dialects.words import MADE_IDS, NAMES_AN_ID

WHERE = "?"
"""Where the passage of a request's target stands."""

_PLAIN = re.compile(r"[a-z_]{0,24}|v\d[a-z0-9.]{0,10}")
"""Path segments that are the format's own words: `v1`, `chat`, `completions`."""
_NUMBERED = re.compile(
    r"/(?:endpoints|reasoningEngines|sessions|cachedContents|models|tuningJobs|batchPredictionJobs"
    r"|ragCorpora|ragFiles|operations)/\d{17,19}(?::[A-Za-z]{1,24})?"
)
"""What Vertex AI numbers, with its number: one in sixty passes for that of a payment card, and who
has such a model could never ask it."""
_PLAIN_PATH = re.compile(rf"(?:/(?:{_PLAIN.pattern}))*")


def read_target(
    target: str, credentials: frozenset[str] = frozenset(), ids: re.Pattern[str] = MADE_IDS
) -> Iterable[Passage]:
    """What a person may have written into `target`. Parameters named in `credentials` are left
    out: they prove to the service who is asking, as the Authorization header does elsewhere. So
    are segments of the path that are `ids`, or numbers of a service's own."""
    path, _, query = target.partition("?")
    if not query and _PLAIN_PATH.fullmatch(path):
        return []
    lines = Lines()
    before = ""
    for i, segment in enumerate(path.split("/")):
        is_own = _PLAIN.fullmatch(segment) or ids.fullmatch(segment)
        if not is_own and not _NUMBERED.fullmatch(f"/{before}/{segment}"):
            lines.add("", unquote(segment), (WHERE, f"path:{i}"))
        before = segment
    read_form(lines, query, (WHERE,), credentials, ids)
    return lines.passages(WHERE, "other")


def rewrite_target(target: str, changes: Changes) -> str:
    """`target` with new segments, names and values; all others stay as they are spelled."""
    path, mark, query = target.partition("?")
    segments = [
        quote(new, safe="") if isinstance(new := changes.get(f"path:{i}"), str) else segment
        for i, segment in enumerate(path.split("/"))
    ]
    return "/".join(segments) + mark + rewrite_form(query, changes)


def read_form(
    lines: Lines,
    form: str,
    place: tuple[str, ...] = (),
    credentials: frozenset[str] = frozenset(),
    ids: re.Pattern[str] = MADE_IDS,
) -> None:
    """Adds a line for each `name=value` of a query or a form body."""
    for i, pair in enumerate(form.split("&") if form else ()):
        name, _, value = pair.partition("=")
        if NAMES_AN_ID.search(name) and ids.fullmatch(value):
            continue
        if unquote_plus(name) not in credentials:
            lines.add(
                unquote_plus(name),
                unquote_plus(value),
                (*place, f"value:{i}"),
                (*place, f"name:{i}"),
            )


def rewrite_form(form: str, changes: Changes) -> str:
    """`form` with new names and values, at the places `read_form` gave them."""
    pairs = form.split("&") if form else []
    for i, pair in enumerate(pairs):
        name, mark, value = pair.partition("=")
        new_name, new_value = changes.get(f"name:{i}"), changes.get(f"value:{i}")
        if isinstance(new_name, str):
            name = quote(new_name, safe="")
        if isinstance(new_value, str):
            value = quote(new_value, safe="")
        pairs[i] = f"{name}{mark}{value}"
    return "&".join(pairs)
