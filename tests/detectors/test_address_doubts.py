"""What has numbers as an address has them and is none."""

import random
import time

import pytest

from detectors import names
from detectors.address_doubts import counts_things, is_numbered, is_printed_by_a_machine


def addresses_in(text: str) -> list[str]:
    return [text[n.start : n.end] for n in names.find(text) if n.label == "ADDRESS"]


def _hex(rng: random.Random, digits: int) -> str:
    return rng.randbytes(digits // 2).hex()


def _dump(rng: random.Random, group: int) -> str:
    rows = []
    for at in range(0, 3200, 16):
        row = rng.randbytes(16)
        digits = row.hex()
        shown = "".join(chr(c) if 32 <= c < 127 else "." for c in row)
        groups = " ".join(digits[i : i + group] for i in range(0, 32, group))
        rows.append(f"{at:08x}: {groups}  {shown}")
    return "\n".join(rows)


def test_hashes_are_no_addresses() -> None:
    rng = random.Random(7)
    locked = " \\\n".join(f"    --hash=sha256:{_hex(rng, 64)}" for _ in range(300))
    log = "\n".join(f"commit {_hex(rng, 64)}" for _ in range(300))
    short = "\n".join(f"{_hex(rng, 8)} {rng.choice(['Docs', 'Fix Main'])}" for _ in range(100))
    ids = "\n\n".join(f"{k}: {_hex(rng, 16)}-{k}" for k in ("Main", "Berlin", "Oslo") * 10)
    for text in (locked, log, short, ids):
        assert addresses_in(text) == []


@pytest.mark.parametrize("group", [2, 4, 8])
@pytest.mark.parametrize("upper", [False, True])
def test_dumps_in_hexadecimal_are_no_addresses(group: int, upper: bool) -> None:
    text = _dump(random.Random(group), group)
    bare = "\n".join(line[10 : 10 + 32 + 32 // group - 1] for line in text.split("\n"))
    assert addresses_in(bare.upper() if upper else text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Vorrat: 5 Gläser Honig, 2 Laibe Brot, 1 Stange Lauch",
        "Vorrat:\n5 Gläser Honig\n2 Laibe Brot\n1 Stange Lauch",
        "Chor: 7 Sopran, 4 Tenor und 2 Bass Weber",
        "Zásoby: 4 Sklenice Med, 2 Bochník Chléb, 1/2 Dýně",
        "Provisions: 4 Pots Miel, 2 Pains, 12 Oranges",
        "Bagaglio: 3 Maglie, 2 Calze Lana, 1 Ombrello",
        "Zapasy: 4 Słoiki Miód, 2 Chleby, 1/2 Dynia",
        "Lager: 1200 Ziegel, 30 Balken, 12 Türen, 4 Fenster",
        "Depot: 4 Zangen Stahl / 12 Feilen / 3 Hobel Buche",
        "Scorta: Mele 12, Pere 1/2, Noci 30-4",
    ],
)
def test_what_is_counted_in_a_list_is_no_address(text: str) -> None:
    assert addresses_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Send it to 12 Rosewood View, Leeds LS2 9AB, with 3 chairs, 2 tables.",
        "I live at 8 Hudson Route, Oliverberg L0 8DZ, with 2 cats, 3 dogs.",
        "Inventar: 3 Stühle, Kirschbaumweg 7a, 89073 Ulm",
        "Commit 7d1f0a2b3c4d5e6f by Ada Hartley, Kirschbaumweg 7a, 89073 Ulm",
        "Vive en la C/ Olivar s/n",
        "7d1f0a2b3c4d5e6f Lieferung an Hauptstraße 12, 10115 Berlin",
    ],
)
def test_an_address_beside_them_is_one(text: str) -> None:
    assert addresses_in(text)


def test_digits_beside_a_hash_are_seen() -> None:
    text = "7d1f0a2b3c4d5e6f Tannenweg 5"
    assert is_printed_by_a_machine(text, 0, 16)
    assert not is_printed_by_a_machine(text, 0, len(text))
    assert not is_printed_by_a_machine("cb101ab", 0, 7), "a postcode"
    assert not is_printed_by_a_machine("Olivar s/n", 0, 10), "no digit at all"


def test_where_somebody_lives_two_numbers_are_no_list() -> None:
    text = "12 Rosewood, 3 Elmtree"
    assert counts_things(text, 0, len(text), is_placed=False)
    assert not counts_things(text, 0, len(text), is_placed=True)
    one = "12 Rosewood"
    assert not counts_things(one, 0, len(one), is_placed=False), "counted by itself"


def test_numbers_before_capitals_in_a_row_are_accounts_and_not_postcodes() -> None:
    text = "1200 Kasse, 1400 Debitoren, 1610 Kreditoren"
    assert counts_things(text, 0, len(text), is_placed=False)
    assert not counts_things(text, 0, len(text), is_placed=True)
    one = "1200 Wien"
    assert not counts_things(one, 0, len(one), is_placed=False)


def test_what_the_same_word_counts_twice_is_no_postcode() -> None:
    text = "Saal 2100 Nord und Saal 2200 Ost"
    assert is_numbered(text, 5, 9)
    assert is_numbered(text, 24, 28)
    assert not is_numbered("Saal 2100 Nord", 5, 9)
    assert not is_numbered("aus 1010 Wien und aus 8010 Graz", 4, 8)


@pytest.mark.parametrize(
    "piece",
    ["ab ", "ab12", "abcd 1234 ", "3 Eier, ", "1234 A, ", ", ", "\n ", "3 a", "½", "a\n", "0a:"],
)
def test_cost_is_linear_in_length(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + "ü5"
    started = time.process_time()
    is_printed_by_a_machine(text, 0, len(text))
    counts_things(text, 0, len(text), is_placed=False)
    is_numbered(text, len(text) // 2, len(text) // 2 + 4)
    assert time.process_time() - started < 5
