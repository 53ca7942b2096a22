"""What the company's own models cost and replaced, as a table that FinOps tools read.

Columns are those of FOCUS; what FOCUS has no column for begins with `x_`. A line is the input or
the output of one model for one service, account and model asked for. The billed cost is that of
the company's own machines; what the public model would have cost is in `x_` columns alone, avoided
cash apart from notional value. Source: FinOps Open Cost and Usage Specification 1.2 (read 2026-11).
"""

import csv
import io
from collections.abc import Iterator

import orjson

from reports.monthly.document import Charge, Document
from reports.monthly.render.csv import safe

COLUMNS = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "Tags",
    "x_Answers",
    "x_AvoidedCost",
    "x_EstimatedAnswers",
    "x_NotionalCost",
    "x_ReplacedModel",
    "x_ReplacedPriceBasis",
    "x_ReplacedProviderName",
    "x_ReplacedServiceName",
    "x_ReplacedUnitPrice",
)

type Line = dict[str, str | int]


def render(document: Document) -> bytes:
    """UTF-8, RFC 4180. Without redirects in the month: the names of the columns alone."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for charge in document.charges:
        for line in _lines(document, charge):
            writer.writerow({name: safe(value) for name, value in line.items()})
    return out.getvalue().encode()


def _lines(document: Document, charge: Charge) -> Iterator[Line]:
    answered: Line = {"x_Answers": charge.answers, "x_EstimatedAnswers": charge.estimated}
    for what, tokens, price in (
        ("input", charge.input_tokens, charge.input_price),
        ("output", charge.output_tokens, charge.output_price),
    ):
        # FOCUS has no cost that is not known: it is nothing, and a tag says so.
        cost = _decimal((charge.own_cost or 0) * tokens / charge.tokens if charge.tokens else 0)
        replaced = "" if price is None else _decimal(price * tokens / 1e6)
        is_cash = charge.billing == "metered"
        yield _whole(document, charge) | {
            **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
            "ChargeDescription": f"{what} tokens answered inside for {charge.service}",
            "ConsumedQuantity": tokens,
            "PricingQuantity": _decimal(tokens / 1e6),
            "SkuId": f"{charge.model}/{what}",
            "x_AvoidedCost": replaced if is_cash else "0",
            "x_NotionalCost": "0" if is_cash else replaced,
            "x_ReplacedUnitPrice": "" if price is None else _decimal(price),
            **answered,
        }
        answered = {}  # counted once


def _whole(document: Document, charge: Charge) -> Line:
    """What both lines of a charge say."""
    control = document.control
    tags = {"account": charge.account, "billing": charge.billing or "not stated"}
    if charge.own_cost is None:
        tags["cost"] = "not stated"
    if document.is_demo:
        tags["demo"] = "synthetic"
    ours = control.organization or "not stated"
    return {
        "BillingAccountId": control.ledger,
        "BillingAccountName": ours,
        "BillingCurrency": charge.currency,
        **dict.fromkeys(("BillingPeriodStart", "ChargePeriodStart"), control.period_start),
        **dict.fromkeys(("BillingPeriodEnd", "ChargePeriodEnd"), control.period_end),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ConsumedUnit": "Tokens",
        "PricingUnit": "1000000 Tokens",
        **dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), ours),
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": charge.model,
        "ServiceSubcategory": "Generative AI",
        "Tags": orjson.dumps(tags).decode(),
        "x_ReplacedModel": charge.asked_model,
        "x_ReplacedPriceBasis": charge.price_basis,
        "x_ReplacedProviderName": charge.vendor,
        "x_ReplacedServiceName": charge.service,
    }


def _decimal(value: float) -> str:
    """Without an exponent, which spreadsheets take for text."""
    return f"{value:.10f}".rstrip("0").rstrip(".")
