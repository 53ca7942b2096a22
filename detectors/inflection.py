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


@lru_cache(65_536)
def stem(word: str) -> str:
    """`word` without its ending; at least four letters stay."""
    while len(word) > _LEAST and (match := _ENDINGS.search(word)) and match.start() >= _LEAST:
        word = word[: match.start()]
    return word
