"""L. How to check this report without trusting it."""

from hashlib import sha256

from reports.monthly.asked import Asked
from reports.monthly.document import Column, Section, Table


def section(asked: Asked) -> Section:
    """The state of the chain the report rests on, and the commands that check it."""
    t = asked.words
    seq, head = asked.ledger.last()
    return Section(
        letter="L",
        id="verification",
        title=t("Verification"),
        text=(
            t(
                "The report rests on a chain of records, at its making {seq} long. Each holds the "
                "hash of the one before; the last hash is signed. Changing, removing or reordering "
                "any record changes every hash after it.",
                seq=seq,
            ),
            t(
                "The SQL of every figure stands in the HTML under the figure, and in the CSV and "
                "the JSON; the PDF has these two attached. Each can be asked again."
            ),
        ),
        tables=(
            Table(
                id="checks",
                title=t("How to check"),
                columns=(Column("what", t("What")), Column("how", t("How"), "code")),
                rows=(
                    (t("The chain of records"), "penstock ledger verify"),
                    (
                        t("The roll-ups this report was counted from"),
                        "penstock ledger verify --json",
                    ),
                    (t("The single records"), "penstock ledger export --format json"),
                    (
                        t("The signature of the PDF"),
                        f"penstock report verify penstock-{asked.month.name}.pdf",
                    ),
                    (t("Last record"), str(seq)),
                    (t("Its hash"), head),
                    (t("Public key, SHA-256"), sha256(asked.ledger.public_key).hexdigest()),
                ),
                definition=t("Commands for the machine that holds the ledger."),
                query="SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1",
            ),
        ),
    )
