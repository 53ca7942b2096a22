"""Old records go and finished months become bundles, in a process of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from penstock import chores
from penstock.app import open_ledger
from penstock.settings import ReportSettings, RetentionSettings, Settings
from tests.reports.samples import violation


async def test_a_finished_month_is_reported_and_what_is_old_is_deleted(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    last = now.replace(day=1) - timedelta(days=35)  # of a month whose bundle is due for long
    settings = Settings(
        state=tmp_path / "state",
        reports=ReportSettings(directory=tmp_path / "out", formats=("json",)),
        retention=RetentionSettings(records_days=90),
    )
    with open_ledger(settings) as ledger:
        ledger.append([violation(1, at=last), violation(2, at=now - timedelta(days=120))])

    assert await chores.apart(settings) == 0

    with open_ledger(settings) as ledger:
        kept = {body["id"] for _, _, body in ledger.records() if body["kind"] == "violation"}
        assert ledger.verify().intact
    assert kept == {violation(1).id}
    assert f"penstock-{last:%Y-%m}.zip" in {path.name for path in (tmp_path / "out").iterdir()}


async def test_what_goes_wrong_is_said_by_the_exit_code(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state", database=f"sqlite:///{tmp_path}/no/where/")
    (tmp_path / "no").write_text("not a directory")

    assert await chores.apart(settings) == 1
