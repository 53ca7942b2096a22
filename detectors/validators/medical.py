"""Laboratory values.

Source: LOINC 2.78.
"""

import re

from detectors.validators import check

_UNIT = re.compile(r"(?i)(?:%|/|mm ?hg|bpm)[^\s]*$|\d/\d{2,3}$")


@check("laboratory")
def laboratory(value: str) -> bool:
    """A figure with its unit; names of tests are words as well (`alt`, `got`)."""
    return bool(_UNIT.search(value.strip()))
