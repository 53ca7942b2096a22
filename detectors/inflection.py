"""Endings of words, taken off so that a term is found in the forms sentences need.

The same is done to the term and to the text, so that an ending taken off wrongly does no harm
to a word that stands in its basic form. Endings of nouns and names in European languages.

Misses: forms whose stem changes (`Pies`, `psa`); words of fewer than four letters.
"""

import re
from functools import lru_cache

_ENDINGS = re.compile(
    r"(?:['’]s|ovich|ového|owego|owemu|kami|iego|iemu|ssa|ssä|sta|stä|lla|llä|lle|lta|ltä|ista|ille"
    r"|iden|jen|ban|ben|nak|nek|val|vel|ról|ről|ból|ből|hoz|hez|ami|ach|ech|ami|owi|ovi|ową|owa"
    r"|ego|emu|ých|ých|ými|ów|om|em|en|er|es|et|ie|ia|ia|ii|ym|ou|ův|ul|ei|or|os|as|is|us"
    r"|in|an|ar|na|ne|ne|s|n|e|a|o|u|i|y|ą|ę|é|í|á|ý|ů|ě|ă|ț|t)$"
)
_LEAST = 4
_WIDEST = 6
"""No ending has more letters."""
_LONG = 64
"""Longer ones are not words that come again: they are not remembered."""


def stem(word: str) -> str:
    """`word` without its ending; at least four letters stay."""
    return _remembered(word) if len(word) <= _LONG else _stem(word)


def _stem(word: str) -> str:
    end = len(word)
    # all of it may be one ending after the other
    while end > _LEAST and (match := _ENDINGS.search(word, max(0, end - _WIDEST), end)):
        if match.start() < _LEAST:
            break
        end = match.start()
    return word[:end]


_remembered = lru_cache(65_536)(_stem)
