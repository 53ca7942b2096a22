"""What shows that a word with a capital names a thing: a work, a firm, a dish, a feast.

In `a game called Zorbach`, `the film Zorbach` and `How do I cook Zorbach?` nobody is meant whom the
words themselves do not show to be somebody.

Misses: things of which no question and no word for them says what they are.
"""

import re

_THINGS = """
    series show game app application tool product brand company startup business firm project song
    album band film movie book novel story podcast channel website site blog store shop team bot
    assistant robot model language planet kingdom city town island ship restaurant café bar serie
    spiel produkt marke firma unternehmen projekt lied buch roman jeu outil produit marque
    entreprise société projet chanson livre juego herramienta producto marca empresa proyecto
    canción libro novela gioco strumento prodotto azienda progetto canzone libro romanzo spel
    bedrijf boek gra produkt marka firma projekt książka jogo produto livro
"""
_CALLED = (
    rf"\b(?:{'|'.join(_THINGS.split())})\b[^.!?\n]{{0,16}}\b(?:named|called|titled|entitled|heißt"
    r"|namens|genannt|s'appelle|appelée?|se llama|llamad[oa]|si chiama|chiamat[oa]|heet|genaamd"
    r"|o nazwie|nazywa się|chamad[oa]|chama-se|heter|hedder)[ :\"'“„«*]{1,3}"
)
_ARTICLES = """
    the this an? der das dem den des im vom zum le la du une? el del il lo dal o do da no na de het
    een
"""
_WORKS = """
    film movie song novel opera musical sitcom anime lied roman märchen chanson película canción
    novela canzone romanzo filme música romance liedje
"""
_INFLECTED = r"""
    filmen romanen låten sången sangen visan visen eventyret elokuva\w* romaani\w* laulu\w* filmu
    filmie powieś\w+ piosenk\w+ román\w? pís[en]\w+ pjesm\w regény\w* filmul romanul
"""
_WORK = (
    rf"\b(?:(?:{'|'.join(_ARTICLES.split())}) (?:{'|'.join(_WORKS.split())})"
    rf"|{'|'.join(_INFLECTED.split())}) [\"'“„«*]{{0,2}}"
)
_TITLE = re.compile(rf"(?i)(?:{_CALLED}|{_WORK})$")
"""A thing and what it is called, a work and its title."""
_QUESTIONS = r"""
    (?:what|when) (?:is|are|does) | difference between | meaning of | recipe for
    how (?:do|to|can|should|does) (?:\w{1,3} )?(?:make|cook|bake|grow|prune|fold|install|use)
    (?:was|wann) (?:ist|sind|bedeute[nt]|beginnt) | unterschied zwischen | rezept (?:für|von)
    wie (?:macht|kocht|backt|pflegt|pflege|mache|backe|koche)
    qu['’]est-ce qu | c['’]est quoi | quand (?:est|a lieu) | différence entre | recette d
    comment (?:faire|préparer|cuisiner|tailler)
    qué (?:es|son|significa) | cuándo (?:es|son) | diferencia entre | receta de
    cómo (?:se hace|hacer|preparar)
    cos['’]è | cosa (?:sono|significa) | quando (?:è|é) | differenza tra | ricetta
    come si (?:fa|fanno|prepara)
    o que (?:é|são|significa) | diferença entre | receita d | como (?:se faz|faço|fazer|preparar)
    (?:wat|wanneer) (?:is|zijn|betekent) | verschil tussen | hoe (?:maak|kook|bak|snoei)
    recept (?:voor|på|na|za|pentru)
    vad (?:är|betyder) | när (?:är|börjar) | skillnad\w* mellan | hur (?:gör|lagar|bakar)
    (?:hvad?|kva) (?:er|betyder|betyr|tyder) | (?:hvornår|når) er | opp?skrift på
    (?:hvordan|korleis) la[gv]\w+ | forskjell?\w* (?:på|mellom) | forskellen? (?:på|mellem)
    mikä on | mitä (?:on|ovat|tarkoittaa) | milloin on | miten (?:teen|tehdään)
    co to (?:jest|są) | co (?:oznacza|znaczy) | kiedy (?:jest|są|zaczyna) | przepis na
    jak (?:zrobić|ugotować|upiec) | różnic\w (?:między|pomiędzy)
    co (?:je|jsou|znamená) | kdy (?:je|začíná) | rozdíl mezi | jak (?:se dělá|udělat|uvařit)
    čo (?:je|sú|znamená) | kedy (?:je|sú) | rozdiel medzi | ako sa robi?[aí]
    što (?:je|su|znači) | kada? je | razlika između | kako se (?:radi|rade|pravi)
    mi az? | mit jelent | mikor van | hogyan (?:készül|kell)
    ce (?:este|sunt|înseamnă) | când (?:este|e) | rețet[aă] | cum se (?:fac|face|prepară)
    diferența dintre
"""
"""What is asked of things, by language."""
_ORDERS = """
    explain compare define describe erkläre? vergleiche? explique compare explica compara spiega
    confronta förklara forklar selitä wyjaśnij vysvětli vysvetli objasni explică compară porównaj
    porovnej porovnaj usporedi hasonlítsd vergelijk jämför sammenlign samanlikn vertaa
"""
_ASKED = re.compile(
    rf"(?i)(?:(?<!\w)(?:{'|'.join(re.split(r' *[|\n] +', _QUESTIONS.strip()))})"
    rf"|(?:\A|[.!?\n] ?)(?:{'|'.join(_ORDERS.split())})\b(?! (?:to|a|à|an) ))[^.!?\n]{{0,50}}$"
)
"""A question about a thing, up to where it, or what it is compared with, is named."""
_WHERE = re.compile(
    r"(?i)(?<!\w)(?:in|im|i|på|op|w|we|v|ve|vo|po|en|em|ved|vid|nad|near|nær|nära) $"
)
"""A preposition of places, which in other languages stands before people too (`i`: and)."""
_OWNS = re.compile(r"['’]s?\b|s['’]")


def is_title(text: str, start: int) -> bool:
    """Whether what begins at `start` is what a thing is called."""
    return bool(_TITLE.search(text, max(0, start - 60), start))


def is_asked_about(text: str, start: int, end: int) -> bool:
    """Whether somebody asks what text[start:end] is, how it is made or when it takes place; and not
    about what is somebody's."""
    asked = _ASKED.search(text, max(0, start - 80), start)
    return bool(asked) and not _OWNS.match(text, end)


def is_where(text: str, start: int) -> bool:
    """Whether what begins at `start` stands after a preposition of places: one word there is a
    region or a hill more often than somebody whom nothing else shows."""
    return bool(_WHERE.search(text, max(0, start - 12), start))
