"""The catalogue of services: which row a host belongs to, and which dialect reads an endpoint."""

from pathlib import Path

import pytest
import yaml

from penstock.errors import ConfigError
from proxy_addons.dialects import BY_NAME
from proxy_addons.services import SHIPPED, Service, Services, load


def row(service: str, *hosts: str, **more: object) -> Service:
    return Service.model_validate(
        {"service": service, "name": service, "category": "api", "hosts": hosts, **more}
    )


PATTERNS = Services(
    [
        row("exact", "api.example.com"),
        row("below", "*.example.com"),
        row("deeper", "*.eu.example.com"),
        row("inner", "run.*.example.com"),
        row("part", "*-ai.example.net"),
        row("middle", "run-*.x.*.example.org"),
    ]
)


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("api.example.com", "exact"),
        ("a.example.com", "below"),
        ("a.b.c.example.com", "below"),
        ("example.com", None),
        ("notexample.com", None),
        ("a.eu.example.com", "deeper"),
        ("eu.example.com", "below"),
        ("run.us.example.com", "inner"),
        ("run.a.b.example.com", "below"),
        ("run.eu.example.com", "deeper"),
        ("us-ai.example.net", "part"),
        ("-ai.example.net", None),
        ("a.us-ai.example.net", None),
        ("run-1.x.eu.example.org", "middle"),
        ("run-1.y.eu.example.org", None),
        ("com", None),
        ("", None),
    ],
)
def test_the_most_specific_pattern_wins(host: str, service: str | None) -> None:
    found = PATTERNS.at(host)
    assert (found.service if found else None) == service


@pytest.mark.parametrize("host", ["API.Example.COM", "api.example.com.", "ａpi.example.com"])
def test_any_spelling_of_a_host_matches(host: str) -> None:
    found = PATTERNS.match(host, "get", "/")
    assert found is not None
    assert found.service.service == "exact"


ENDPOINTS = row(
    "endpoints",
    "api.example.com",
    endpoints={
        "POST /v1/chat": "openai_chat",
        "POST /v1/*": "openai_responses",
        "POST /v1beta/models/*:generateContent": "gemini_generate",
        "POST /*/models/*:generateContent": "anthropic_messages",
    },
)


@pytest.mark.parametrize(
    ("method", "target", "dialect", "template"),
    [
        ("POST", "/v1/chat", "openai_chat", "POST /v1/chat"),
        ("POST", "/v1/chat?key=secret", "openai_chat", "POST /v1/chat"),
        ("POST", "/v1/other", "openai_responses", "POST /v1/*"),
        ("POST", "/v1/a/b", "generic", "POST /v1/a/b"),
        ("GET", "/v1/chat", "generic", "GET /v1/chat"),
        (
            "POST",
            "/v1beta/models/gemini-2:generateContent",
            "gemini_generate",
            "POST /v1beta/models/*:generateContent",
        ),
        (
            "POST",
            "/v9/models/x:generateContent",
            "anthropic_messages",
            "POST /*/models/*:generateContent",
        ),
        ("POST", "/V1/chat", "generic", "POST /*/chat"),
        ("POST", "/v1//chat", "generic", "POST /v1//chat"),
    ],
)
def test_endpoints_have_dialects(method: str, target: str, dialect: str, template: str) -> None:
    found = ENDPOINTS.endpoint(method, target)
    assert (found.dialect, found.template) == (dialect, template)


@pytest.mark.parametrize(
    ("target", "template"),
    [
        ("/backend-api/conversation", "GET /backend-api/conversation"),
        ("/v1/threads/thread_8f2a/runs", "GET /v1/threads/*/runs"),
        ("/users/alice@example.com/x", "GET /users/*/x"),
        ("/u/550e8400-e29b-41d4-a716-446655440000", "GET /u/*"),
        ("/" + "a" * 40, "GET /*"),
        ("/search/Jane%20Doe", "GET /search/*"),
        ("/v1beta1/a", "GET /v1beta1/a"),
        ("/a" * 20, "GET " + "/a" * 8 + "/…"),
        ("/", "GET /"),
    ],
)
def test_records_hold_no_ids_and_names_from_paths(target: str, template: str) -> None:
    assert row("x", "x.example").endpoint("GET", target).template == template


# ── files ──


def test_the_shipped_catalogue_loads_and_every_host_belongs_to_its_row() -> None:
    services = load()
    assert len(services.rows) > 200
    for service in services:
        assert service.otherwise in BY_NAME
        for host in service.hosts:
            found = services.at(host.replace("*", "any"))
            assert found is not None
            assert found.service == service.service


@pytest.mark.parametrize(
    ("host", "target", "service", "dialect"),
    [
        ("api.openai.com", "/v1/chat/completions", "openai-api", "openai_chat"),
        ("api.openai.com", "/v1/responses", "openai-api", "openai_responses"),
        ("api.anthropic.com", "/v1/messages?beta=true", "anthropic-api", "anthropic_messages"),
        (
            "generativelanguage.googleapis.com",
            "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
            "gemini-api",
            "gemini_generate",
        ),
        (
            "bedrock-runtime.eu-central-1.amazonaws.com",
            "/model/x/invoke",
            "bedrock",
            "bedrock_invoke",
        ),
        ("europe-west4-aiplatform.googleapis.com", "/x", "vertex-ai", "google_api"),
    ],
)
def test_well_known_endpoints_are_read_by_their_dialect(
    host: str, target: str, service: str, dialect: str
) -> None:
    found = load().match(host, "POST", target)
    assert found is not None
    assert (found.service.service, found.dialect) == (service, dialect)


@pytest.mark.parametrize("host", ["www.google.com", "openai.com.evil.example", "example.com"])
def test_other_hosts_belong_to_no_service(host: str) -> None:
    assert load().at(host) is None


OWN = """\
- service: openai-api
  name: OpenAI, as we use it
  category: api
  hosts: [api.openai.com]
  approved: true
- service: intranet-llm
  name: Ours
  category: api
  country: NO
  hosts: [llm.corp.example]
  websockets: allow
  endpoints: {POST /v1/chat: openai_chat}
"""


def test_rows_of_ones_own_replace_and_add(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    services = load(path)

    openai, ours = services.at("api.openai.com"), services.at("llm.corp.example")
    assert openai is not None
    assert ours is not None
    assert (openai.approved, openai.endpoints) == (True, {})
    assert (ours.country, ours.websockets) == ("NO", "allow")
    assert len(services.rows) == len(load().rows) + 1


WRONG = {
    "- {service: a, name: A, category: api, hosts: [a.example], hots: [b.example]}": (
        ":1: unknown key `hots` (did you mean `hosts`?)"
    ),
    "- service: a\n  name: A\n  hosts: [a.example]": ":1: `category` is missing",
    "- service: a\n  name: A\n  category: api\n  hosts: []": ":4: `hosts`: must not be empty",
    "- service: a\n  name: A\n  category: api\n  hosts: [A.example]": ":4: `hosts`: `A.example` is",
    "- service: a\n  name: A\n  category: api\n  hosts: ['*.com.']": ":4: `hosts`: `*.com.` is",
    "- service: a\n  name: A\n  category: api\n  hosts: ['*']": ":4: `hosts`: `*` is",
    "- service: A b\n  name: A\n  category: api\n  hosts: [a.example]": ":1: `service`: string",
    "- service: a\n  name: A\n  category: api\n  hosts: [a.example]\n  otherwise: openai_chats": (
        ":5: `otherwise`: no dialect is called `openai_chats` (did you mean `openai_chat`?)"
    ),
    "- service: a\n  name: A\n  category: api\n  hosts: [a.example]\n  endpoints: {v1: generic}": (
        ":5: `endpoints`: `v1` is not like `POST /v1/chat`"
    ),
    "- service: a\n  service: a\n": ":2: `service` is given twice",
    "- {service: a, name: A, category: api, hosts: [a.example]}\n"
    "- {service: a, name: A, category: api, hosts: [b.example]}": ":2: service `a` is there twice",
    "- {service: a, name: A, category: api, hosts: [api.openai.com]}": (
        ":1: host `api.openai.com` already belongs to `openai-api`"
    ),
    "a: b": ":1: a catalogue is a list of rows",
    "- a": ":1: a row is a mapping",
    "- [": ":2: not YAML",
    "- {service: a, name: A, category: api, hosts: [a.example], websockets: maybe}": (
        ":1: `websockets`: must be 'inspect', 'downgrade', 'block' or 'allow'"
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}{message}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "own.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"own\.yaml: cannot be read: "):
        load(path)


def test_an_empty_file_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("# nothing yet\n")
    assert len(load(path).rows) == len(yaml.safe_load(SHIPPED.read_text()))
