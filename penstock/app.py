"""Composition: the one place that knows every part and puts them together."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from penstock import chores, state
from penstock.account import whoever
from penstock.clock import today
from penstock.decisions import Told
from penstock.errors import (
    ConfigError,
    LedgerError,
    PenstockError,
    PolicyError,
    ServiceDown,
)
from penstock.hints import host_and_port
from penstock.model import Violation
from penstock.settings import DetectionSettings, LoadedSettings, Settings
from penstock.yaml_text import yaml_files
from policy.load import LoadedPolicy, load, path_of
from policy.schema import Policy
from proxy_addons import master
from proxy_addons.chats.chats import shelf_of
from proxy_addons.coverage import Coverage, is_likely
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import ModelDialect
from proxy_addons.inspection import Inspection, Job
from proxy_addons.pool import Pool
from proxy_addons.redirect.redirector import Redirector
from proxy_addons.services import Services
from proxy_addons.services import load as load_services
from proxy_addons.watch import watch
from proxy_addons.zygote import WorkerConfig
from reports import facts
from reports.ledger import Ledger, Recipient, approvers, keys, policies
from reports.monthly.asked import ServiceFacts

RELOAD_S = 1.0
"""How often the policy file is looked at."""
OWN_FILES_S = 0.25
"""How often the company's own files are: to load them takes seconds, noticing them should not."""
_MODEL_DIALECT = "openai_chat"

type Say = Callable[[str], None]


def open_ledger(settings: Settings, *, demo: bool = False) -> Ledger:
    """The record, where the settings say it is."""
    directory = state.prepare(settings.state)
    stated = facts.load(settings.facts) if settings.facts else facts.Facts()
    recipients = {
        id_: Recipient(
            row.category,
            row.country,
            facts.transfer_basis(row.country, stated.contracts.get(id_), today()),
        )
        for id_, row in service_facts(settings).items()
    }
    return Ledger.open(
        settings.database_url,
        directory,
        settings.redis,
        demo=demo,
        recipients=recipients,
        account=whoever(),
    )


def note_approvers(settings: Settings, ledger: Ledger, say: Say) -> None:
    """Has the ledger say whose keys re-identify from now on; if it cannot, those it knows do.

    Proxies of one ledger with other `approvers` each would replace one another's: they say so.
    """
    try:
        named = {n: keys.fingerprint(keys.public_in(p)) for n, p in settings.approvers.items()}
        if approvers.come_into_force(ledger, named, datetime.now(UTC)):
            names = ", ".join(sorted(named)) or "nobody"
            say(f"from now on, for every proxy of this ledger, `approvers` are those here: {names}")
    except PenstockError as e:
        say(f"the `approvers` of the settings are not on record: {e}")


def service_facts(settings: Settings) -> dict[str, ServiceFacts]:
    """What reports say about services, from the catalogue."""
    return {
        row.service: ServiceFacts(row.name, row.vendor, row.category, row.country, row.approved)
        for row in load_services(settings.proxy.services)
    }


class PolicyInForce:
    """The policy that decides now. A file that changes takes its place once it has proved good."""

    def __init__(self, name: str, pool: Pool, ledger: Ledger, say: Say) -> None:
        self.name = name
        self._pool = pool
        self._ledger = ledger
        self._say = say
        self._seen = _stamp(path_of(name))  # before it is read: what changes then is seen later
        self._loaded = load(name)
        self._day = today()

    def __call__(self) -> LoadedPolicy:
        """It, for the guard."""
        return self._loaded

    async def prove(self, loaded: LoadedPolicy) -> None:
        """Runs the examples of `loaded` in a detector process. Raises PolicyError."""
        if broken := await self._pool.broken_promises(loaded.policy):
            raise PolicyError(
                f"{loaded.path}: {broken[0]}; see: penstock policy test {loaded.path}"
            )

    async def reload(self) -> bool:
        """Takes the file as it is now; False, and the old one stays, if it is wrong."""
        try:
            loaded = await asyncio.to_thread(load, self.name)
            await self.prove(loaded)
            await self._enforce(loaded)
        except PenstockError as e:
            self._say(f"the policy stays as it was: {e}")
            return False
        except Exception as e:  # the next change of the file must still be seen
            self._say(f"the policy stays as it was: {type(e).__name__} while it was read")
            return False
        self._loaded = loaded
        self._say(f"policy {loaded.policy.name} in force, sha256 {loaded.sha256[:12]}…")
        await self.note()
        return True

    async def note(self) -> None:
        """Has the ledger say which one it is."""
        try:
            await asyncio.to_thread(
                policies.in_force, self._ledger, self._loaded, datetime.now(UTC)
            )
        except PenstockError as e:
            self._say(f"the policy in force is not on record: {e}")

    async def _enforce(self, loaded: LoadedPolicy) -> None:
        self._day = today()
        await self._pool.reload(loaded.policy.on(self._day))

    async def watch(self, hurry: asyncio.Event) -> None:
        """Reloads whenever the file changes, or at once when `hurry` is set."""
        while True:
            try:
                async with asyncio.timeout(RELOAD_S):
                    await hurry.wait()
            except TimeoutError:
                pass
            stamp = _stamp(self._loaded.path)
            if hurry.is_set() or stamp != self._seen:
                hurry.clear()
                self._seen = stamp
                await self.reload()
            elif self._day != today():  # exceptions end
                await self._enforce(self._loaded)


class OwnFiles:
    """The company's own files that detectors read: changed ones are read again."""

    def __init__(
        self, detection: DetectionSettings, pool: Pool, policy: Callable[[], Policy], say: Say
    ) -> None:
        self._detection = detection
        self._pool = pool
        self._policy = policy
        self._say = say
        self._seen = self._stamps()  # before they are read: what changes then is seen later
        self._refused = False

    async def watch(self) -> None:
        """Renews the detectors whenever a file changes; the old ones stay if one is wrong."""
        while self._seen:
            await asyncio.sleep(OWN_FILES_S)
            stamps = await asyncio.to_thread(self._stamps)
            if stamps == self._seen:
                continue
            self._seen = stamps
            try:
                await self._pool.renew()
            except PenstockError as e:
                self._stay(str(e))
            except Exception as e:  # the next change must still be seen
                self._stay(f"{type(e).__name__} while they loaded")
            else:
                mended = "; what was wrong with them is mended, all of them are in force"
                self._say(f"the company's own files were read again{mended * self._refused}")
                self._refused = False
                await self._prove()

    def _stay(self, why: str) -> None:
        self._refused = True
        self._say(f"the detectors stay as they were: {why}")

    async def _prove(self) -> None:
        """Says so where the policy no longer keeps its promises: the next start would refuse it."""
        try:
            broken = await self._pool.broken_promises(self._policy())
        except Exception as e:  # too busy for examples; the next change must still be seen
            self._say(f"whether the policy still holds with them is unknown: {type(e).__name__}")
            return
        if broken:
            self._say(f"with them the policy would not load; mend one of the two: {broken[0]}")

    def _stamps(self) -> dict[Path, tuple[int, int, int]]:
        detection = self._detection
        paths = [dictionary.file for dictionary in detection.dictionaries]
        for rules in detection.rules:
            paths.append(rules)
            with suppress(ConfigError):  # a directory that has gone is a change as well
                paths += yaml_files(rules)
        if detection.recognizers is not None:
            paths.append(detection.recognizers)
        return {path: _stamp(path) for path in paths}


class _Counted:
    """Counts what is inspected, whatever becomes of it: reports need the whole as well."""

    def __init__(self, pool: Pool, ledger: Ledger, services: Services, coverage: Coverage) -> None:
        self._pool = pool
        self._ledger = ledger
        self._rows = {row.service: row for row in services}
        self._coverage = coverage

    async def inspect(self, job: Job) -> Inspection:
        """What the pool says."""
        if job.is_again:
            return await self._pool.inspect(job)
        size_bytes = len(job.body)
        try:
            seen = await self._pool.inspect(job)
            size_bytes = seen.received_bytes
        finally:  # one that cannot be read is a violation too
            sender, at = job.sender, datetime.now(UTC)
            self._ledger.inspected(sender.service, sender.account, size_bytes, at)
        if seen.upload is not None and seen.upload.counts:
            self._ledger.noted("upload", sender.service, at)
        if job.dialect == "generic" and job.body and (row := self._rows.get(job.service)):
            endpoint = row.endpoint(job.method, job.target)
            self._coverage.not_understood(job.service, endpoint.template, job.body)
        return seen


async def serve(
    loaded: LoadedSettings,
    *,
    ready: Callable[[tuple[str, int]], None],
    say: Say,
    decided: Callable[[Violation], None] | None = None,
    reuse_port: bool = False,
    demo: bool = False,
) -> None:
    """One proxy process, until SIGTERM or SIGINT; `decided` hears of each violation that was
    recorded. Raises ConfigError, LedgerError, ServiceDown."""
    settings = loaded.settings
    directory = state.prepare(settings.state)
    services = load_services(settings.proxy.services)
    dialect = BY_NAME[_MODEL_DIALECT]
    assert isinstance(dialect, ModelDialect)
    redirector = Redirector.of(settings, dialect)
    config = WorkerConfig(
        detection=settings.detection,
        key=state.key(directory, "fingerprints"),
        language=settings.language,
        cache=directory / "cache",
        state=directory,
        evidence=settings.evidence,
    )
    async with AsyncExitStack() as stack:
        ledger = await asyncio.to_thread(open_ledger, settings, demo=demo)
        stack.callback(ledger.close)
        try:
            await asyncio.to_thread(ledger.check)
        except (LedgerError, ServiceDown) as e:
            # Records are safe in the spool, so whoever tampers cannot stop the traffic.
            say(f"ALARM: {e}")
        pool = Pool(config, load(settings.policy).policy.on(today()))
        policy = PolicyInForce(settings.policy, pool, ledger, say)
        own_files = OwnFiles(settings.detection, pool, lambda: policy().policy, say)
        await pool.start()
        stack.push_async_callback(pool.close)
        await policy.prove(policy())
        await policy.note()
        await asyncio.to_thread(note_approvers, settings, ledger, say)
        await redirector.start()
        stack.push_async_callback(redirector.aclose)
        ledger.begin_run(version("penstock"), datetime.now(UTC))

        hurry = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, hurry.set)
        stack.callback(loop.remove_signal_handler, signal.SIGHUP)
        watching = asyncio.create_task(policy.watch(hurry))
        stack.callback(watching.cancel)
        beside = asyncio.create_task(chores.keep(settings, say))
        stack.callback(beside.cancel)
        coverage = Coverage(directory)
        stack.callback(coverage.flush)
        keeping = asyncio.create_task(coverage.keep())
        stack.callback(keeping.cancel)
        if settings.proxy.canary_s:
            watching = asyncio.create_task(
                watch(settings, services, pool.inspect, policy, coverage, ledger.canaries, say)
            )
            stack.callback(watching.cancel)

        def tunnelled(host: str) -> None:
            coverage.tunnelled(host)
            if is_likely(host):
                ledger.noted("tunnel", host, datetime.now(UTC))

        reading = asyncio.create_task(own_files.watch())
        stack.callback(reading.cancel)

        def listens(address: tuple[str, int]) -> None:
            stack.enter_context(state.listening(directory, host_and_port(address)))
            ready(address)

        await master.serve(
            settings,
            services,
            _Counted(pool, ledger, services, coverage),
            Told(ledger, decided) if decided else ledger,
            policy,
            redirector,
            shelf_of(settings),
            reuse_port=reuse_port,
            ready=listens,
            tunnelled=tunnelled,
        )


def _stamp(path: Path) -> tuple[int, int, int]:
    """Changes when a file does, also when another one is moved into its place."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
