"""How many people a prompt is about: it decides how severe a leak is."""

from collections.abc import Sequence

from penstock.model import Finding

_FAMILIES = ("pii.national_id.", "phi.medical_id.")
_SINGLE = ("pii.person", "pii.date_of_birth", "pci.card_number", "fin.iban")


def people(findings: Sequence[Finding]) -> int:
    """An estimate: the most different values of any one kind that a person has one of.

    Names count like numbers: ten names without a number are ten people, and so are ten numbers
    of the same kind. Ten names and five numbers are still ten. Two names that may be the same
    person's (`Anna Schmidt`, `Frau Schmidt`) are one. An e-mail address or a telephone number
    alone is somebody's, but people have several: all of them together are one.
    """
    values: dict[str, set[str]] = {}
    for finding in findings:
        kind = finding.data_class
        if kind in _SINGLE or kind.startswith(_FAMILIES):
            values.setdefault(kind, set()).add(finding.whose or finding.fingerprint)
    most = max(map(len, values.values()), default=0)
    someone = any(f.data_class in ("pii.email", "pii.phone", "pii.address") for f in findings)
    return max(most, int(someone))
