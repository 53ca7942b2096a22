"""Whether the month was watched throughout, and what passed or stayed behind all the same."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from reports.ledger import policies
from reports.ledger.retention import watched_before
from reports.monthly.asked import Asked
from reports.monthly.document import Completeness, Gap, instant
from reports.monthly.render.numbers import lasting, moment

_LIFE = timedelta(seconds=30)
"""A sign of life is written every few seconds; this much longer a proxy counts as running."""


def completeness(asked: Asked) -> Completeness:
    """For the control block; each figure is counted, also those that must be nothing."""
    t = asked.words
    began = _began(asked)
    end = min(asked.month.end, asked.now)
    runs = asked.ledger.runs(asked.month)
    share, gaps, text = None, tuple[Gap, ...](), t(
        "No proxy reported that it was running, so how much was watched is not known."
    )  # fmt: skip
    if runs and began < end:
        gaps = tuple(_gaps(asked, runs, began, end))
        missing = sum(gap.hours for gap in gaps)
        share = max(1 - missing * timedelta(hours=1) / (end - began), 0.0)
        text = (
            t(
                "Without a running proxy: {time} of {whole}; gaps: {gaps}.",
                gaps=len(gaps),
                time=lasting(missing, t.language),
                whole=lasting((end - began) / timedelta(hours=1), t.language),
            )
            if gaps
            else t("A proxy was running throughout.")
        )
        if began > asked.month.start:
            at = moment(instant(began))
            text = f"{text} {t('The first proxy started at {at}; counted from then on.', at=at)}"
    return Completeness(
        watched_share=share,
        counted_hours=None if share is None else (end - began) / timedelta(hours=1),
        since=instant(began) if runs and began < end else "",
        gaps=gaps,
        text=text,
        let_through=asked.let_through().total,
        fail_open_hours=_fail_open_hours(asked, end),
        unrecorded=asked.notes("unrecorded").total,
        is_final=asked.now >= asked.month.end,
    )


def _began(asked: Asked) -> datetime:
    """From when a proxy is missed: the first start of all, where that lies in the month."""
    known = asked.ledger.first_run()
    if not known or watched_before(asked.ledger):
        return asked.month.start
    return max(asked.month.start, datetime.fromisoformat(known))


def _gaps(
    asked: Asked, runs: tuple[tuple[str, str, str, str], ...], began: datetime, end: datetime
) -> Iterator[Gap]:
    """The times between `began` and `end` in which no proxy was running."""
    t = asked.words
    stopped_word, silent_word = t("stopped"), t("no further sign of life")
    reached, reason = began, t("none was running when the month began")
    for _, started, seen, stopped in runs:
        start = max(datetime.fromisoformat(started), began)
        until = datetime.fromisoformat(stopped) if stopped else datetime.fromisoformat(seen) + _LIFE
        if start > reached:
            yield _gap(reached, start, reason)
        if until > reached:
            reached, reason = min(until, end), stopped_word if stopped else silent_word
    if reached < end:
        yield _gap(reached, end, reason)


def _gap(start: datetime, end: datetime, reason: str) -> Gap:
    return Gap(instant(start), instant(end), (end - start) / timedelta(hours=1), reason)


def _fail_open_hours(asked: Asked, end: datetime) -> float | None:
    """Hours of the month under a policy that lets pass what could not be inspected."""
    acts = [b for b in policies.came_into_force(asked.ledger) if _at(b["at"]) < end]
    if not acts:
        return None
    ends = [*(_at(body["at"]) for body in acts[1:]), end]
    times = (
        (max(_at(body["at"]), asked.month.start), until)
        for body, until in zip(acts, ends, strict=True)
        if body["on_error"] == "warn"
    )
    whole = sum((max(until - start, timedelta()) for start, until in times), timedelta())
    return whole / timedelta(hours=1)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
