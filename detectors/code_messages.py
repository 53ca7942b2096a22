"""Messages that programs show to people: sentences with tags and places for values in them.

A catalogue of them, as translators send it around, has the signs of code and none of its lines:
`Draft <span class="count">(%s)</span>`, `%1$s of %2$s`, `{ $count } messages`.
"""

import re

_TAG = (
    rb"</?(?:a|abbr|acronym|b|big|br|cite|code|em|font|i|kbd|q|samp|small|span|strike|strong|sub|sup"
    rb"|tt|u|var)(?:\s[^<>{}]*)?/?>"
)
"""What marks words within a sentence; blocks, forms and scripts are what pages are made of."""
_PLACE = (
    rb"%(?:\d{1,2}\$)?[-+0#]?\d{0,2}(?:\.\d)?(?:ll?)?[A-Za-z@](?!\w)|%\(\w{1,30}\)[sd]|%\d(?!\w)"
    rb"|\{\{? ?[$-]{0,2}\w[\w-]{0,40} ?\}?\}"
    rb"|\{ -?\w[\w-]{0,40}(?:\.[\w-]{1,20}|\(\w{1,10}: \"\w{1,10}\"\)) \}"
)
"""Of `printf`, of gettext in Python, of Qt and of Fluent."""
_ENTITY = rb"&(?:[a-z]{2,8}|#\d{2,5});"
_PLURAL = rb"\((?<=[a-z]{3}\()e?[sn]\)"
"""`file(s)`. Like all the others it begins with a sign, so that letters are skipped at once."""
_FILLED = re.compile(rb"%s|%s|%s|%s" % (_TAG, _PLACE, _ENTITY, _PLURAL))
_PLACES = re.compile(_PLACE)
_CODE = re.compile(
    rb"[{}<=\\;$~^]|(?<! -)>|\w[(\[]|\(\)|\([\"']|[A-Z]_[A-Z]|\w_\w+_\w"
    rb"|::|//|/\*|#\w|^[ \t]*@\w|\w--|--\w|[\"'] ?%|\bin \("
    rb"|\b(?:SELECT|INSERT|UPDATE|DELETE|VALUES|WHERE)\b|(?<!\w)[bfru][\"']"
    rb"|^[ \t]*(?:import|export|using|const|let|var|def|return|yield|raise|throw|elif|fi|done|echo"
    rb"|print|printf|puts|call|goto|copy|select|insert|update|delete|where|values)\b",
    re.MULTILINE,
)
"""What is left of a line of code when those are taken out."""
_ABROAD = re.compile(rb"[\xd0-\xed][\x80-\xbf]+")
"""A letter of another script than Latin and Greek, or half of one."""
_LATIN = re.compile(rb"[A-Za-z]")
_WORD = re.compile(rb"[A-Za-z]{2}|[\x80-\xff]{2}")


_HEAD = 4096
"""So many bytes of code have a sign of it nearly always: no more of it is read."""


def is_message(code: bytes) -> bool:
    """Whether lines are messages: each second has a tag or a place in it, or more letters of
    another script than Latin ones; there are words or places in it, and no line has a sign
    of code."""
    return _is_message(code[:_HEAD]) and (len(code) <= _HEAD or _is_message(code))


def _is_message(code: bytes) -> bool:
    abroad = len(_ABROAD.findall(code))
    if not abroad and not any(sign in code for sign in (b"%", b"<", b"{", b"&")):
        return False
    rest = _FILLED.sub(b"\0", code)
    if _CODE.search(rest) or not (_WORD.search(rest) or _PLACES.search(code)):
        return False
    lines = [line for line in rest.split(b"\n") if line.strip()]
    filled = sum(b"\0" in line for line in lines)
    return 2 * filled >= len(lines) > 0 or abroad > len(_LATIN.findall(rest))
