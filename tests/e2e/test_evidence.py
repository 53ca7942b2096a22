"""Masked excerpts of what was found, from the setting to the person's erasure."""

from pathlib import Path

from penstock.demo import clients
from penstock.demo.demo import settings
from penstock.demo.running import RunningProxy
from penstock.demo.standins import StandIns
from tests.e2e.test_promises import MAIL, client_of, penstock, post, violations

ADA = "ada@demo.example"


async def test_an_excerpt_is_kept_masked_shown_on_record_and_gone_with_its_person(
    standins: StandIns, tmp_path: Path, state_home: Path
) -> None:
    ours = settings(tmp_path, standins) | {"evidence": ["pii.email"]}
    ours["proxy"] = dict(ours["proxy"]) | {"addresses": {"127.0.0.1": ADA}}  # type: ignore[call-overload]
    proxy = RunningProxy(tmp_path, ours, state_home / "penstock" / "cache")
    async with proxy:
        async with client_of(proxy) as client:
            await post(client, clients.to_openai(f"write to {MAIL} about the offer"))
        record = violations(proxy)[-1]
        look = ("ledger", "evidence", record["id"], "--by", "officer", "--reason", "case 7")
        shown = penstock(proxy, *look)
        for path in filter(Path.is_file, Path(proxy.state).rglob("*")):
            assert b"about the offer" not in path.read_bytes(), path
        erased = penstock(proxy, "ledger", "erase", ADA, "--yes")
        after = penstock(proxy, *look)
        verified = penstock(proxy, "ledger", "verify")

    assert record["person"].startswith("U-")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == "pii.email: write to k•••.••••••@•••••-••••.•• about the offer\n"
    assert erased.returncode == 0
    assert (after.returncode, after.stdout) == (1, "")
    assert verified.returncode == 0, verified.stdout
