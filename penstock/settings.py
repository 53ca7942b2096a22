"""Every setting, its type, its default and what it is for. `penstock config show` prints them.

Order, later wins: defaults, `penstock.yaml`, environment `PENSTOCK_SECTION__KEY`, flags.
"""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qs, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from penstock.errors import ConfigError, in_words
from penstock.model import NEVER_KEPT

DEFAULT_FILE = Path("penstock.yaml")
PREFIX = "PENSTOCK_"


def _state_home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "penstock"


def _host_and_port(value: str) -> str:
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s\[\]]+):(\d{1,5})", value)
    if found is None or int(found[2]) > 65535:
        raise ValueError("write it as HOST:PORT, for instance `127.0.0.1:8080`")
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise ValueError(f"`{value}` is no network; write it as `10.0.0.0/8`") from None
    return values


def _addresses(values: dict[str, str]) -> dict[str, str]:
    _networks(tuple(values))
    return values


def _header(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise ValueError("must be the name of a header, as `X-Forwarded-User`")
    return value


def _custom(value: str) -> str:
    if not re.fullmatch(r"custom(\.[a-z0-9_]+)+", value):
        raise ValueError("must begin with `custom.`, as `custom.project`")
    return value


def _http_url(value: str) -> str:
    if value and not re.match(r"https?://[^/\s]", value):
        raise ValueError("write it as `https://HOST/…`")
    return value


def _told(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        url = urlsplit(value)
        asked = parse_qs(url.query)
        is_mail = url.scheme == "smtp" and "to" in asked and "from" in asked
        if not url.hostname or not (is_mail or url.scheme in ("http", "https")):
            raise ValueError("write it as `https://…` or `smtp://HOST:25?from=…&to=…`")
    return values


def _redis_url(value: str) -> str:
    if value and not re.match(r"(rediss?|unix)://", value):
        raise ValueError("write it as `redis://HOST:6379/0`")
    return value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProxySettings(_Section):
    """The listening side."""

    listen: Annotated[str, AfterValidator(_host_and_port)] = "127.0.0.1:8080"
    """HOST:PORT of the proxy; an IPv6 address in brackets."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Proxy processes that share the port."""
    sources: Annotated[tuple[str, ...], AfterValidator(_networks)] = ("127.0.0.0/8", "::1/128")
    """Networks that may use the proxy; needed for a `listen` address other than loopback."""
    users: Path | None = None
    """A file of users and hashed passwords (`penstock users line NAME`); then all are asked."""
    certificate: Path | None = None
    """A PEM file with a certificate and its key: clients then speak TLS to the proxy itself."""
    client_ca: Path | None = None
    """CAs (PEM) of people's certificates; with `certificate`, who shows one is its subject."""
    fronts: Annotated[tuple[str, ...], AfterValidator(_networks)] = ()
    """Networks of proxies in front of this one, whose `user_header` says who sends."""
    user_header: Annotated[str, AfterValidator(_header)] = "X-Forwarded-User"
    """The header that proxies of `fronts` name the user in, with CONNECT or a plain request: a
    name, a distinguished name, or `X-Forwarded-Client-Cert`."""
    addresses: Annotated[dict[str, str], AfterValidator(_addresses)] = {}
    """Network or address -> the user there; asked for no password."""
    destinations: tuple[str, ...] = ()
    """Private or loopback HOST[:PORT] targets that clients may reach; all others are refused."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    """Largest decoded request body that is inspected; a larger one is refused with 413."""
    max_held_bytes: Annotated[int, Field(ge=1024)] = 256 * 1024 * 1024
    """Request bodies and messages that a proxy process holds at a time, of all clients; what comes
    on top is refused with 503. Never less than `max_body_bytes`."""
    canary_s: Annotated[float, Field(ge=0)] = 3600.0
    """How often a made-up card number is sent through every dialect; what passes unseen raises an
    alarm. 0: never."""
    decisions: Literal["terminal", "always", "never"] = "terminal"
    """Whether `penstock run` says each decision in a line (time, action, service, data classes,
    rules, record): `terminal` where standard error is one, `always` or `never`."""
    drain_s: Annotated[float, Field(ge=0)] = 20.0
    """How long requests in flight may finish after SIGTERM."""
    upstream_map: dict[str, str] = {}
    """For labs: HOST[:PORT] a client asks for -> HOST:PORT really connected to."""
    upstream_ca: Path | None = None
    """For labs: extra CA certificates (PEM) trusted for services."""
    services: Path | None = None
    """Rows added to the catalogue of AI services, or replacing rows of the same id."""


class DirectorySettings(_Section):
    """An LDAP directory that knows the people who may use the proxy, and their passwords."""

    url: str = ""
    """`ldaps://ldap.acme.example`, or `ldap://…` with StartTLS; then all are asked who they are."""
    user: str = ""
    """As whom a name signs in: `uid={},ou=people,dc=acme,dc=example` or `{}@acme.example`."""
    groups: str = ""
    """Where groups are looked for: `ou=groups,dc=acme,dc=example`; empty: nowhere."""
    ca: Path | None = None
    """CA certificates (PEM) trusted for it; else the system's."""


class DictionarySettings(_Section):
    """One file of a company's own terms."""

    file: Path
    """UTF-8 text, one term to a line; `#` begins a comment."""
    data_class: Annotated[str, AfterValidator(_custom)] = "custom.term"
    """What the terms are reported as."""
    case: bool = False
    """Whether capitals must be as in the file."""
    inflected: bool = False
    """Whether endings of words may differ: `Projekts`, `Projektem` for `Projekt`."""
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.95
    """How sure a term that was found is; policies may ask for more."""


class DetectionSettings(_Section):
    """The workers that look at prompts."""

    workers: Annotated[int, Field(ge=1, le=256)] = max(2, os.cpu_count() or 2)
    """Detector processes per proxy process."""
    limit_s: Annotated[float, Field(gt=0)] = 10.0
    """Longest inspection of one request, waiting included; then `policy.on_error` decides. For
    bodies above 1 MB: of each megabyte."""
    memory_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 2 * 1024**3
    """Address space one detector process may use beyond what it holds when idle."""
    names: bool = True
    """Whether the language model that finds names, places and organisations runs."""
    rules: tuple[Path, ...] = ()
    """Directories with rules of your own, or single files of them, read like `detectors/rules`."""
    recognizers: Path | None = None
    """A YAML file with Presidio recognisers of your own."""
    ocr: tuple[str, ...] = ()
    """Languages in which text in pictures is read, as Tesseract names them: `[eng, deu]`. Without
    any, pictures count as not inspected. Needs Tesseract and its data for each language."""
    dictionaries: tuple[DictionarySettings, ...] = ()
    """Files of the company's own terms; a changed file is read again while the proxy runs."""


class AccountSettings(_Section):
    """Whose accounts at services are used."""

    corporate: tuple[str, ...] = ()
    """The company's own: ids of organisations, workspaces and tenants, mail domains, and hosts of
    resources of its own. Other accounts are then `personal`."""
    restrict: dict[str, str] = {}
    """Headers by which services keep other accounts out, by name:
    `{Anthropic-Allowed-Org-Ids: …}`."""


class ModelSettings(_Section):
    """One internal model."""

    base_url: Annotated[str, AfterValidator(_http_url)]
    """Root of its OpenAI-compatible API: `http://10.0.0.7:8000/v1`."""
    model: str
    """The name the server knows it by."""
    api_key: SecretStr | None = None
    """Sent as `Authorization: Bearer …`, where its server asks for one."""
    connect_s: Annotated[float, Field(gt=0)] = 2.0
    """Longest wait for a connection."""
    answer_s: Annotated[float, Field(gt=0)] = 120.0
    """Longest silence before or within an answer."""
    dialects: tuple[Literal["openai_chat", "openai_responses", "anthropic_messages"], ...] = ()
    """Formats that its server speaks itself: a client of one of them is answered in it, and its
    request goes there as it is. All others are told in chat completions."""
    context_tokens: Annotated[int, Field(ge=256)] = 32_768
    """The longest prompt with its answer that it takes; what is longer goes to another one."""
    tasks: tuple[Literal["routine", "long", "hard", "code"], ...] = ()
    """What it is good at: of the models a rule names, it is asked first for that; empty: anything,
    after those."""
    concurrent: Annotated[int, Field(ge=1)] = 64
    """Answers it gives at a time, per proxy process."""
    waiting: Annotated[int, Field(ge=0)] = 64
    """Prompts that wait for their turn, at most; for more, the next model is asked."""
    wait_s: Annotated[float, Field(gt=0)] = 2.0
    """Longest wait for a turn; then the next model is asked."""


def _may_be_kept(classes: tuple[str, ...]) -> tuple[str, ...]:
    for name in classes:
        if name.partition(".")[0] in NEVER_KEPT:
            raise ValueError(f"nothing of `{name}` is ever kept, not even masked and encrypted")
    return classes


class RetentionSettings(_Section):
    """How long the ledger keeps what. What is on legal hold stays."""

    records_days: Annotated[int, Field(ge=1)] = 365
    """Records of violations, and the link between a person and a pseudonym."""
    evidence_days: Annotated[int, Field(ge=1)] = 30
    """Encrypted excerpts."""
    roll_ups_months: Annotated[int, Field(ge=1)] = 36
    """Counts, which name nobody."""
    classes: dict[str, int] = {}
    """Days for records with findings of a data class, where fewer: `{pii.*: 90}`."""


class ReportSettings(_Section):
    """Reports that are made by themselves when a month is over."""

    directory: Path | None = None
    """Where the bundles go; empty: none are made."""
    formats: tuple[Literal["html", "pdf", "csv", "xlsx", "json", "focus"], ...] = (
        "html",
        "pdf",
        "csv",
        "xlsx",
        "json",
        "focus",
    )
    """What is in a bundle, beside the violations."""
    pdf_key: Path | None = None
    """Private key (PEM) that PDFs are signed with; empty: one of our own making, in `state`."""
    pdf_certificate: Path | None = None
    """Its certificate (PEM), then those above it."""
    timestamps: Annotated[str, AfterValidator(_http_url)] = ""
    """`https://…` of an RFC 3161 service that says when a PDF was signed; empty: none is asked."""
    tell: Annotated[tuple[str, ...], AfterValidator(_told)] = ()
    """Who hears that one is there: `https://…` and `smtp://host:25?from=…&to=…`."""


class Settings(_Section):
    """All of it."""

    proxy: ProxySettings = ProxySettings()
    directory: DirectorySettings = DirectorySettings()
    detection: DetectionSettings = DetectionSettings()
    policy: str = "default"
    """A pack (`default`, `strict`) or the path of a policy file."""
    accounts: AccountSettings = AccountSettings()
    models: dict[str, ModelSettings] = {}
    """Internal models by the name that policies use."""
    state: Path = Field(default_factory=_state_home)
    """Directory of the CA, the keys, the ledger and caches; 0700."""
    database: str = ""
    """URL of the ledger; empty: SQLite in the state directory."""
    redis: Annotated[str, AfterValidator(_redis_url)] = ""
    """`redis://…` for counters shared by several proxies; empty: counted in process."""
    organization: str = ""
    """Name printed on reports."""
    facts: Path | None = None
    """A YAML file with what reports cannot count: contracts, signatories, costs of own models."""
    evidence: Annotated[tuple[str, ...], AfterValidator(_may_be_kept)] = ()
    """Data classes of which a masked excerpt is kept, encrypted with a key per person."""
    retention: RetentionSettings = RetentionSettings()
    approvers: dict[str, Path] = {}
    """Who may ask for and allow re-identifications, and their public Ed25519 keys as PEM: each step
    is then signed. They count from the start of a proxy on. Empty: two people with accounts of
    their own on this machine."""
    reports: ReportSettings = ReportSettings()
    language: Literal["en", "de", "fr", "es"] = "en"
    """Language of the messages that people see in their chats."""

    @property
    def database_url(self) -> str:
        """The ledger's SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.state / 'ledger.sqlite'}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `penstock config show` lists it."""

    name: str
    """Dotted: `proxy.listen`."""
    value: str
    origin: str
    """`default`, `penstock.yaml:3`, `PENSTOCK_PROXY__LISTEN` or the flag."""
    default: str
    variable: str


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force and where each came from."""

    settings: Settings
    origins: Mapping[str, str]
    """By dotted name; a name that is missing has its default."""
    path: Path | None

    def rows(self) -> Iterator[Setting]:
        """Every setting, sections in the order of this file."""
        for name, value, default in _walk("", self.settings, Settings()):
            origin = next(
                (o for n, o in self.origins.items() if n == name or n.startswith(f"{name}.")),
                "default",
            )
            variable = PREFIX + name.upper().replace(".", "__")
            yield Setting(name, value, origin, default, variable)

    def located(self, message: str) -> str:
        """`message` of a later look at these settings; a line about one of them, or about the file
        that one names, says where that was given."""
        return "\n".join(map(self._located, message.split("\n")))

    def _located(self, line: str) -> str:
        about = re.match(r"`?([a-z_]+(?:\.[\w-]+)*)`?: ", line)
        if about and (origin := self.origins.get(about[1])):
            return f"{origin}: {line}"
        for name, path in (*_paths("", self.settings), ("policy", self.settings.policy)):
            if line.startswith(f"{path}: "):
                origin = _origin(name.split("."), self.origins, "")
                told = line.removeprefix(str(path))
                return f"{path} (`{name}`, {origin}){told}" if origin else line
        return line


def load(
    path: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Settings from a file, the environment and flags (dotted names). Raises ConfigError, with a
    line for each mistake.

    Without `path`, `penstock.yaml` in the working directory is read if there is one.
    """
    found: dict[str, Any] = {}
    origins: dict[str, str] = {}
    wrong: list[str] = []
    if path is None and (named := environment.get(f"{PREFIX}CONFIG")):
        path = Path(named)
    if path is None and DEFAULT_FILE.is_file():
        path = DEFAULT_FILE
    if path is not None:
        found = _file(path, origins, wrong)
    for variable, value in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable != f"{PREFIX}CONFIG":
            name = variable.removeprefix(PREFIX).lower().replace("__", ".")
            wrong += _put(found, name, _from_text(value), variable)
            origins[name] = variable
    for name, flag in (flags or {}).items():
        if flag is not None:
            wrong += _put(found, name, flag, name)
            origins[name] = f"--{name.rpartition('.')[2].replace('_', '-')}"
    try:
        settings = Settings.model_validate(found)
    except ValidationError as e:
        wrong += _mistakes(e, origins)
    if wrong:
        raise ConfigError("\n".join(sorted(dict.fromkeys(wrong), key=_in_order)))
    return LoadedSettings(settings, origins, path)


def _in_order(mistake: str) -> int:
    """Of a file its lines; before them what has none."""
    found = re.match(r".*?:(\d+): ", mistake)
    return int(found[1]) if found else 0


def _file(path: Path, origins: dict[str, str], wrong: list[str]) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: cannot be read: it is not UTF-8") from None
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {e.problem}") from None
    except ValueError as e:
        raise ConfigError(f"{path}:1: a date in it is none: {e}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}:1: settings are a mapping, for instance `redis: redis://…`")
    try:
        wrong += _lines(node, "", path, origins)
        # paths in the file are meant relative to the file
        return _resolved(document, path.parent)
    except RecursionError:
        raise ConfigError(f"{path}:1: an alias in it stands within what it names") from None


def _resolved(document: dict[str, Any], base: Path) -> dict[str, Any]:
    """Relative paths of a settings file are relative to that file, not to where one stands."""
    for section, names in {
        "proxy": ("upstream_ca", "services", "users", "certificate", "client_ca"),
        "directory": ("ca",),
        "detection": ("recognizers",),
        "": ("state", "facts"),
        "reports": ("directory",),
    }.items():
        part = document.get(section) if section else document
        for name in names:
            if isinstance(part, dict) and isinstance(part.get(name), str):
                part[name] = base / Path(part[name]).expanduser()
    detection = document.get("detection")
    if isinstance(detection, dict) and isinstance(detection.get("rules"), list):
        detection["rules"] = [base / Path(str(p)).expanduser() for p in detection["rules"]]
    if isinstance(detection, dict) and isinstance(detection.get("dictionaries"), list):
        for row in detection["dictionaries"]:
            if isinstance(row, dict) and isinstance(row.get("file"), str):
                row["file"] = base / Path(row["file"]).expanduser()
    policy = document.get("policy")
    if isinstance(policy, str) and policy.endswith((".yaml", ".yml")):
        document["policy"] = str(base / Path(policy).expanduser())
    return document


def _lines(
    node: yaml.Node | None, prefix: str, path: Path, origins: dict[str, str]
) -> Iterator[str]:
    """Notes where each setting stands; what is given twice is a mistake."""
    if isinstance(node, yaml.SequenceNode):
        for i, row in enumerate(node.value, 1):
            origins[f"{prefix}{i}"] = f"{path}:{row.start_mark.line + 1}"
            yield from _lines(row, f"{prefix}{i}.", path, origins)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        name = f"{prefix}{key.value}"
        place = f"{path}:{key.start_mark.line + 1}"
        if name in origins:
            yield f"{place}: `{name}` is given twice"
        origins[name] = place
        yield from _lines(value, f"{name}.", path, origins)


def _put(document: dict[str, Any], name: str, value: object, origin: str) -> Iterator[str]:
    *sections, last = name.split(".")
    for section in sections:
        inner = document.setdefault(section, {})
        if not isinstance(inner, dict):
            yield f"{origin}: `{section}` is not a section"
            return
        document = inner
    document[last] = value


def _from_text(value: str) -> object:
    """An environment variable's value: lists and mappings are written as YAML or JSON."""
    if value[:1] in "[{":
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return value
    return value


def _mistakes(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    # rows of a list are counted from 1
    every = [
        (e, tuple(p if isinstance(p, str) else str(p + 1) for p in e["loc"]))
        for e in error.errors(include_input=False)
    ]
    misspelt = set()
    for e, place in every:
        if e["type"] == "extra_forbidden":
            options = _names(place[:-1])
            near = difflib.get_close_matches(place[-1], options, n=1)
            misspelt |= {(*place[:-1], name) for name in near}
            listed = f"; there are {', '.join(options)}"
            remedy = f" (did you mean `{near[0]}`?)" if near else listed
            yield f"{_origin(place, origins)}: unknown setting `{'.'.join(place)}`{remedy}"
    for e, place in every:
        if e["type"] == "missing" and place not in misspelt:
            yield f"{_origin(place, origins)}: `{'.'.join(place)}` is missing"
        elif e["type"] not in ("missing", "extra_forbidden"):
            said = in_words(e["type"], e["msg"], e.get("ctx", {}))
            yield f"{_origin(place, origins)}: `{'.'.join(place)}`: {said}"


def _origin(place: Sequence[str], origins: Mapping[str, str], else_: str = "settings") -> str:
    """Where the deepest part of `place` that somebody gave came from."""
    names = (".".join(place[:i]) for i in range(len(place), 0, -1))
    return next((origins[name] for name in names if name in origins), else_)


def _names(place: Sequence[str]) -> list[str]:
    kind: Any = Settings
    for part in place:
        field: FieldInfo | None = kind.model_fields.get(part)
        if field is None:
            return list(kind.model_fields)
        inner = [a for a in get_args(field.annotation) if isinstance(a, type)]
        kind = next((a for a in inner if issubclass(a, BaseModel)), field.annotation)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
    return list(kind.model_fields)


def _walk(prefix: str, node: BaseModel, default: BaseModel) -> Iterator[tuple[str, str, str]]:
    for name in type(node).model_fields:
        value, usual = getattr(node, name), getattr(default, name)
        if isinstance(value, BaseModel):
            yield from _walk(f"{prefix}{name}.", value, usual)
        else:
            yield f"{prefix}{name}", _shown(value), _shown(usual)


def _paths(name: str, value: object) -> Iterator[tuple[str, Path]]:
    """The files and directories that settings name, by dotted name."""
    within: Iterable[tuple[object, object]] = ()
    match value:
        case Path():
            yield name, value
        case BaseModel():
            within = iter(value)
        case dict():
            within = value.items()
        case tuple():
            within = enumerate(value, 1)
    for key, inner in within:
        yield from _paths(f"{name}.{key}" if name else str(key), inner)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case dict():
            return ", ".join(f"{k}: {_shown(v)}" for k, v in value.items())
        case tuple():
            return ", ".join(_shown(v) for v in value)
        case DictionarySettings():
            return f"{value.data_class} in {value.file}"
        case ModelSettings():
            return f"{value.model} at {value.base_url}"
        case _:
            return str(value)
