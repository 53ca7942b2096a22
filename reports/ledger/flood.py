"""One person's flood of violations: few records, exact counts, and nobody answered before.

The first few hundred of a person in a minute get a record each. What follows is written to a spool
of its own, fsync'd, and what is alike in a few seconds of it becomes one record with the number in
`repeats`. The same segment gives the same records under the same ids whenever it is read, so a
crash or a second reading counts nothing twice. Redirected requests always stand alone: their
answers name them.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from penstock.model import Action
from reports.ledger.record import KEPT_FINGERPRINTS, KEPT_NAMES, Body, Draft, canonical, digest

ALONE = 300
"""Violations of one person in a minute that get a record of their own."""

WINDOW_S = 5.0
"""How long a flood waits in its spool for the chain."""


class Floods:
    """Tells whose violations have become a flood."""

    def __init__(self, alone: int = ALONE) -> None:
        self._alone = alone
        self._minute = 0
        self._counts: dict[str, int] = {}

    def has(self, draft: Draft) -> bool:
        """Count `draft`; whether it is part of a flood."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        person = draft.body["person"]
        number = self._counts[person] = self._counts.get(person, 0) + 1
        return number > self._alone and draft.body["action"] != Action.REDIRECT.word


def gathered(drafts: Sequence[Draft]) -> list[Draft]:
    """One draft for those that are alike, in the order of the first of each.

    Amendments name the draft that their violation became a part of; where that was written
    earlier, alike ones are kept together and name none.
    """
    alike: dict[str, list[Draft]] = {}
    became: dict[str, str] = {}
    for draft in drafts:
        if about := became.get(draft.body.get("violation", ""), ""):
            draft = replace(draft, body=draft.body | {"violation": about})
        same = alike.setdefault(about + _likeness(draft.body), [])
        same.append(draft)
        became[draft.id] = same[0].id
    return [merged(same) for same in alike.values()]


def merged(drafts: Sequence[Draft]) -> Draft:
    """One draft for many that are alike: numbers added, the time of the first and of the last."""
    drafts = list({draft.id: draft for draft in drafts}.values())
    if len(drafts) == 1:
        return drafts[0]
    first, bodies = drafts[0], [draft.body for draft in drafts]
    hashes = [body["sent_sha256"] for body in bodies]
    body = first.body | {
        "repeats": len(drafts),
        "until": bodies[-1]["at"],
        "findings": [
            _together(same) for same in zip(*(body["findings"] for body in bodies), strict=True)
        ],
        "received_bytes": sum(body["received_bytes"] for body in bodies),
        "sent_bytes": sum(body["sent_bytes"] for body in bodies),
        "sent_sha256": hashes[0] if len(set(hashes)) == 1 else digest("\n".join(hashes)),
    }
    if first.kind == "amendment":
        body["was_sent_bytes"] = sum(one["was_sent_bytes"] for one in bodies)
        if len({one["violation"] for one in bodies}) > 1:
            body["violation"] = ""
    return Draft(first.id, first.at, first.kind, body, first.sealed)


def _together(same: tuple[Body, ...]) -> Body:
    prints = sorted({print_ for finding in same for print_ in finding["fingerprints"]})
    more = {
        name: sorted({one for finding in same for one in finding.get(name, ())})[:KEPT_NAMES]
        for name in ("sources", "languages")
    }
    return (
        same[0]
        | {
            "count": sum(finding["count"] for finding in same),
            "confidence": max(finding["confidence"] for finding in same),
            "distinct": max(len(prints), *(finding["distinct"] for finding in same)),
            "fingerprints": prints[:KEPT_FINGERPRINTS],
        }
        | {name: named for name, named in more.items() if named}
    )


_OWN = frozenset(
    {
        "id",
        "at",
        "findings",
        "received_bytes",
        "sent_bytes",
        "sent_sha256",
        "violation",
        "amended_at",
        "was_sent_bytes",
    }
)


def _likeness(body: Body) -> str:
    """Equal for drafts that differ only in what `merged` adds up. Days never mix."""
    rest = {name: value for name, value in body.items() if name not in _OWN}
    kinds = [[f["class"], f["detector"]] for f in body["findings"]]
    return canonical({"day": body["at"][:10], "findings": kinds, "rest": rest})
