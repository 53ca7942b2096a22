"""Texts that do not say how they are written are read as people wrote them."""

import codecs
from time import process_time

import pytest

from detectors.documents import plain

TEXTS = {
    "cp1252": (
        "Frau Müller aus der Bäckerstraße zahlt 5 € für 3 m²",
        "José Muñoz vive en la calle Peña nº 3. ¿Cómo está?",
        "L’été à l’hôtel, ça a été réservé « très tôt »",
        "São João não é o irmão de Conceição",
        "Åse Bjørn Sørensen født i Tromsø",
        "Þórður býr við ána í sveitinni",
        "Die Sätze in “Anführungszeichen” – mit Strich",
    ),
    "cp1250": (
        "Lech Gołąb mieszka przy ulicy Żytniej w Łodzi",
        "Jiří Dvořák bydlí v Budějovicích",
        "Szűcs Gergő, Kőszeg, születési hely",
        "Željko Čačić živi u Nišu",
    ),
    "cp1251": ("Смирнов Пётр, телефон 123", "ФИО;Телефон\nПетрова Анна;123", "Їжак Олена"),
    "cp1253": ("Γιώργος Παπαδόπουλος, Αθήνα",),
    "cp1254": ("Ayşe Yılmaz, İstanbul", "Doğum tarihi: 5 Şubat, Uğur Işık"),
    "cp1255": ("משה כהן, רחוב הרצל 5, ירושלים",),
    "cp1256": ("محمد أحمد، القاهرة",),
    "cp1257": ("Jūratė Šimkutė, Šiauliai", "Jānis Bērziņš, Rīga"),
    "iso8859_2": ("Święta Łucja mieszka w Łodzi, wśród źródeł",),
    "koi8_r": ("Смирнов Пётр, телефон 123",),
    "cp866": ("Смирнов Пётр, телефон 123",),
    "mac_roman": ("Frau Müller aus der Bäckerstraße",),
    "cp850": ("Frau Müller aus der Bäckerstraße",),
    "cp852": ("Jiří Dvořák bydlí v Budějovicích",),
    "gb18030": ("张伟的电话号码", "姓名;电话\n王芳;138", "客户编号:3 上海市浦东新区"),
    "big5": ("王小明的電話號碼", "姓名;地址\n陳美玲;台北市中正區"),
    "cp932": ("山田太郎 電話 090", "お客様番号,氏名\n1001,鈴木一郎"),
    "euc_jp": ("山田太郎 電話 090 です", "お客様番号,氏名 鈴木一郎"),
    "cp949": ("김철수 전화번호 010", "주민등록번호 800101"),
    "utf-8": ("Frau Müller aus der Bäckerstraße",),
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_old_code_page_is_told_by_its_words(encoding: str) -> None:
    for text in TEXTS[encoding]:
        assert plain(text.encode(encoding)).texts == (text,)


def test_a_mark_of_utf_32_may_be_one_of_utf_16_with_a_zero_behind_it() -> None:
    (text,) = plain(codecs.BOM_UTF16_LE + "\0Frau Müller".encode("utf-16-le")).texts

    assert text.endswith("Frau Müller")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_a_mark_and_without(encoding: str) -> None:
    found = plain("Frau Müller, Tel. 0170 1234567".encode(encoding))

    assert found.texts == ("Frau Müller, Tel. 0170 1234567",)
    assert not found.unread


def test_utf_32_is_not_taken_for_utf_16() -> None:
    data = codecs.BOM_UTF32_BE + "Frau Müller".encode("utf-32-be")

    assert plain(data).texts == ("Frau Müller",)


def test_a_few_bytes_of_another_code_page_leave_the_rest_as_it_is() -> None:
    data = "Frau Müller aus Köln und Herr Weiß\n".encode() * 3 + "Jörg\n".encode("cp1252")

    assert plain(data).texts == ("Frau Müller aus Köln und Herr Weiß\n" * 3 + "Jörg\n",)


def test_what_old_programs_put_between_lines_is_text() -> None:
    assert plain(b"Name;Tel\r\nJo\vBloggs;0170\r\n\x1a").texts == (
        "Name;Tel\r\nJo\vBloggs;0170\r\n\x1a",
    )


@pytest.mark.parametrize(
    "data", [b"a\0b", b"\0\xff", b"\x01\x02text", bytes(64), b"PAR1\x15\x04Jo"]
)
def test_what_is_no_text_counts_as_unread(data: bytes) -> None:
    assert plain(data).unread == {"file"}


@pytest.mark.parametrize(
    "data", [b"\x81" * 1_000_000, b"\xc3\xa4\x81" * 300_000, b"\xff\n" * 500_000]
)
def test_bytes_without_sense_take_no_time(data: bytes) -> None:
    start = process_time()
    plain(data)

    assert process_time() - start < 2
