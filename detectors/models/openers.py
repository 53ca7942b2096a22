"""Write `openers.txt`: words with which sentences begin and that name nobody.

    python -m detectors.models.openers DATA

DATA is the folder that `train.py` reads: a word counts that its corpora write in lower case three
times or more and with a capital too, and hardly ever as a name by itself; so do BEGINNINGS.
First and last names of Faker's lists (MIT) do not count, but for the shortest: somebody may be
called `Can`. Needs the `train` dependency group.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from detectors.models.corpora import read
from detectors.models.word_lists import person_lists

OUT = Path(__file__).with_name("openers.txt")
LEAST = 3
"""So often must a word be written in lower case."""
RARELY = 50
"""So many times as often as it is somebody's or some place's name."""
SHORT = 2
"""A word as short as this counts though somebody is called so: `do`, `so`, `an`."""
COMMON = 1000
"""A word of one letter more counts too if it is written in lower case so often: `can`, `das`."""
BEGINNINGS = """
    welche welcher welches welchen welchem wieso weshalb woher wohin quel quelle quels quelles
    combien lequel laquelle cuál cuáles cuánto cuánta cuántos cuántas quién quiénes quale quali
    quanto quanta quanti quante dove chi quais quantos quantas welk welke hoeveel waarom wanneer
    hvem hvilken hvilket hvilke hvornår hvorfor hvordan hvor hva kva kvifor korleis vilken
    vilket vilka varför hur jaki jaka jakie jakiego jakiej jakich jakim jakimi jaką który która
    które którzy którego której których którym czy dlaczego czemu czego komu kogo kiedy skąd
    dokąd ile ilu jaký jaká jaké jakého jakých jakou který která které kterého kterých kteří
    kolik proč kdy kam odkud aký aká aké akého akých ktorý ktorá ktoré ktorého ktorých koľko
    prečo kedy odkiaľ koji koja koje kojih kojim kakav kakva kakvo kakve koliko zašto kada gdje
    odakle tko miksi milloin missä mistä mihin mikä mitkä mitä kuka ketkä kenen kuinka paljonko
    miten melyik melyek milyen mennyi hány hogyan miért mikor honnan hova kinek care când cine
    cui câte câți câtă unde cum mój moja moje mojego mojej nasz nasza nasze naszego naszej
    naszych nasi wasz wasza wasze jego jej ich ten ta to te tego tej tych temu ci taki taka
    takie każdy każda każde wszyscy wszystkie wszystko nikt nic ktoś coś jeśli jeżeli gdy aby
    żeby ponieważ dlatego jednak oraz jest są był była było mam mamy chcę chcemy mogę można
    trzeba należy teraz dziś jutro wczoraj tutaj tam meu mea nostru noastră noștri noastre acest
    această acești aceste toți toate nimeni dacă pentru sunt este vreau pot trebuie astăzi mâine
    ieri mio nostro nostra nostri nostre vostro suo sua loro questo questa questi queste ogni
    tutti tutte nessuno sono voglio posso bisogna oggi domani můj náš naše jeho její jejich
    tento tato toto každý všichni nikdo pokud protože jsou chci mohu musím dnes zítra včera môj
    naša táto všetci nikto ak pretože sú chcem môžem zajtra moj naš njegov njezin njihov ovaj
    ova ovo svaki svi nitko ako jer su želim moram danas sutra jučer vår vårt våre deres
"""
"""Words that ask or point: the corpora, news mostly, hold few questions in most languages, and
little at all of Polish, Italian and Romanian."""
_WORD = re.compile(r"[^\W\d_]+")


def names() -> set[str]:
    """First and last names that Faker knows, in lower case."""
    found: set[str] = set()
    for attribute, listed in person_lists():
        if attribute.startswith(("first_", "last_")):
            found |= {name.lower() for name in listed}
    return found


def openers(data: Path) -> set[str]:
    """The words, in lower case."""
    small: Counter[str] = Counter()
    great: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for (text, spans), _, _ in read(data):
        at = 0
        for start, end, _ in [*sorted(spans), (len(text), len(text), "")]:
            for word in _WORD.findall(text[at:start]):
                (small if word.islower() else great)[word.lower()] += 1
            capitals = [word for word in _WORD.findall(text[start:end]) if not word.islower()]
            if len(capitals) == 1:
                named[capitals[0].lower()] += 1
            at = max(at, end)
    called = names()
    return (set(BEGINNINGS.split()) - called) | {
        word
        for word, times in small.items()
        if times >= LEAST
        and great[word]
        and times >= RARELY * named[word]
        and (word not in called or len(word) <= SHORT + (times >= COMMON))
    }


def main() -> None:
    """Write the list, sorted."""
    OUT.write_text("\n".join(sorted(openers(Path(sys.argv[1])))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
