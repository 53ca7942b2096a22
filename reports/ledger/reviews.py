"""What people say of findings after they have looked: the precision of detectors comes from it."""

from datetime import datetime

from penstock.errors import Refused
from reports.ledger.ledger import Ledger

KIND = "review"


def review(
    ledger: Ledger, violation: str, *, correct: bool, data_class: str, by: str, at: datetime
) -> int:
    """Keep that the findings of a violation, or those of one class, are right or wrong; returns how
    many. Raises Refused where there are none.
    """
    record = ledger.violations([violation]).get(violation)
    if not record:
        raise Refused(f"no violation `{violation[:40]}`, or its record was emptied")
    found = [f for f in record["findings"] if data_class in ("", f["class"])]
    if not found:
        raise Refused(f"nothing was found there{f' of `{data_class[:40]}`' if data_class else ''}")
    for finding in found:
        ledger.act(
            KIND, at, violation=violation, detector=finding["detector"],
            data_class=finding["class"], correct=correct, by=by,
        )  # fmt: skip
    return len(found)
