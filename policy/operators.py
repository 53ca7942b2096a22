"""What can stand in place of a value: presidio-anonymizer's operators, and ours of its kind.

| name | stands for `4111 1111 1111 1111` | given back in the answer |
|---|---|---|
| `placeholder` | `[CARD_NUMBER_1]` | yes |
| `token` | `[CARD_NUMBER_k7q2m9x4]`, the same in every conversation | yes |
| `surrogate` | `9027 4410 3856 2218`, see `policy/surrogates.py` | yes |
| `last_four` | `**** **** **** 1111` | no |
| `hash` | 64 hex digits, keyed | no |
| `year` | the year of a date, else a placeholder | no |
| `class` | `[CARD_NUMBER]` | no |
"""

import hmac
import re
from base64 import b32encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, get_args

from policy.surrogates import surrogate

if TYPE_CHECKING:
    from presidio_anonymizer.operators import Operator

type Name = Literal["placeholder", "token", "surrogate", "last_four", "hash", "year", "class"]
NAMES: tuple[str, ...] = get_args(Name.__value__)
BACK = frozenset({"placeholder", "token", "surrogate"})
"""Those that stand for one value only, which the answer's reader gets back."""
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
"""Where a placeholder may stand: nothing in it is a bracket."""
_GROUPS = frozenset("-./()+")
"""Signs that group the digits of a number. Others may be part of what is said: of a password."""


@dataclass
class Masked:
    """What stands for what in one prompt."""

    key: bytes = field(repr=False)
    texts: tuple[str, ...] = field(repr=False)
    """What the person wrote."""
    originals: dict[str, str] = field(default_factory=dict, repr=False)
    """What stands for a value -> the value, from earlier in the conversation on."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What stands for a value -> no more than its digest, likewise."""
    digest: Callable[[str], bytes] = field(default=lambda _: b"", repr=False)
    known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    """(group, value) -> what stands for it."""
    apart: bytes = field(default=b"", repr=False)
    """A key by which placeholders are tokens; empty where they are numbered."""

    _counts: Counter[str] = field(default_factory=Counter, repr=False)
    """Label -> how many placeholders, numbered or not, have it."""
    _last: dict[str, int] = field(default_factory=dict, repr=False)
    """Label -> the number that was given out last: up to it none is free for others."""

    def __post_init__(self) -> None:
        """Earlier placeholders are known."""
        for placeholder, value in self.originals.items():
            self.known[label_of(placeholder), value] = placeholder
        self._counts.update(map(label_of, {*self.originals, *self.named}))

    def free(self, replacement: str, value: str, secret: bool) -> bool:
        """Whether it can stand for `value` and nothing else.

        INVARIANT: what can be guessed and stands in the prompt already is never given out.
        """
        if self.originals.get(replacement, value) != value:
            return False
        if (hashed := self.named.get(replacement)) is not None:
            return hashed == self.digest(value).hex()
        return secret or not self._is_said(replacement)

    def _is_said(self, replacement: str) -> bool:
        if _BRACKETED.fullmatch(replacement):
            return replacement in self._bracketed
        return any(replacement in text for text in self.texts)

    @cached_property
    def _bracketed(self) -> frozenset[str]:
        """All in brackets that the person wrote, read once for however many placeholders."""
        return frozenset(found[0] for text in self.texts for found in _BRACKETED.finditer(text))

    def earlier(self, label: str, value: str) -> str | None:
        """What stood for `value` earlier in the conversation."""
        return self._earlier.get((label, self.digest(value).hex())) if self.named else None

    @cached_property
    def _earlier(self) -> dict[tuple[str, str], str]:
        # of several the first counts
        return {(label_of(p), hashed): p for p, hashed in reversed(list(self.named.items()))}

    def numbered(self, label: str, value: str) -> str:
        """The first numbered placeholder that is free for `value`; none before it is for others."""
        number = max(self._counts[label], self._last.get(label, 0)) + 1
        while not self.free(f"[{label}_{number}]", value, False):
            number += 1
        self._last[label] = number
        return f"[{label}_{number}]"

    def keep(self, group: str, value: str, replacement: str) -> str:
        """Gives it out."""
        if replacement not in self.originals and replacement not in self.named:
            self._counts[label_of(replacement)] += 1
        self.known[group, value] = replacement
        self.originals[replacement] = value
        return replacement


def label_of(placeholder: str) -> str:
    """`EMAIL` of `[EMAIL_1]`."""
    return placeholder.strip("[]").rpartition("_")[0]


def apply(name: str, value: str, data_class: str, label: str, masked: Masked) -> str:
    """What stands in place of `value`."""
    params = {"data_class": data_class, "label": label, "masked": masked}
    if name == "year" and not (_YEAR.search(value) and sum(map(str.isdigit, value)) <= 8):
        name = "placeholder"  # no date: a year in a longer number is part of it
    match name:
        case "last_four":
            said = [i for i, c in enumerate(value) if not (c.isspace() or c in _GROUPS)]
            hidden = frozenset(said[: max(len(said) - 4, (len(said) + 1) // 2)])
            return "".join("*" if i in hidden else c for i, c in enumerate(value))
        case "hash":
            return hmac.digest(masked.key, value.encode("utf-8", "replace"), "sha256").hex()
        case "class":
            return _operator("replace").operate(value, {"new_value": f"[{label}]"})
        case "year":
            found = _YEAR.search(value)
            assert found is not None
            return _operator("replace").operate(value, {"new_value": found[0]})
    return _operator(name).operate(value, params)


def load() -> None:
    """Import what a redaction needs: 1.7 s that no request should wait for."""
    _operator("placeholder")


def _token(key: bytes, label: str, text: str, attempt: int) -> str:
    """Forty bits of a keyed hash: nobody can write another value's by chance or will."""
    said = f"{attempt}\0{label}\0{text}".encode("utf-8", "replace")
    digest = hmac.digest(key, said, "sha256")
    return f"[{label}_{b32encode(digest[:5]).decode().lower()}]"


def _operator(name: str) -> "Operator":
    return _operators()[name]


@cache
def _operators() -> "dict[str, Operator]":
    from presidio_anonymizer.operators import Operator, OperatorType, Replace

    class Ours(Operator):
        """Stands for one value."""

        secret = False
        """Whether nobody can guess what it makes."""

        def validate(self, params: dict[str, Any] | None = None) -> None:
            """Called by presidio's engines only; `mask` passes what is needed."""

        def operator_type(self) -> OperatorType:
            """It hides; restoring is the dialects' work."""
            return OperatorType.Anonymize

        def operate(self, text: str = "", params: dict[str, Any] | None = None) -> str:
            """What stands for `text`, the same each time."""
            assert params is not None
            masked: Masked = params["masked"]
            group = self.group(params)
            if (known := masked.known.get((group, text))) is not None:
                return known
            if (earlier := masked.earlier(group, text)) is not None:
                return masked.keep(group, text, earlier)
            for attempt in count():
                made = self.make(text, params, attempt)
                if masked.free(made, text, self.secret):
                    return masked.keep(group, text, made)
            raise AssertionError  # there are endlessly many

        def group(self, params: dict[str, Any]) -> str:
            """Values of one group have one replacement each."""
            label: str = params["label"]
            return label

        def make(self, text: str, params: dict[str, Any], attempt: int) -> str:
            """The replacement to try next."""
            raise NotImplementedError

    class Placeholder(Ours):
        """`[EMAIL_1]`: keeps the kind of value and who is who, not the value."""

        def operator_name(self) -> str:
            """The name presidio lists it by."""
            return "placeholder"

        def make(self, text: str, params: dict[str, Any], attempt: int) -> str:
            """Numbered by first appearance, or told apart."""
            label: str = params["label"]
            masked: Masked = params["masked"]
            if masked.apart:
                return _token(masked.apart, label, text, attempt)
            return masked.numbered(label, text)

    class Token(Ours):
        """`[EMAIL_k7q2m9x4]`: the same for the same value wherever it is said."""

        secret = True

        def operator_name(self) -> str:
            """The name presidio lists it by."""
            return "token"

        def group(self, params: dict[str, Any]) -> str:
            """Apart from numbered ones."""
            return f"token {params['label']}"

        def make(self, text: str, params: dict[str, Any], attempt: int) -> str:
            """The same by every prompt."""
            return _token(params["masked"].key, params["label"], text, attempt)

    class Surrogate(Ours):
        """A value of the same form."""

        def operator_name(self) -> str:
            """The name presidio lists it by."""
            return "surrogate"

        def group(self, params: dict[str, Any]) -> str:
            """One surrogate for a value in one class."""
            return f"surrogate {params['data_class']}"

        def make(self, text: str, params: dict[str, Any], attempt: int) -> str:
            """See `policy/surrogates.py`; a numbered placeholder where there is none."""
            masked: Masked = params["masked"]
            if attempt < 100:
                made = surrogate(params["data_class"], text, masked.key, attempt)
                if made is not None:
                    return made
            return numbered.make(text, params, attempt)

    numbered = Placeholder()
    return {
        "placeholder": numbered,
        "token": Token(),
        "surrogate": Surrogate(),
        "replace": Replace(),
    }
