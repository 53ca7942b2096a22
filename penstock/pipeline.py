"""Prompt in, verdict out. One page, pure: no I/O, no clock, any detector error propagates."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from detectors.base import Combination, Detector, Match, covers
from detectors.persons import fullest
from detectors.placeholders import is_placeholder
from penstock.excerpt import excerpt
from penstock.model import NEVER_KEPT, Action, Finding, Prompt, Sender, Text, Verdict
from policy.engine import decide, decide_unread, to_redact, why
from policy.mask import mask
from policy.schema import Example, Policy, action

type Labelled = tuple[Match, str]
"""A match and the `name@version` that made it."""

_SURROGATE = re.compile("[\ud800-\udfff]")

PERSON = "pii.person"
REPORTED = 0.5
"""Findings below this confidence are not findings."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """The detectors of one installation and the key its fingerprints are made with."""

    detectors: tuple[Detector, ...]
    combinations: tuple[Combination, ...]
    key: bytes = field(repr=False)
    remember: Callable[[bytes], list[Labelled] | None] = lambda _: None
    """Looks up the matches of a text seen before by the text's keyed hash."""
    keep: Callable[[bytes, list[Labelled]], None] = lambda _, __: None
    """Stores them. A chat resends its history every turn: what is old is not scanned again."""
    evidence: tuple[str, ...] = ()
    """Classes of which findings carry a masked excerpt; `pii.*` names all below."""

    def scan(self, prompt: Prompt, digests: Sequence[bytes] = ()) -> tuple[Finding, ...]:
        """Every finding in the prompt, in order of place; `digests` of its texts, if they are
        known already."""
        found = self._matches([text.text for text in prompt.texts], digests)
        if not any(found):
            return ()
        self._combine(prompt, found)
        chosen = [list(_disjoint(matches)) for matches in found]
        fuller = fullest(
            text.text[match.start : match.end]
            for text, matches in zip(prompt.texts, chosen, strict=True)
            for match, _ in matches
            if match.data_class == PERSON
        )
        return tuple(
            self._finding(text, match, label, around, fuller)
            for text, matches, around in zip(prompt.texts, chosen, found, strict=True)
            for match, label in matches
        )

    def _matches(self, texts: Sequence[str], digests: Sequence[bytes]) -> list[list[Labelled]]:
        """What the detectors find in each text: one seen before is not read again."""
        # matches from before what they rest on changed are not remembered
        generations = bytes(str([d.generation() for d in self.detectors]), "ascii")
        names = [digest + generations for digest in digests or map(self.digest, texts)]
        known = {name: self.remember(name) for name in names}
        if None in known.values():
            fresh = {n: text for n, text in zip(names, texts, strict=True) if known[n] is None}
            for name, matches in zip(fresh, self._read(list(fresh.values())), strict=True):
                self.keep(name, matches)
                known[name] = matches
        return [list(known[name] or ()) for name in names]

    def _read(self, texts: Sequence[str]) -> Iterator[list[Labelled]]:
        """All detectors on one text, then on the next: what they share is done once for each."""
        # half of a surrogate pair has no form in UTF-8, which libraries of detectors work with
        seen = [_SURROGATE.sub("\ufffd", text) for text in texts]
        labels = [f"{detector.name}@{detector.version}" for detector in self.detectors]
        for found in zip(seen, *(detector.each(seen) for detector in self.detectors), strict=True):
            yield [
                (match, label)
                for label, matches in zip(labels, found[1:], strict=True)
                for match in matches
            ]

    def _combine(self, prompt: Prompt, found: list[list[Labelled]]) -> None:
        view = [(t.text, [m for m, _ in ms]) for t, ms in zip(prompt.texts, found, strict=True)]
        for combination in self.combinations:
            label = f"{combination.name}@{combination.version}"
            for i, match in combination.find(view):
                found[i].append((match, label))
        withheld = {c for combination in self.combinations for c in combination.withheld}
        made = {f"{c.name}@{c.version}" for c in self.combinations}
        for matches in found:
            matches[:] = [
                m for m in matches if m[1] in made or not covers(withheld, m[0].data_class)
            ]

    def _finding(
        self,
        text: Text,
        match: Match,
        label: str,
        around: Iterable[Labelled],
        fuller: Mapping[str, str],
    ) -> Finding:
        value = text.text[match.start : match.end]
        named = fuller[value] if match.data_class == PERSON else ""
        return Finding(
            where=text.where,
            start=match.start,
            end=match.end,
            data_class=match.data_class,
            detector=label,
            confidence=match.confidence,
            fingerprint=self.digest(value).hex(),
            language=match.language,
            source=match.source,
            excerpt=self._excerpt(text.text, match, around) if self.evidence else "",
            placeholder=is_placeholder(match.data_class, value),
            whose=self.digest(named).hex() if named else "",
            name=match.name,
        )

    def _excerpt(self, text: str, match: Match, around: Iterable[Labelled]) -> str:
        regime = match.data_class.partition(".")[0]
        if regime in NEVER_KEPT or not covers(self.evidence, match.data_class):
            return ""
        return excerpt(text, match.start, match.end, ((m.start, m.end) for m, _ in around))

    def digest(self, text: str) -> bytes:
        """The keyed hash of `text`: tells texts apart without telling what they are."""
        value = text.encode("utf-8", "surrogatepass")
        return blake2b(value, key=self.key, digest_size=16).digest()


def inspect(
    prompt: Prompt,
    sender: Sender,
    scanner: Scanner,
    policy: Policy,
    given: Mapping[str, str] | None = None,
    named: Mapping[str, str] | None = None,
    earlier: tuple[Finding, ...] = (),
    digests: Sequence[bytes] = (),
    apart: bytes = b"",
) -> Verdict:
    """Find what is sensitive in `prompt`, decide, and prepare the edits a redaction needs.

    `given`: placeholder -> value of what was taken out of this conversation before; `named`:
    placeholder -> keyed hash of the value, in hex, where no more than that is known; `earlier`:
    what was found in files that it refers to, and which no edit of it takes out; `digests`: of
    its texts, if they are known already; `apart`: see `mask`.
    """
    findings = scanner.scan(prompt, digests) + earlier
    decision = decide(policy, sender, findings)
    if prompt.unread:
        decision = decide_unread(policy, decision)
    if Action.REDACT not in (decision.action, decision.fallback):
        return Verdict(decision, findings)
    edits, originals = mask(
        prompt,
        [f for f in to_redact(policy, sender, findings) if f not in earlier],
        given or {},
        named or {},
        scanner.digest,
        masks=policy.masks,
        key=scanner.key,
        apart=apart,
    )
    return Verdict(decision, findings, edits, originals)


def broken_promises(policy: Policy, scanner: Scanner) -> Iterator[str]:
    """What is wrong with `policy` by its own examples, one line each; nothing when they hold."""
    for number, example in enumerate(policy.examples, 1):
        prompt = Prompt((Text("", "user", example.sent),))
        decision = decide(policy, _sender(example), scanner.scan(prompt))
        # an example promises what the rules ask for; monitor mode only holds it back
        if decision.asked != action(example.expect):
            yield f"example {number}: expected `{example.expect}`, got `{decision.asked.word}`" + (
                f" by {', '.join(decision.rules)}" if decision.rules else ""
            )
        elif example.by is not None and set(example.by) != set(decision.rules):
            yield (
                f"example {number}: expected it by {', '.join(example.by) or 'no rule'}, "
                f"got {', '.join(decision.rules) or 'no rule'}"
            )


def explain(prompt: Prompt, sender: Sender, scanner: Scanner, policy: Policy) -> dict[str, Any]:
    """What would happen to `prompt`, and for each rule why it applies or not."""
    findings = scanner.scan(prompt)
    decision = decide(policy, sender, findings)
    return {
        "action": decision.asked.word,
        "held": decision.action != decision.asked,
        "rules": list(decision.rules),
        "tell": decision.tell,
        "to": list(decision.to),
        "findings": [
            {
                "class": f.data_class,
                "start": f.start,
                "end": f.end,
                "confidence": f.confidence,
                "detector": f.detector,
            }
            | ({"source": f.source} if f.source else {})
            | ({"name": f.name} if f.name else {})
            for f in findings
        ],
        "considered": [
            {"id": rule.id, "then": rule.then, "verdict": why(rule, sender, findings)}
            for rule in policy.rules
        ],
    }


def _sender(example: Example) -> Sender:
    return Sender(
        user="example",
        groups=example.groups,
        service=example.service,
        category=example.category,
        approved=example.approved,
        account=example.account,
    )


def _disjoint(matches: Iterable[Labelled]) -> Iterator[Labelled]:
    """Findings of the same class do not overlap: the surer, then the longer one stays."""
    kept: dict[str, tuple[list[int], list[int]]] = {}  # where they start and end, by place
    chosen: list[Labelled] = []
    for match, label in sorted(
        (m for m in matches if m[0].confidence >= REPORTED),
        key=lambda m: (-m[0].confidence, m[0].start - m[0].end, m[0].start),
    ):
        starts, ends = kept.setdefault(match.data_class, ([], []))
        at = bisect_left(starts, match.start)
        if (at and ends[at - 1] > match.start) or (at < len(starts) and starts[at] < match.end):
            continue
        starts.insert(at, match.start)
        ends.insert(at, match.end)
        chosen.append((match, label))
    yield from sorted(chosen, key=lambda m: (m[0].start, m[0].end, m[0].data_class))
