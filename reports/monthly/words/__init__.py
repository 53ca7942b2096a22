"""What a report says, in each language: one file per language, by the English sentence.

The English text in the code is the key; a sentence without a translation is an error, so that no
report is ever half translated.
"""

from functools import cache
from pathlib import Path

import yaml

from penstock.errors import ConfigError

LANGUAGES = ("en", "de", "fr", "es")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        """Raises ConfigError for a language there is no file for."""
        if language not in LANGUAGES:
            raise ConfigError(f"no reports in `{language[:20]}`; there are {', '.join(LANGUAGES)}")
        self.language = language
        self._known = {} if language == "en" else _read(language)

    def __call__(self, english: str, **values: object) -> str:
        """The sentence in this language, with `{name}` replaced by a value."""
        text = english if self.language == "en" else self._known[english]
        return text.format(**values) if values else text


@cache
def _read(language: str) -> dict[str, str]:
    path = Path(__file__).parent / f"{language}.yaml"
    return dict(yaml.safe_load(path.read_text("utf-8")))
