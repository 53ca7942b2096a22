"""Whether what the model takes for a person is one: what else in the text says so.

In a sentence of its own a surname is most often right. In a long text (instructions, a heading, a
list of fields, a report) a name needs something to vouch for it: a title, a greeting, a field for
names, a known first name, a full name elsewhere in the text, a verb of saying. A word in capitals
among others that are not, a part to play, an answer to choose from, what a game or a firm is
called and several words of which the first names nobody (`Southern Cyprus`) always need that.
"""

import re
from collections.abc import Container, Sequence
from functools import cache
from pathlib import Path

from detectors.name_things import is_asked_about, is_title, is_where

_FIRST_NAMES = Path(__file__).parent / "models" / "first_names.txt"
_OPENERS = Path(__file__).parent / "models" / "openers.txt"
_LINE = 2000
"""Characters of a line of a conversation that are looked through for its end."""
LONG = 450
"""Characters from which a text is one in which a single word needs something to vouch for it."""
_SHORT = 3
MANY = 3
"""So many full names make it a text about people, in which others are believed too."""

HONORIFICS = """
    mr mrs ms miss dr prof professor doctor madam herr herrn frau hr fr mme mlle mm monsieur madame
    docteur maître sr sra sres srta don doña señor señora doctora dra sig sig.ra signor signora
    dott dott.ssa avv ing onorevole dhr mevr meneer mevrouw mw heer drs ir pan pani pana panu panem
    panią mec inż mgr senhor senhora dona fru doktor läkare herra rouva tohtori paní mudr pán
    slečna dl dna domnul doamna gospodin gospođa gospođi gospođo gospodinu gđa liječnik lääkäri
"""
TITLES = f"""
    {HONORIFICS} nurse judge sir lady captain officer sergeant
    president minister senator chancellor commissioner king queen uncle aunt cousin brother
    sister mother father son daughter wife husband friend colleague boss manager patient client
    customer employee teacher coach author member pd oberarzt chefarzt
    kollege kollegen kollegin patientin kunde kundin familie m me pr państwo dom rodina familia
    famille
"""
GREETINGS = """
    dear hi hello hey hallo liebe lieber liebes bonjour salut cher chère hola estimado estimada
    querido querida ciao caro cara gentile beste hoi cześć drogi droga hej kære kjære hei moi
    ahoj milý milá dragă szia kedves bok dragi draga olá prezado prezada thanks danke merci
    gracias grazie bedankt tack tak takk kiitos moin servus grüezi hejsan heisann tjena salve
"""
_NAMED = (
    "name is", "named", "called", "i am", "i'm", "this is", "thank you", "ich heiße", "heißt",
    "je m'appelle", "s'appelle", "me llamo", "se llama", "mi chiamo", "si chiama", "ik heet",
    "heet", "nazywam się", "nazywa się", "chamo-me", "chama-se", "jag heter", "heter", "jeg hedder",
    "hedder", "nimeni on", "jmenuji se", "volám sa", "mă numesc", "zovem se",
)  # fmt: skip
NAMED = (
    "my name is", "i am", "i'm", "this is", "ich heiße", "ich bin", "je m'appelle", "je suis",
    "me llamo", "soy", "mi chiamo", "sono", "ik heet", "ik ben", "nazywam się", "jestem",
    "chamo-me", "sou a", "sou o", "jag heter", "jeg heter", "jeg hedder", "eg heiter", "nimeni on",
    "olen", "jmenuji se", "jsem", "volám sa", "som", "mă numesc", "sunt", "zovem se", "ja sam",
)  # fmt: skip
"""How people say who they are."""
_FIELDS = """
    nombre apellido apellidos nom prénom nome cognome naam voornaam achternaam imię nazwisko
    namn navn nimi jméno meno nume név ime vorname patient paciente from to cc von an de para
    signed unterschrift contact author member médico médica médecin arzt ärztin attending user
    attendees present
"""
_WHOSE = """
    full first last sur given family patient customer client employee contact holder your my her his
    legal
"""
_SAYING = """
    said says asked asks told tells wrote writes replied called thinks wants reports sagte sagt
    fragte schrieb erklärte dit demande dijo dice pidió chiede zei vraagt powiedział powiedziała
    pyta disse sa säger siger sier sanoi řekl řekla povedal povedala mondta rekao rekla
"""
_ROLES = (
    "act as", "act like", "behave as", "you are", "you're", "pretend to be", "agis comme", "tu es",
    "agis en tant que", "actúa como", "eres", "handle als", "verhalte dich wie", "fungiere als",
    "du bist", "comportati come", "agisci come", "sei", "działaj jako", "jesteś", "gedraag je als",
    "aja como", "você é",
)  # fmt: skip


def _any(words: str | tuple[str, ...]) -> str:
    listed = words.split() if isinstance(words, str) else words
    return "(?:" + "|".join(re.escape(word) for word in listed) + ")"


_BEFORE = re.compile(
    rf"(?i)(?:\b{_any(TITLES)}\.?[ \n]|\b{_any(GREETINGS)},? |\b{_any(_NAMED)} "
    rf"|(?:(?:(?:^|[\n,;{{(|\"'>*-]|\b{_any(_WHOSE)}) ?[_-]?name)|\b{_any(_FIELDS)})"
    r"[\"'*]{0,2} ?[:=] ?[\"'*]{0,2})$"
)
_GREETED = re.compile(rf"(?i)\b{_any(GREETINGS)},? $")
_AFTER = re.compile(
    rf"(?i)(?:['’]s)?(?: a| ha)? {_any(_SAYING)}\b"
    r"|[ ,;|(<\t]{1,3}(?:[\w.+-]+@|\+?\d[\d ()-]{6}"
    r"|(?:tel|phone|e-?mail|pesel|nip|dni|nie|bsn|id|ssn|mrn)\b)"
    r"|,? \(?(?:born|geb\.|né|née|nato|nata|nacido|nacida|ur\.|f\.)"
)
_COLON = re.compile(r" ?:(?:[ \t]\S|[ \t]*\n|$)")
_SPEAKER = re.compile(r"(?m)^(?:\[?\d{1,2}:\d\d[^\n]{0,8}\]? ?)?([^\W\d_a-zß-ÿ][^\W\d_]+): \S")
"""`Nicole: I will`; several such lines are a conversation, one is a heading."""
_THING = re.compile(r"(?:^|[\n,;{(|\"'>*-]) ?[_-]?name[\"'*]{0,2} ?[:=] ?[\"'*]{0,2}$")
"""A field that names a thing as often as a person."""
_ROLE = re.compile(rf"(?i)\b{_any(_ROLES)} (?:an? |the |une? |ein |eine |un |una |um |uma )?$")
_OPTION = re.compile(r"\([A-Ha-h1-9]\) $|\$\{[^}\n]{0,40}$")
"""An answer to choose from; a placeholder with its default."""
_SENTENCE = re.compile(r"(?:\A|[.!?\n\"])\s?$")
_WORD = re.compile(r"[^\W\d_]+")
_INITIAL = re.compile(r"\b[^\W\d_]\.")


@cache
def first_names() -> frozenset[str]:
    """First names of many countries that are no words, in lower case."""
    return frozenset(_FIRST_NAMES.read_text("utf-8").lower().split())


@cache
def openers() -> frozenset[str]:
    """Words with which sentences begin and that name nobody, in lower case."""
    return frozenset(_OPENERS.read_text("utf-8").split())


_ENDINGS = """
    ówna owie owi ovi ego emu iem sta stä lta ltä ssa ssä lle lla llä nak nek val vel ról ről
    tól től ból ből hoz hez höz nál nél ban ben ina ova em om ie ou im ym ej in ot
    et al el ék ei ov ow a u y i ę ą o e ě n t é s
"""
"""What other cases put at the end of a name, the long ones first."""
_FINAL = "aeioyá"


@cache
def _stems() -> frozenset[str]:
    """First names without the vowel at their end, which endings of other cases replace."""
    return frozenset(name[:-1] for name in first_names() if len(name) > 4 and name[-1] in _FINAL)


def is_first_name(word: str) -> bool:
    """Whether it is a known first name, also in another case (`Katarzynie`, `Henryka`)."""
    low = word.lower()
    if low in first_names():
        return True
    for ending in _ENDINGS.split():
        stem = low.removesuffix(ending)
        if stem != low and len(stem) > 3 and (stem in first_names() or stem in _stems()):
            return True
    return False


def is_vouched_for(text: str, start: int, end: int, known: Container[str]) -> bool:
    """Whether something says that text[start:end] is somebody's name.

    `known` are the beginnings (`_begin`) of the words of full names in the same text.
    """
    if _is_set_apart(text, start):
        return False
    if _BEFORE.search(text, max(0, start - 40), start) or _AFTER.match(text, end):
        return True
    words = _WORD.findall(text[start:end])
    if _COLON.match(text, end) and (len(words) > 1 or _is_talk(text, start)):
        return True
    if len(words) > 1:
        return bool(_INITIAL.search(text, start, end)) or any(map(is_first_name, words))
    if is_first_name(words[0]):
        return not words[0].isupper()
    return _begin(words[0]) in known


def doubts(text: str, start: int, end: int) -> int:
    """How many of two looks must see somebody in text[start:end] by itself: both at a word in a
    field that says `name` only, one at a word after a greeting (`Hi Team`), none at known first
    names and elsewhere."""
    name, begin = text[start:end], max(0, start - 40)
    if not name.isalpha() or is_first_name(name):
        return 0
    if _THING.search(text, begin, start):
        return 2
    return int(bool(_GREETED.search(text, begin, start)))


def _begin(word: str) -> str:
    """What all cases of a name share, about."""
    return word.lower()[:5]


def unsupported(text: str, people: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of `people` for which nothing vouches, where something should."""
    dropped: set[tuple[int, int]] = set()
    doubtful: set[tuple[int, int]] = set()
    known: set[str] = set()
    full = 0
    shouts = text.isupper()
    alone = len({text[start:end] for start, end in people}) == 1
    for start, end in sorted(people, key=lambda p: " " not in text[p[0] : p[1]]):
        name = text[start:end]
        single = name.isalpha()
        needs = (
            len(text) >= LONG
            or (not single and _begins_as_a_phrase(name))
            or is_title(text, start)
            or is_asked_about(text, start, end)
            or (alone and single and is_where(text, start))
            or (single and name.isupper() and not shouts)
            or (single and (_is_set_apart(text, start) or bool(_COLON.match(text, end))))
        )
        if single and _is_hail(text, start, name):
            dropped.add((start, end))
        elif not needs or is_vouched_for(text, start, end, known):
            if not single:
                full += 1
                known.update(map(_begin, name.split()))
        elif single:
            dropped.add((start, end))
        else:
            doubtful.add((start, end))
    return dropped if full >= MANY else dropped | doubtful


def _is_hail(text: str, start: int, name: str) -> bool:
    """Whether a sentence begins with it that greets: `God morgen`, `Moin, ich brauche`."""
    return name.lower() in _hails() and bool(_SENTENCE.search(text, max(0, start - 3), start))


@cache
def _hails() -> frozenset[str]:
    return frozenset(f"{GREETINGS} god".split()) - first_names()


def _is_set_apart(text: str, start: int) -> bool:
    """Whether what begins at `start` is a part to play, an option, a placeholder or what a thing
    is called."""
    begin = max(0, start - 60)
    return is_title(text, start) or any(k.search(text, begin, start) for k in (_ROLE, _OPTION))


def _begins_as_a_phrase(name: str) -> bool:
    """Whether its first word is one that names nobody; surnames are words more often, and so are
    short first names (`Per`)."""
    first = _WORD.findall(name)[0].lower()
    return len(first) > _SHORT and first in openers()


def _is_talk(text: str, start: int) -> bool:
    """Whether the line is one of a conversation: who speaks does so again, or somebody with a
    known first name speaks before or after."""
    begin = text.rfind("\n", max(0, start - 20), start) + 1
    speaks = _SPEAKER.match(text, begin) if begin or start <= 20 else None
    if not speaks:
        return False
    last, next_ = max(0, begin - _LINE), begin + _LINE
    if text.count(f"\n{speaks[1]}: ", last, next_) > 1:
        return True
    before = text.rfind("\n", last, max(0, begin - 1)) + 1
    after = text.find("\n", start, next_) + 1
    others = [_SPEAKER.match(text, at) for at in (before, after) if at != begin]
    return any(other and is_first_name(other[1]) for other in others)
