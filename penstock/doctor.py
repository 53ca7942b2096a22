"""What is missing, wrong or unsafe in a set-up, each with its remedy."""

import asyncio
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

from detectors.documents.picture import configure, is_installed
from penstock import own_checks, report_checks, trust
from penstock.app import open_ledger
from penstock.authority import read
from penstock.check import Check
from penstock.errors import ConfigError, PenstockError
from penstock.hints import mode
from penstock.pipeline import broken_promises
from penstock.scan import scanner
from penstock.settings import ModelSettings, Settings
from penstock.state import addresses, prepare
from penstock.unreported import unreported
from policy.load import load
from proxy_addons import ca, coverage
from proxy_addons.accounts import Accounts
from proxy_addons.certificates import listening
from proxy_addons.destinations import Destinations
from proxy_addons.dialects.openai_chat import dialect as openai_chat
from proxy_addons.identity import Identities
from proxy_addons.redirect.pool import InternalModel
from proxy_addons.services import load as load_services
from proxy_addons.tunnel import admitted

SOON = timedelta(days=60)
ROOM_BYTES = 512 * 1024 * 1024


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, in the order in which a start would trip over them; each fault once."""
    said = set()
    for look in (
        _python, _engine, _pictures, _state, _room, _authority, _policy, _catalogue,
        own_checks.rules, own_checks.words, own_checks.registered, _examples,
        _listen, _access, _door, own_checks.people, report_checks.stated_facts,
        _ledger, _redis, _models, _clock, _coverage,
        report_checks.directory, report_checks.approvers, report_checks.pdf_maker,
        report_checks.pdf_signature, report_checks.timestamps,
    ):  # fmt: skip
        for check in _guarded(look, settings):
            if check.verdict != "wrong" or check.detail not in said:
                yield check
            said.add(check.detail)


def _guarded(look: Callable[[Settings], Iterator[Check]], settings: Settings) -> Iterator[Check]:
    name = _NAMES.get(look.__name__, look.__name__.strip("_"))
    try:
        yield from look(settings)
    except PenstockError as e:
        else_ = _ELSE.get(name, "").format(policy=settings.policy)
        for mistake in str(e).split("\n"):  # each ends with what to do
            # several checks read the ledger: that it is away is one fault
            detail, _, remedy = mistake.removeprefix("the ledger is away: ").rpartition("; ")
            yield Check(name, "wrong", detail or remedy, remedy if detail else else_)
    except OSError as e:  # the checks after it are still of use
        detail = f"{e.filename or settings.state}: {e.strerror or type(e).__name__}"
        yield Check(name, "wrong", detail, _ELSE.get(name, ""))


_NAMES = {
    "_authority": "ca",
    "_catalogue": "services",
    "_examples": "policy examples",
    "_redis": "counters",
    "rules": "own rules",
    "words": "own words",
    "people": "directory",
    "stated_facts": "facts",
    "pdf_signature": "pdf signature",
}
_OWN = "mend the file; until then a proxy that runs keeps what it has, and none starts"
_ELSE = {
    "state": "name a directory you may write to by `state`, or PENSTOCK_STATE",
    "ca": "see that there is room, and that this is run as the owner of the state directory",
    "ledger": "see that there is room and that `database` answers; then penstock ledger verify",
    "policy": "penstock policy check {policy}",
    "services": "penstock services check",
    "own rules": _OWN,
    "own words": _OWN,
    "counters": "correct `redis`",
    "facts": "correct `facts`, or the file",
    "pdf signature": "correct `reports.pdf_key` and `reports.pdf_certificate`",
}
"""What to do where the message does not say it."""


def _python(settings: Settings) -> Iterator[Check]:
    yield Check("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _engine(settings: Settings) -> Iterator[Check]:
    if find_spec("hyperscan"):
        yield Check("rules", "ok", "Hyperscan")
    else:
        yield Check(
            "rules",
            "note",
            "no Hyperscan on this machine: rules run on RE2, several times slower",
            "on Linux x86-64: pip install hyperscan",
        )


def _pictures(settings: Settings) -> Iterator[Check]:
    if settings.detection.ocr:
        configure(settings.detection.ocr)
        yield Check("pictures", "ok", f"read in {', '.join(settings.detection.ocr)}")
    else:
        yield Check(
            "pictures",
            "note",
            "text in pictures is not read: they count as not inspected",
            f"{'' if is_installed() else 'apt-get install tesseract-ocr, then '}"
            "name languages in `detection.ocr`, for instance [eng]",
        )


def _state(settings: Settings) -> Iterator[Check]:
    prepare(settings.state)
    yield Check("state", "ok", f"{settings.state}, readable by nobody else")


def _room(settings: Settings) -> Iterator[Check]:
    if not settings.state.is_dir():
        return
    free = shutil.disk_usage(settings.state).free
    if free < ROOM_BYTES:
        yield Check(
            "disk",
            "wrong",
            f"{free // 1024**2} MB free at {settings.state}: records will soon be refused, and "
            "with them requests",
            "make room or move `state`",
        )
    else:
        yield Check("disk", "ok", f"{free // 1024**3} GB free")


def _authority(settings: Settings) -> Iterator[Check]:
    ca = read(settings.state)
    left = ca.not_after - datetime.now(UTC)
    if left < SOON:
        yield Check("ca", "wrong", f"expires in {left.days} days", "plan its replacement")
    else:
        yield Check("ca", "ok", f"{ca.path}, valid until {ca.not_after.date()}")
    yield trust.check(ca)


def _policy(settings: Settings) -> Iterator[Check]:
    loaded = load(settings.policy)
    policy = loaded.policy
    yield Check("policy", "ok", f"{policy.name}, {len(policy.rules)} rules, {loaded.path}")
    if policy.mode == "monitor":
        yield Check(
            "policy mode",
            "note",
            mode(policy),
            "set `mode: enforce` in your policy when you are ready",
        )
    if policy.on_error == "warn":
        yield Check(
            "policy on_error",
            "note",
            "requests that cannot be inspected are forwarded, and recorded",
            "`on_error: block` keeps them in",
        )
    unknown = sorted({m for r in policy.rules for m in r.to} - set(settings.models))
    if unknown:
        yield Check(
            "policy models",
            "note",
            f"no internal model {', '.join(f'`{m}`' for m in unknown)} in the settings: rules that "
            "redirect to it answer with their fallback",
            "add it under `models:`",
        )
    for line in unreported(loaded, settings):
        remedy = "correct it, or add the rule, dictionary or table that reports it"
        yield Check("policy classes", "note", line, remedy)


def _catalogue(settings: Settings) -> Iterator[Check]:
    services = list(load_services(settings.proxy.services))
    yield Check("services", "ok", f"{len(services)} AI services are inspected")


def _examples(settings: Settings) -> Iterator[Check]:
    broken = list(broken_promises(load(settings.policy).policy, scanner(settings)))
    if broken:
        yield Check(
            "policy examples", "wrong", broken[0], f"penstock policy test {settings.policy}"
        )
    else:
        yield Check("policy examples", "ok", "detectors load, every example holds")


def _listen(settings: Settings) -> Iterator[Check]:
    """Where the proxies of this installation listen; else whether one could."""
    stated = settings.proxy.listen
    if found := addresses(settings.state):
        yield Check("listen", "ok", f"a proxy listens on {', '.join(found)}")
        return
    host, _, port = stated.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1):
            yield Check(
                "listen",
                "note",
                f"something else listens on {stated}: a proxy cannot start there",
                "stop it, or set `proxy.listen` to another port",
            )
    except OSError:
        yield Check("listen", "ok", f"no proxy runs; {stated} is free for one")


def _access(settings: Settings) -> Iterator[Check]:
    wide = [s for s in settings.proxy.sources if s in ("0.0.0.0/0", "::/0")]
    if wide:
        yield Check(
            "sources",
            "wrong",
            f"`proxy.sources` admits everybody ({', '.join(wide)}): an open relay",
            "list the company's networks",
        )
    if settings.proxy.upstream_map or settings.proxy.upstream_ca:
        yield Check(
            "lab",
            "note",
            "`proxy.upstream_map` or `proxy.upstream_ca` is set: services are not the real ones",
            "remove them outside a lab",
        )


def _door(settings: Settings) -> Iterator[Check]:
    """What a proxy is made of when it starts, each part by itself."""
    proxy = settings.proxy
    for part in (
        lambda: admitted(proxy.listen, proxy.sources),
        lambda: Destinations(proxy.destinations, proxy.upstream_map),
        lambda: Identities(proxy, settings.directory).close(),
        lambda: proxy.certificate and listening(proxy.certificate, proxy.client_ca),
        lambda: ca.roots(settings.state, proxy.upstream_ca),
        lambda: Accounts(settings.accounts),
    ):
        try:
            part()
        except ConfigError as e:
            detail, _, remedy = str(e).partition("; ")
            yield Check("proxy", "wrong", detail, remedy or "correct it: a proxy cannot start")


def _ledger(settings: Settings) -> Iterator[Check]:
    with open_ledger(settings) as ledger:
        ledger.check()
        health = ledger.health
        if health.database:
            yield Check(
                "ledger",
                "wrong",
                f"the database takes no records: {health.database}",
                "start it or correct `database`; records wait in the spool until then",
            )
        elif health.damaged:
            yield Check(
                "ledger",
                "wrong",
                f"damaged spool files: {', '.join(health.damaged)}",
                "keep them for whoever looks into it, outside the spool",
            )
        else:
            kept = ledger.last()[0]
            records = "1 record" if kept == 1 else f"{kept:,} records"
            yield Check("ledger", "ok", f"chain leads to its signed head; {records}")


def _coverage(settings: Settings) -> Iterator[Check]:
    passed = coverage.read(settings.state, coverage.CANARY)
    if passed:
        yield Check(
            "canary",
            "wrong",
            f"made-up secrets passed unseen: {', '.join(row.what for row in passed)}",
            "penstock services check; once it is fine, penstock services check --clear",
        )
    else:
        yield Check("canary", "ok", "no made-up secret has passed unseen")
    if found := coverage.read(settings.state, coverage.DISCOVERED):
        yield Check(
            "discovered",
            "note",
            f"{len(found)} likely AI hosts are not in the catalogue and pass unread",
            "penstock services list --discovered",
        )


def _redis(settings: Settings) -> Iterator[Check]:
    if not settings.redis:
        yield Check("counters", "ok", "in process; set `redis` when several machines run proxies")
        return
    with open_ledger(settings) as ledger:
        ledger.counters(f"{datetime.now(UTC):%Y-%m}")  # asks Redis, and takes note if it is away
        state = ledger.health.counters
        verdict = "wrong" if state and "away" in state else "ok"
        remedy = "start it or correct `redis`; until then each proxy counts for itself"
        yield Check("counters", verdict, f"Redis: {state or 'fine'}", remedy * (verdict == "wrong"))


def _models(settings: Settings) -> Iterator[Check]:
    for name, model in settings.models.items():
        if problem := asyncio.run(_problem(name, model, settings.proxy.listen)):
            yield Check(f"model {name}", "wrong", problem, f"start it or correct `models.{name}`")
        else:
            yield Check(f"model {name}", "ok", f"{model.model} at {model.base_url}")


async def _problem(name: str, settings: ModelSettings, listen: str) -> str:
    model = InternalModel(name, settings, openai_chat, (listen,))
    try:
        return await model.problem()
    finally:
        await model.aclose()


def _clock(settings: Settings) -> Iterator[Check]:
    now = datetime.now(UTC)
    newest = max((p.stat().st_mtime for p in settings.state.glob("*")), default=0.0)
    if newest > now.timestamp() + 300:
        yield Check(
            "clock", "wrong", "files of the state directory are from the future", "set the clock"
        )
    else:
        yield Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")
