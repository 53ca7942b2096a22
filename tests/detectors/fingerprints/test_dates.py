"""Dates in the orders and words of several languages."""

import pytest

from detectors.fingerprints import dates


@pytest.mark.parametrize(
    ("cell", "american", "value"),
    [
        ("05.03.1980", False, "date:800305"),
        ("03/05/1980", True, "date:800305"),
        ("1980-03-05", False, "date:800305"),
        ("5. März 1980", False, "date:800305"),
        ("5.März 1980", False, "date:800305"),
        ("5 de marzo de 1980", False, "date:800305"),
        ("March 5th, 1980", True, "date:800305"),
        ("05-MAR-80", False, "date:800305"),
        ("5/Mar/1980", False, "date:800305"),
        ("05 03 1980", False, "date:800305"),
        ("5.\u00a03.\u00a01980", False, "date:800305"),
        ("19800305", False, "date:800305"),
        ("05031980", False, "date:800305"),
        ("1980-03-05 00:00:00", False, "date:800305"),
        ("1980-03-05T00:00:00.000+01:00", False, "date:800305"),
        ("3/5/1980 12:00:00 AM", True, "date:800305"),
        ("1980/3/5", False, "date:800305"),
        ("1980年3月5日", False, "date:800305"),
        ("1980년 3월 5일", False, "date:800305"),
        ("5 tháng 3 năm 1980", False, "date:800305"),
        ("1980. március 5", False, "date:800305"),
        ("1980-Mar-05", False, "date:800305"),
        ("5 de março de 1980", False, "date:800305"),
        ("5 marca 1980", False, "date:800305"),
        ("5 maart 1980", False, "date:800305"),
        ("5. března 1980", False, "date:800305"),
        ("5 Mart 1980", False, "date:800305"),
        ("5 марта 1980", False, "date:800305"),
        ("5. maaliskuuta 1980", False, "date:800305"),
        ("5 Μαρτίου 1980", False, "date:800305"),
        ("5 มีนาคม 2523", False, "date:800305"),
        ("5 مارس 1980", False, "date:800305"),
        ("٠٥/٠٣/١٩٨٠", False, "date:800305"),
        ("１９８０／３／５", False, "date:800305"),
        ("31.02.19800", False, ""),
        ("198003050", False, ""),
        ("soon", False, ""),
    ],
)
def test_a_date_has_one_value_in_every_form(cell: str, american: bool, value: str) -> None:
    assert dates.date_value(cell, american) == value
    assert dates.is_date(cell) == bool(value)


@pytest.mark.parametrize(
    "text", ["in room 12 at 3", "call 030 12 34 56", "12345678", "version 3.11.2"]
)
def test_other_numbers_are_no_dates(text: str) -> None:
    assert list(dates.dates(text)) == []
