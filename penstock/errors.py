"""The only errors this product raises on purpose, and who catches each.

    PenstockError
    ├── ParseError         a body is not what its dialect promises       guard: policy.on_error
    │   └── CannotRewrite  a request that can be read but not edited     inspection: stricter action
    ├── UninspectedError   a body cannot be read (encoding, size, type)   guard: policy.on_error
    ├── InspectionError    a detector crashed, hung or was killed         guard: policy.on_error
    ├── CannotExpress      a prompt has no form in another dialect        guard: rule's fallback
    ├── ModelUnavailable   no internal model answers                      guard: rule's fallback
    ├── LedgerError        a record could not be kept                     guard: refuse; CLI: exit 4
    ├── Refused            what was named is not there, or not allowed    CLI: exit 2
    ├── ServiceDown        a needed server is away                        CLI: exit 4
    └── ConfigError        a settings, policy, rule or service file       CLI: exit 3; old one stays
        └── PolicyError

Messages are one line: what, where (`file:line`), what to do; of a file with several mistakes a line
for each. None ever holds prompt text.
"""

import difflib
from collections.abc import Iterable, Mapping


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """` (did you mean `name`?)`, to be put behind a word that is none of `options`, or nothing."""
    near = difflib.get_close_matches(word, list(options), n=1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def in_words(kind: str, message: str, context: Mapping[str, object]) -> str:
    """What is wrong with a value in a file, from pydantic's error: its `type`, `msg` and `ctx`."""
    if kind.startswith(("greater_than", "less_than")):
        limit = context.get("ge", context.get("gt", context.get("le", context.get("lt"))))
        if isinstance(limit, float) and limit.is_integer():
            limit = int(limit)
        bound = {"greater_than_equal": "at least", "greater_than": "more than"}
        return f"must be {bound.get(kind, 'at most' if 'le' in context else 'less than')} {limit}"
    if (least := context.get("min_length", 1)) != 1:
        return f"must have {least} or more"
    for beginning, words in _WORDS.items():
        if kind.startswith(beginning):
            return words
    message = message.removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return message.replace("input should be", "must be", 1)


_WORDS = {
    "int_": "must be a whole number",
    "float_": "must be a number",
    "bool_": "must be `true` or `false`",
    "string_type": "must be text",
    "path_": "must be a path",
    "tuple_": "must be a list, as `[a, b]`",
    "list_": "must be a list, as `[a, b]`",
    "dict_": "must be a mapping, as `{name: value}`",
    "mapping_": "must be a mapping, as `{name: value}`",
    "model_": "must be a mapping, as `{name: value}`",
    "datetime_": "must be a time, written as `2026-11-21T09:30:00+00:00`",
    "timezone_": "must be a time with its zone, written as `2026-11-21T09:30:00+00:00`",
    "date_": "must be a day, written as `2027-03-01`",
    "missing": "is missing",
    "extra_forbidden": "is no field of this",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
"""By what a type of pydantic's errors begins with."""


class PenstockError(Exception):
    """Base of all errors of ours."""


class ParseError(PenstockError, ValueError):
    """A request body is not what its dialect promises. Caught in `proxy_addons.guard`."""


class CannotRewrite(ParseError):
    """A request that can be read but not edited: signed, or its bytes are counted. Caught in
    `proxy_addons.inspection`, which then does something stricter than redacting."""


class UninspectedError(PenstockError, ValueError):
    """A body that cannot be looked into: its encoding, size or type. Caught in the guard."""


class InspectionError(PenstockError, RuntimeError):
    """A detector worker crashed, hung or was killed. Caught in the guard."""


class StoppedError(InspectionError):
    """It failed after a look had found that a request must not go out as it is: no `on_error` lets
    that pass. Caught in the guard."""


class CannotExpress(PenstockError, ValueError):
    """A prompt holds something the target dialect has no form for. Caught in the guard."""


class ModelUnavailable(PenstockError, RuntimeError):
    """No internal model could be reached or every one refused. Caught in the guard."""


class ConversationTooLong(ModelUnavailable):
    """It is longer than what any of the internal models reads."""


class LedgerError(PenstockError, RuntimeError):
    """A record could not be kept; what it was about must not leave. Caught in the guard."""


class Refused(PenstockError, LookupError):
    """What somebody named is not there, or not allowed as asked. Caught in `penstock.cli`: exit
    code 2."""


class ServiceDown(PenstockError, RuntimeError):
    """A server this command needs is not there. Caught in `penstock.cli`: exit code 4."""


class ConfigError(PenstockError, ValueError):
    """A settings, rule, service or policy file is wrong; the old one stays in force."""


class PolicyError(ConfigError):
    """A policy file is wrong. Raised at load; the old policy stays in force."""
