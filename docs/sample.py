"""Makes the sample bundle of docs/samples anew: `python -m docs.sample`.

A year of synthetic records, its October as a signed bundle, and the public key beside it. Needs
Pango. Run it after a change of what reports say.
"""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock.app import open_ledger, service_facts
from penstock.chores import open_seal
from penstock.settings import load
from reports.bundle import verify_bundle, write_bundle
from reports.demo import demo_facts, seed_demo
from reports.monthly import build

PLACE = Path(__file__).parent / "samples"
MONTH = "2026-10"
MADE_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def main() -> None:
    """Writes both files and says what they are."""
    with TemporaryDirectory(prefix="penstock-sample-") as state:
        settings = load(None, {}, {"state": state, "organization": "Demo company"}).settings
        with open_ledger(settings, demo=True) as ledger:
            seed_demo(ledger, MADE_AT)
            document = build(
                ledger,
                MONTH,
                version=version("penstock"),
                organization=settings.organization,
                services=service_facts(settings),
                facts=demo_facts(),
                now=MADE_AT,
            )
            bundle = write_bundle(ledger, document, PLACE, seal=open_seal(settings))
            bundle.chmod(0o644)
            (PLACE / "ledger-signing.pub").write_bytes(ledger.public_key)
            print(f"{bundle}: {verify_bundle(bundle, ledger.public_key).problem or 'intact'}")


if __name__ == "__main__":
    main()
