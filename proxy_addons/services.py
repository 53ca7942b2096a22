"""The catalogue of AI services: which hosts are inspected, and which dialect reads an endpoint.

`services.yaml` beside this file explains the format of its rows; a company adds or replaces rows
by the setting `proxy.services`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from penstock.errors import ConfigError, did_you_mean, in_words
from proxy_addons.dialects import BY_NAME
from proxy_addons.names import canonical

SHIPPED = Path(__file__).with_name("services.yaml")

_ENDPOINT = re.compile(r"[A-Z]+ /\S*")
_HOST = re.compile(r"[a-z0-9*_-]+(\.[a-z0-9*_-]+)*")
_PLAIN_SEGMENT = re.compile(r"[a-z][a-z_.-]{0,30}|v\d{1,2}((alpha|beta)\d?)?")
_MOST_SEGMENTS = 8

_BY_ENDING = {
    "/chat/completions": "openai_chat",
    "/v1/completions": "openai_completions",
    "/v1/responses": "openai_responses",
    "/v1/messages": "anthropic_messages",
    "/v1/messages/count_tokens": "anthropic_messages",
    "/v1/messages/batches": "anthropic_messages",
    ":generateContent": "gemini_generate",
    ":streamGenerateContent": "gemini_generate",
    ":countTokens": "gemini_generate",
    "/converse": "bedrock_converse",
    "/converse-stream": "bedrock_converse",
    "/invoke-with-response-stream": "bedrock_invoke",
    "/generate_stream": "tgi_generate",
}
"""How the paths end that a format has at whoever copies it, whatever stands before."""


class Service(BaseModel):
    """One product people use, as a row of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """Its id, as policies and records name it."""
    name: str
    vendor: str = ""
    category: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """`api`, `chat`, `code-assistant`, …"""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$|^$")] = ""
    """Of the vendor's seat, ISO 3166-1 alpha-2."""
    hosts: Annotated[tuple[str, ...], Field(min_length=1)]
    endpoints: dict[str, str] = {}
    """`METHOD /path` -> dialect."""
    otherwise: str = "generic"
    """The dialect of every other endpoint."""
    websockets: Literal["inspect", "downgrade", "block", "allow"] = "inspect"
    """What happens when a client asks for a WebSocket. `downgrade`: it is refused in the way that
    makes clients use HTTP instead; `allow`: it passes unread."""
    egress: Literal["", "browser"] = ""
    """`browser`: requests of browsers go on with a browser's handshake; for sites that turn away
    others."""
    approved: bool = False
    """Whether the company has approved this service; policies can ask."""
    is_read: bool = True
    """False for pages of signing in that are only opened to add a header: see `accounts`."""

    @field_validator("hosts")
    @classmethod
    def _hosts_are_patterns(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _HOST.fullmatch(host) or "." not in host.lstrip("*."):
                raise ValueError(f"`{host}` is not a host name in lower case or a pattern of one")
        return hosts

    @field_validator("endpoints")
    @classmethod
    def _endpoints_are_patterns(cls, endpoints: dict[str, str]) -> dict[str, str]:
        for endpoint in endpoints:
            if not _ENDPOINT.fullmatch(endpoint) or "?" in endpoint:
                raise ValueError(f"`{endpoint}` is not like `POST /v1/chat`")
        return endpoints

    @field_validator("endpoints", "otherwise")
    @classmethod
    def _dialects_exist(cls, value: dict[str, str] | str) -> dict[str, str] | str:
        for dialect in value.values() if isinstance(value, dict) else (value,):
            if dialect not in BY_NAME:
                raise ValueError(
                    f"no dialect is called `{dialect}`{did_you_mean(dialect, BY_NAME)}"
                )
        return value

    @cached_property
    def _patterns(self) -> tuple[tuple[str, re.Pattern[str], str], ...]:
        """Endpoints with a `*`, the most specific first."""
        rows = [(e, _regex(e, "/"), d) for e, d in self.endpoints.items() if "*" in e]
        return tuple(sorted(rows, key=lambda row: (-_literals(row[0]), row[0])))

    def is_at(self, host: str) -> bool:
        """Whether `host` (in canonical spelling) is one of its own."""
        return any(_host_regex(pattern).fullmatch(host) for pattern in self.hosts)

    def endpoint(self, method: str, target: str) -> "Endpoint":
        """What reads a request for `target`, a path with or without a query."""
        asked = f"{method} {target.partition('?')[0]}"
        if (dialect := self.endpoints.get(asked)) is not None:
            return Endpoint(self, dialect, asked)
        for pattern, regex, dialect in self._patterns:
            if regex.fullmatch(asked):
                return Endpoint(self, dialect, pattern)
        if method == "POST":
            for ending, dialect in _BY_ENDING.items():
                if asked.endswith(ending):
                    return Endpoint(self, dialect, _without_ids(asked))
        return Endpoint(self, self.otherwise, _without_ids(asked))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes, in the catalogue's words."""

    service: Service
    dialect: str
    template: str
    """Method and path without query, ids and names: `POST /v1/chat/completions`."""


class Services:
    """The catalogue, indexed for a look-up at every connection."""

    def __init__(self, rows: Iterable[Service]) -> None:
        self.rows = tuple(rows)
        self._exact: dict[str, Service] = {}
        self._below: dict[str, list[tuple[re.Pattern[str], Service]]] = {}
        patterns = [(host, row) for row in self.rows for host in row.hosts]
        for host, row in sorted(patterns, key=lambda p: (-_literals(p[0]), p[0])):
            if "*" in host:
                self._below.setdefault(_tail(host), []).append((_host_regex(host), row))
            else:
                self._exact[host] = row

    def __iter__(self) -> Iterator[Service]:
        """The rows, in the order of the file."""
        return iter(self.rows)

    def at(self, host: str) -> Service | None:
        """The service at `host` (in canonical spelling); None: not inspected."""
        if (row := self._exact.get(host)) is not None:
            return row
        start = host.find(".") + 1
        while start:
            for regex, row in self._below.get(host[start:], ()):
                if regex.fullmatch(host):
                    return row
            start = host.find(".", start) + 1
        return None

    def match(self, host: str, method: str, target: str) -> Endpoint | None:
        """What would read `method target` at `host`, in any spelling. Raises ValueError."""
        row = self.at(canonical(host))
        return None if row is None else row.endpoint(method.upper(), target)


def load(own: Path | None = None) -> Services:
    """The shipped catalogue with the rows of the file `own` added or replaced. Raises ConfigError.

    No host pattern may stand in two rows.
    """
    rows = {row.service: (row, place) for row, place in _rows(SHIPPED)}
    if own is not None:
        rows |= {row.service: (row, place) for row, place in _rows(own)}
    owner: dict[str, str] = {}
    for row, place in rows.values():
        for host in row.hosts:
            if (other := owner.setdefault(host, row.service)) != row.service:
                raise ConfigError(f"{place}: host `{host}` already belongs to `{other}`")
    return Services(row for row, _ in rows.values())


def _rows(path: Path) -> Iterator[tuple[Service, str]]:
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: cannot be read: it is not UTF-8") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {getattr(e, 'problem', None)}") from None
    if node is None:
        return
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError(f"{path}:1: a catalogue is a list of rows, each with a `service`")
    seen: set[str] = set()
    for item in node.value:
        place = f"{path}:{item.start_mark.line + 1}"
        row = _row(item, path)
        if row.service in seen:
            raise ConfigError(f"{place}: service `{row.service}` is there twice")
        seen.add(row.service)
        yield row, place


def _row(node: yaml.Node, path: Path) -> Service:
    place = f"{path}:{node.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{place}: a row is a mapping with `service`, `name`, `hosts`")
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if key.value in lines:
            raise ConfigError(f"{path}:{key.start_mark.line + 1}: `{key.value}` is given twice")
        lines[key.value] = key.start_mark.line + 1
    try:
        return Service.model_validate(_plain(node))
    except ValidationError as e:
        first = min(e.errors(include_input=False), key=lambda x: x["type"] != "extra_forbidden")
    key = str(first["loc"][0])
    where = f"{path}:{lines[key]}" if key in lines else place
    if first["type"] == "extra_forbidden":
        raise ConfigError(f"{where}: unknown key `{key}`{did_you_mean(key, Service.model_fields)}")
    if first["type"] == "missing":
        raise ConfigError(f"{where}: `{key}` is missing")
    said = in_words(first["type"], first["msg"], first.get("ctx", {}))
    raise ConfigError(f"{where}: `{key}`: {said}")


def _plain(node: yaml.Node) -> Any:
    """A row as Python values. Scalars stay text: the country `NO` is not a boolean here."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def _host_regex(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("*."):  # any depth below
        rest = _regex(pattern[2:], ".").pattern
        return re.compile(rf"(?:[^.]+\.)+{rest}")
    return _regex(pattern, ".")


def _regex(pattern: str, separator: str) -> re.Pattern[str]:
    """`*` is one part between separators, or a piece of one."""
    pieces = (re.escape(p) for p in pattern.split("*"))
    return re.compile(f"[^{re.escape(separator)}]+".join(pieces))


def _tail(pattern: str) -> str:
    """The labels after the last one that has a `*`."""
    return pattern[pattern.rindex("*") :].partition(".")[2]


def _literals(pattern: str) -> int:
    return len(pattern) - pattern.count("*")


def _without_ids(asked: str) -> str:
    """A method and path with a `*` for each segment that may name someone or something."""
    method, _, path = asked.partition(" ")
    segments = path.split("/")[1:]
    kept = [s if not s or _PLAIN_SEGMENT.fullmatch(s) else "*" for s in segments]
    more = ["…"] if len(kept) > _MOST_SEGMENTS else []
    return f"{method} /{'/'.join(kept[:_MOST_SEGMENTS] + more)}"


__all__ = ["Endpoint", "Service", "Services", "load"]
