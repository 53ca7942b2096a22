"""A year of synthetic records, so that a newcomer sees filled reports. Nothing in it happened.

It tells a story that pilots often tell: two months of watching only, then rules in force, more
and more use, and a smaller and smaller part of it disclosed. A month has 223 violations on average,
as the Netskope Cloud and Threat Report 2026 found, and one has 2,100, its upper quartile: a team
pastes its code base into a chat.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from random import Random

from penstock.model import Action, Finished, Outcome, Tally, Violation
from policy.load import LoadedPolicy, parse
from reports.cases import Notified, Recipient, Severity, open_case, update_case
from reports.facts import Facts
from reports.ledger import Ledger, Month
from reports.ledger.policies import approve as approve_policy
from reports.ledger.policies import in_force
from reports.ledger.reidentify import approve, request
from reports.ledger.watched import Kind

_SERVICES = {
    "chatgpt": ("chatgpt.com", "POST /backend-api/conversation", "chatgpt_web", 44),
    "openai-api": ("api.openai.com", "POST /v1/chat/completions", "openai_chat", 20),
    "anthropic-api": ("api.anthropic.com", "POST /v1/messages", "anthropic_messages", 14),
    "gemini-api": (
        "generativelanguage.googleapis.com",
        "POST /v1beta/models/*:generateContent",
        "gemini_generate",
        12,
    ),
    "claude": ("claude.ai", "POST /api/organizations/*/completion", "claude_web", 10),
}
_CLASSES = {
    "code.source": ("source_code@3", 34),
    "pii.person": ("personal-data@3", 24),
    "pii.email": ("personal-data@3", 20),
    "secret.aws_access_key": ("secrets@2", 6),
    "secret.password": ("secrets@2", 7),
    "fin.iban": ("personal-data@3", 6),
    "pci.card_number": ("personal-data@3", 5),
    "gdpr9.health": ("regulated@3", 7),
    "pii.national_id.de_steuerid": ("personal-data@3", 4),
    "custom.project_name": ("terms@1", 5),
}
_LANGUAGES = {"python": 31, "typescript": 22, "java": 18, "sql": 14, "c++": 9, "shell": 6}
_STRICTEST = {
    "secret": (Action.BLOCK, "credentials-never-leave"),
    "pci": (Action.BLOCK, "cards-never-leave"),
    "gdpr9": (Action.REDIRECT, "health-stays-inside"),
    "code": (Action.REDIRECT, "own-code-to-own-model"),
    "fin": (Action.REDACT, "personal-data-only-to-approved"),
    "pii": (Action.REDACT, "personal-data-only-to-approved"),
    "custom": (Action.WARN, "project-names-with-care"),
}
_UNITS = {"engineering": 38, "sales": 21, "support": 19, "finance": 11, "hr": 8, "board": 3}
_ACCOUNTS = {"free": 55, "personal": 18, "corporate": 22, "unknown": 5}
_WATCHING = 2
"""Months in monitor mode at the start."""
_PASTING, _PASTED = 8, 2100
"""The month in which a team pasted its code base, and how many violations that made."""


_POLICY = """
name: {name}
mode: {mode}
on_error: warn
uninspected: warn
rules:
  - {{id: credentials-never-leave, why: demo, when: {{data: [secret.*]}}, then: block}}
  - {{id: cards-never-leave, why: demo, when: {{data: [pci.*]}}, then: block}}
  - {{id: health-stays-inside, why: demo, when: {{data: [gdpr9.*]}}, then: redirect, to: own-model}}
  - id: own-code-to-own-model
    why: demo
    when: {{data: [code.*]}}
    unless: {{group: [open-source], owner: head of engineering, until: {until}}}
    then: redirect
    to: own-model
  - id: personal-data-only-to-approved
    why: demo
    when: {{data: [pii.*, fin.*]}}
    unless: {{approved: true, data: [pii.person]}}
    then: redact
  - {{id: project-names-with-care, why: demo, when: {{data: [custom.*]}}, then: warn}}
examples: []
"""

_HIDDEN: dict[str, tuple[Kind, int]] = {
    "api.newmodel-ai.example": ("tunnel", 40),
    "chat.example-llm.example": ("tunnel", 12),
    "api.openai.com": ("distrust", 7),
    "claude.ai": ("distrust", 3),
}
"""Hosts and how often a month shows a sign of a way around there."""
_UPLOADS = {"chatgpt": 24, "claude": 9, "openai-api": 3}
"""Files a working day, by service."""


def seed_demo(ledger: Ledger, now: datetime, months: int = 12) -> int:
    """Fill a demo ledger with the `months` up to `now`; returns how many violations.

    The same month gives the same story each time, and a second call adds nothing. Raises
    LedgerError for a ledger that is not for demo data.
    """
    number = 0
    for back in range(months - 1, -1, -1):
        month = Month.of(now).plus(-back)
        story = _Story(month, months - 1 - back, Random(f"penstock {month.name}"))
        until = min(month.end, now)
        violations = [v for v in story.violations() if v.at < until]
        number += ledger.append(violations)
        ledger.append_answers(story.answers(violations))
        if month.name not in ledger.traffic_months():
            story.watch(ledger, until)
            story.note(ledger, until)
            story.act(ledger, violations)
    ledger.flush()
    return number


def demo_facts() -> Facts:
    """What the company of the story says about itself."""
    return Facts.model_validate(
        {
            "legal_entity": "Demo Company SE (invented)",
            "scope": ["Head office", "two proxies"],
            "turnover_eur": 180_000_000,
            "contracts": {
                "openai-api": {
                    "processing_agreement": True,
                    "trains_on_input": False,
                    "legal_basis": "GDPR art. 6(1)(f)",
                    "transfer_basis": "adequacy (DPF)",
                    "owner": "IT",
                },
                "anthropic-api": {
                    "processing_agreement": True,
                    "trains_on_input": False,
                    "transfer_basis": "standard clauses",
                    "owner": "IT",
                },
                "chatgpt": {"processing_agreement": False, "transfer_basis": "none"},
            },
            "billing": {
                "openai-api": "metered",
                "anthropic-api": "metered",
                "gemini-api": "metered",
                "free": "free",
                "personal": "free",
                "corporate": "seat",
            },
            "costs": {
                "fixed_per_month": 2183,
                "marginal_per_million": 0.02,
                "capacity_tokens_per_day": 27_600_000,
                "share": 0.1,
            },
        }
    )


@dataclass(frozen=True)
class _Story:
    """One month of it."""

    month: Month
    age: int
    """Months since the pilot began."""
    random: Random

    def violations(self) -> Iterator[Violation]:
        usual = 163 + 11 * self.age + self.random.randrange(-15, 16)
        for i in range(usual):
            yield self._violation(i)
        if self.age == _PASTING:
            for i in range(usual, _PASTED):
                yield self._violation(i, "code.source", "engineering")

    def answers(
        self, violations: list[Violation]
    ) -> Iterator[tuple[Violation, Finished, datetime, str]]:
        """What the company's own model used for those it answered."""
        models = {"openai-api": "gpt-4o", "anthropic-api": "claude-3-5-haiku", "chatgpt": ""}
        random = Random(f"answers {self.month.name}")
        for violation in violations:
            if violation.action is Action.REDIRECT:
                used = Finished("stop", violation.received_bytes // 4, random.randrange(80, 900))
                at = violation.at + timedelta(seconds=4)
                yield violation, used, at, models.get(violation.service, "")

    @cached_property
    def policy(self) -> LoadedPolicy:
        """The one that decides in this month."""
        watching = self.age < _WATCHING
        text = _POLICY.format(
            name="demo-trial" if watching else "demo-company",
            mode="monitor" if watching else "enforce",
            until=self.month.plus(3 - self.age % 4).start.date(),
        )
        return LoadedPolicy(parse(text, "demo"), Path(__file__), sha256(text.encode()).hexdigest())

    def note(self, ledger: Ledger, until: datetime) -> None:
        """What the proxies noticed of themselves: policy, canaries, waiting times, ways around."""
        random = Random(f"notes {self.month.name}")
        ledger.account = "demo.officer"
        if in_force(ledger, self.policy, self.month.start):
            approve_policy(
                ledger, self.policy, by="demo officer", role="data protection", at=self.month.start
            )
        day = self.month.start
        while day < until:
            for _ in range(90):
                ledger.held(random.lognormvariate(-4.6, 0.7), day)
            if random.random() < 0.1:
                ledger.noted("unrecorded", "", day)
            if day.day % 8 == 1:
                missed = ["claude_web POST claude.ai/completion passed unseen"] * (day.day == 17)
                ledger.act("canary", day, sent=94, missed=missed)
            for service, usual in _UPLOADS.items():
                if day.weekday() < 5:
                    ledger.noted("upload", service, day, usual + self.age)
            for host, (kind, usual) in _HIDDEN.items():
                if number := round(random.expovariate(31 / usual)):
                    ledger.noted(kind, host, day, number)
            day += timedelta(days=1)

    def act(self, ledger: Ledger, violations: list[Violation]) -> None:
        """What people did: reviewed findings, opened a case, asked who somebody was."""
        random = Random(f"acts {self.month.name}")
        for violation in random.sample(violations, min(20, len(violations))):
            for finding in violation.findings:
                ledger.act(
                    "review", violation.at + timedelta(hours=3), violation=violation.id,
                    detector=finding.detector, data_class=finding.data_class,
                    correct=random.random() < 0.94, by="demo analyst",
                )  # fmt: skip
        disclosed = [v for v in violations if v.outcome is not Outcome.PREVENTED]
        if self.age % 4 == 3 and disclosed:
            self._case(ledger, disclosed[0])

    def _case(self, ledger: Ledger, violation: Violation) -> None:
        found, aware = violation.at + timedelta(minutes=20), violation.at + timedelta(hours=5)
        pseudonym, _ = ledger.about(violation.user)
        ledger.account = "demo.analyst"
        request_ = request(
            ledger, pseudonym, reason="to ask what was sent", case="demo", by="demo analyst",
            role="security", at=found,
        )  # fmt: skip
        ledger.account = "demo.officer"
        approve(ledger, request_, by="demo officer", role="data protection", at=found)
        case = open_case(
            ledger, by="demo analyst", at=found, title="Demo: text sent to an AI service",
            detected_at=found, violations=(violation.id,), occurred_from=violation.at,
            incident_type="data sent by mistake", cause="internal non-malicious",
            recipient=Recipient(name=violation.service, country="US"),
        )  # fmt: skip
        update_case(
            ledger, case, by="demo officer", at=aware, aware_at=aware,
            aware_by_role="data protection officer", data_categories=("contact data",),
            severity=Severity(dpc=1, ei=0.75, cb=0.25, assessor="demo officer"),
            conclusion="unlikely to result in a risk", status="closed",
            authority=Notified(told=False, reason="no risk: names of products only"),
            people=Notified(told=False, reason="no high risk"),
        )  # fmt: skip

    def watch(self, ledger: Ledger, until: datetime) -> None:
        """The requests behind the violations, and a proxy that ran but for one night."""
        per_hour = 14 + 3 * self.age
        hour = self.month.start
        while hour < until:
            busy = 1.0 if 7 <= hour.hour < 18 and hour.weekday() < 5 else 0.06
            for service, (_, _, _, weight) in _SERVICES.items():
                for account, share in _ACCOUNTS.items():
                    requests = round(per_hour * busy * weight / 25 * share / 25)
                    if requests:
                        ledger.inspected(service, account, 2100 * requests, hour, requests)
            hour += timedelta(hours=1)
        broken = self.month.start + timedelta(days=9, hours=1)
        again = broken + timedelta(hours=2 + self.age % 3)
        ledger.add_run("0.1.0", self.month.start, min(broken, until))
        if again < until:
            ledger.add_run("0.1.0", again, until)

    def _violation(self, number: int, only: str = "", team: str = "") -> Violation:
        random = self.random
        service = _one(random, {name: row[3] for name, row in _SERVICES.items()})
        host, endpoint, dialect, _ = _SERVICES[service]
        classes = {_one(random, {name: row[1] for name, row in _CLASSES.items()})}
        if random.random() < 0.35:
            classes.add(_one(random, {name: row[1] for name, row in _CLASSES.items()}))
        if only:
            classes = {only}
        asked, rule = max(_STRICTEST[name.partition(".")[0]] for name in classes)
        action, outcome, unread = self._done(asked)
        asked = Action.WARN if unread else asked
        received = int(random.lognormvariate(7.2, 0.9)) + 200
        sent = {Action.BLOCK: 0, Action.REDIRECT: 0}.get(action, received)
        unit = team or _one(random, _UNITS)
        return Violation(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"demo {self.month.name} {number}")),
            at=self._moment(),
            action=action,
            asked=asked,
            outcome=outcome,
            rules=("on-error" if "timeout" in unread else "uninspected",) if unread else (rule,),
            policy=self.policy.policy.name,
            policy_sha256=self.policy.sha256,
            service=service,
            host=host,
            endpoint=endpoint,
            dialect=dialect,
            user=f"{unit}{random.randrange(max(2, _UNITS[unit] * 2))}@demo.example",
            groups=(unit,),
            account=_one(random, _ACCOUNTS),
            identified_by="basic",
            findings=() if unread else tuple(self._finding(name) for name in sorted(classes)),
            received_bytes=received,
            sent_bytes=sent,
            sent_sha256=sha256(f"{self.month.name}{number}".encode()).hexdigest() if sent else "",
            model="own-model" if action is Action.REDIRECT else "",
            unread=unread,
        )

    def _done(self, asked: Action) -> tuple[Action, Outcome, tuple[str, ...]]:
        """What was done, what became of it, and why something was not inspected."""
        if self.random.random() < 0.03:
            return Action.WARN, Outcome.UNKNOWN, (self.random.choice(["image", "timeout"]),)
        if self.age < _WATCHING:
            return Action.WARN, Outcome.DISCLOSED, ()
        if asked is Action.WARN:
            return Action.WARN, Outcome.DISCLOSED, ()
        if asked is Action.REDACT and self.random.random() < 0.04:
            return asked, Outcome.PARTIALLY_DISCLOSED, ()
        return asked, Outcome.PREVENTED, ()

    def _moment(self) -> datetime:
        """Mostly in working hours."""
        length = self.month.end - self.month.start
        while True:
            at = self.month.start + length * self.random.random()
            working = at.weekday() < 5 and 7 <= at.hour < 18
            if working or self.random.random() < 0.08:
                return at

    def _finding(self, name: str) -> Tally:
        values = self.random.randrange(1, 4)
        prints = {self._fingerprint(name) for _ in range(values)}
        return Tally(
            data_class=name,
            detector=_CLASSES[name][0],
            count=values + self.random.randrange(3),
            confidence=round(0.7 + 0.3 * self.random.random(), 2),
            fingerprints=tuple(sorted(prints)),
            languages=(_one(self.random, _LANGUAGES),) if name == "code.source" else (),
        )

    def _fingerprint(self, name: str) -> str:
        """Mostly of a value that nobody sent before; one in nine stands in a template."""
        bits = self.random.getrandbits(128)
        if bits % 9:
            return f"{bits:032x}"
        return sha256(f"{name} {bits // 9 % 20}".encode()).hexdigest()[:32]


def _one(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
