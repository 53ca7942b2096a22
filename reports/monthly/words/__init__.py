"""What a report says, in each language.

The English sentence in the code is the key into `words.yaml`; a sentence without a translation is
an error, so that no report is ever half translated.
"""

from functools import cache
from pathlib import Path

import yaml

from penstock.errors import ConfigError
from reports.monthly.render.numbers import number

_GDPR = {"en": "GDPR", "de": "DSGVO", "fr": "RGPD", "es": "RGPD"}
_TO = {"en": "to", "de": "bis", "fr": "à", "es": "a"}

LANGUAGES = ("en", "de", "fr", "es")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        """Raises ConfigError for a language we do not have."""
        if language not in LANGUAGES:
            raise ConfigError(f"no reports in `{language[:20]}`; there are {', '.join(LANGUAGES)}")
        self.language = language

    def __call__(self, english: str, **values: object) -> str:
        """The sentence in this language, with `{name}` replaced by a value."""
        text = english if self.language == "en" else sentences()[english][self.language]
        if not values:
            return text
        return text.format(**{name: self._written(value) for name, value in values.items()})

    def law(self, name: str) -> str:
        """`GDPR art. 83(4)` as people of this language call it."""
        name = name.replace("GDPR", _GDPR[self.language])
        return name.replace(" art. ", " Art. ") if self.language == "de" else name

    def span(self, articles: str) -> str:
        """`44 to 49` in this language."""
        return articles.replace(" to ", f" {_TO[self.language]} ")

    def _written(self, value: object) -> object:
        match value:
            case int():
                return number(value, self.language)
            case float():
                return number(value, self.language, 1)
        return value


@cache
def sentences() -> dict[str, dict[str, str]]:
    """English -> language -> sentence."""
    rows = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8"))
    return {row["en"]: row for row in rows}
