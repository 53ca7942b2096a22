"""Every setting, its type, its default and what it is for. `penstock config show` prints them.

Order, later wins: defaults, `penstock.yaml`, environment `PENSTOCK_SECTION__KEY`, flags.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


def _state_home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "penstock"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProxySettings(_Section):
    """The listening side."""

    listen: str = "127.0.0.1:8080"
    """HOST:PORT of the proxy."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Proxy processes that share the port."""
    sources: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may use the proxy; needed for a `listen` address other than loopback."""
    destinations: tuple[str, ...] = ()
    """Private or loopback HOST[:PORT] targets that clients may reach; all others are refused."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    """Largest decoded request body that is inspected; a larger one is refused with 413."""
    drain_s: Annotated[float, Field(ge=0)] = 20.0
    """How long requests in flight may finish after SIGTERM."""
    upstream_map: dict[str, str] = {}
    """For labs: HOST[:PORT] a client asks for -> HOST:PORT really connected to."""
    upstream_ca: Path | None = None
    """For labs: extra CA certificates (PEM) trusted for services."""
    services: Path | None = None
    """Rows added to the catalogue of AI services, or replacing rows of the same id."""


class DetectionSettings(_Section):
    """The workers that look at prompts."""

    workers: Annotated[int, Field(ge=1, le=256)] = max(2, os.cpu_count() or 2)
    """Detector processes per proxy process."""
    limit_s: Annotated[float, Field(gt=0)] = 10.0
    """Longest inspection of one request, waiting included; then `policy.on_error` decides."""
    memory_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 2 * 1024**3
    """Address space one detector process may use beyond what it holds when idle."""
    names: bool = True
    """Whether the language model that finds names, places and organisations runs."""
    rules: tuple[Path, ...] = ()
    """Directories with rules of your own, read like `detectors/rules`."""
    recognizers: Path | None = None
    """A YAML file with Presidio recognisers of your own."""


class ModelSettings(_Section):
    """One internal model."""

    base_url: str
    """Root of its OpenAI-compatible API: `http://10.0.0.7:8000/v1`."""
    model: str
    """The name the server knows it by."""
    api_key: SecretStr | None = None
    connect_s: Annotated[float, Field(gt=0)] = 2.0
    """Longest wait for a connection."""
    answer_s: Annotated[float, Field(gt=0)] = 120.0
    """Longest silence before or within an answer."""
    context_tokens: Annotated[int, Field(ge=256)] = 32_768


class Settings(_Section):
    """All of it."""

    proxy: ProxySettings = ProxySettings()
    detection: DetectionSettings = DetectionSettings()
    policy: str = "default"
    """A pack (`default`, `strict`) or the path of a policy file."""
    models: dict[str, ModelSettings] = {}
    """Internal models by the name that policies use."""
    state: Path = Field(default_factory=_state_home)
    """Directory of the CA, the keys, the ledger and caches; 0700."""
    database: str = ""
    """URL of the ledger; empty: SQLite in the state directory."""
    redis: str = ""
    """`redis://…` for counters shared by several proxies; empty: counted in process."""
    organization: str = ""
    """Name printed on reports."""
    language: Literal["en", "de", "fr", "es"] = "en"
    """Language of the messages that people see in their chats."""

    @property
    def database_url(self) -> str:
        """The ledger's SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.state / 'ledger.sqlite'}"
