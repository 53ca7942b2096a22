"""Text as programs write it to a terminal or a line printer: manuals, logs of builds.

Letters are struck twice to be bold, or over a line to be underlined, and escape sequences colour
them; what detectors look for must not be cut by either. Nothing is left out that says something:
of letters struck over each other that differ, all stay.
Source: ECMA-48, 8.3.117 (select graphic rendition); grotty(1).
"""

import re

_STRUCK = re.compile(r"[^\x08\n](?:\x08[^\x08\n])+")
_COLOURS = re.compile(r"\x1b\[[0-9;:]{0,64}m")
_UNDER = "_ "
"""What letters are struck over, to be underlined or not at all."""


def shown(text: str) -> str:
    """`text` as people see it there, without colours."""
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\b" in text:
        text = _STRUCK.sub(_letters, text).replace("\b", "")
    return text


def _letters(struck: re.Match[str]) -> str:
    every = struck[0][::2]
    different = dict.fromkeys(every)
    letters = [letter for letter in different if letter not in _UNDER]
    match letters:
        case []:
            return every[0]
        case [one]:
            return one
        case _:
            return every
