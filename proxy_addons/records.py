"""Violations: what is kept of a request that was acted on, or that nobody could look into."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from hashlib import sha256
from time import perf_counter
from uuid import uuid4

from penstock.errors import LedgerError
from penstock.model import Action, Decision, Finished, Outcome, Sender, Violation, tally
from policy.load import LoadedPolicy
from proxy_addons.contracts import Noticed, PolicySource, Recorder
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Leaving, Passage
from proxy_addons.places import log_place
from proxy_addons.retries import Attempt, Retries
from proxy_addons.services import Endpoint

RECORD_S = 10.0
"""Longest wait for a record to be kept."""

NOT_INSPECTED = Decision(Action.BLOCK, ("uninspected",), asked=Action.BLOCK)
"""The decision on what is refused because it cannot be inspected at all."""


class Records:
    """Writes violations under the policy in force."""

    def __init__(self, recorder: Recorder, policy: PolicySource, retries: Retries) -> None:
        self._recorder = recorder
        self._retries = retries
        self.policy = policy

    async def keep(
        self,
        decision: Decision,
        endpoint: Endpoint,
        sender: Sender,
        host: str,
        *,
        policy: LoadedPolicy | None = None,
        seen: Inspection | None = None,
        received_bytes: int = 0,
        sent: bytes | None = None,
        outcome: Outcome = Outcome.PREVENTED,
        model: str = "",
        routed: str = "",
        unread: tuple[str, ...] = (),
    ) -> Violation:
        """The record of `decision`, when it is kept; whatever goes wrong is counted, a LedgerError.

        `policy` is the one that decided, where it is not the one in force now; `sent` the body
        that goes to the public service, if one does.
        """
        try:
            policy = policy or self.policy()
            violation = Violation(
                id=str(uuid4()),
                at=datetime.now(UTC),
                action=decision.action,
                asked=decision.asked,
                outcome=outcome,
                rules=decision.rules,
                policy=policy.policy.name,
                policy_sha256=policy.sha256,
                service=sender.service,
                host=host,
                endpoint=endpoint.template,
                dialect=endpoint.dialect,
                user=sender.user,
                groups=sender.groups,
                account=sender.account,
                identified_by=sender.identified_by,
                findings=tally(seen.verdict.findings) if seen else (),
                received_bytes=seen.received_bytes if seen else received_bytes,
                sent_bytes=len(sent or b""),
                sent_sha256="" if sent is None else sha256(sent).hexdigest(),
                model=model,
                routed=routed,
                unread=seen.unread if seen else unread,
            )
            attempt = Attempt(violation, 1)
            if sent is not None:
                attempt = await self._retries.begin(violation)
            async with asyncio.timeout(RECORD_S):
                if attempt.number == 1:
                    await self._recorder.record(violation)
                else:
                    at = datetime.now(UTC)
                    await self._recorder.again(attempt.violation, at, attempt.number)
            return attempt.violation
        except BaseException as e:
            self.noted("unrecorded", "")
            if isinstance(e, LedgerError):
                raise
            raise LedgerError(f"the record was not kept: {type(e).__name__}") from None

    def held(self, passage: Passage, began: float) -> None:
        """Counts how long an inspected request waited for its verdict, `began` by `perf_counter`;
        where an internal model answers, that took the time."""
        if passage.policy is not None and passage.action is not Action.REDIRECT:
            self._recorder.held(perf_counter() - began, datetime.now(UTC))

    def noted(self, kind: Noticed, host: str) -> None:
        """Counts what has no record of its own."""
        self._recorder.noted(kind, host, datetime.now(UTC))

    def settle(self, leaving: Leaving) -> Awaitable[None] | None:
        """At the end of a request or message, or when its answer begins: what was recorded as
        sent may not have left, and then its record is amended."""
        kept, told = leaving.kept, leaving.told
        leaving.kept = leaving.told = None
        if leaving.has_left:
            return told() if told is not None else None
        return self._amend(kept) if kept is not None else None

    async def _amend(self, kept: Violation) -> None:
        """What stays unamended stays disclosed."""
        attempt = self._retries.end(kept)
        try:
            async with asyncio.timeout(RECORD_S):
                await self._recorder.unsent(kept, datetime.now(UTC), attempt.number)
            await self._retries.await_next(attempt)
        except BaseException as e:
            log_place("amending a record", e)

    async def answered(
        self, violation: Violation, asked_model: str, finished: Finished, served_as: str
    ) -> None:
        """Keeps what the answer to a redirected request took. The answer itself is under way."""
        try:
            async with asyncio.timeout(RECORD_S):
                await self._recorder.answered(
                    violation, finished, datetime.now(UTC), asked_model, served_as
                )
        except BaseException as e:
            log_place("recording an answer", e)
