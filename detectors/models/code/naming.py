"""Names that programs use, for made-up traces, logs and documentation."""

# ruff: noqa: E501 - a template reads better on one line

import random

PARTS = ("order", "invoice", "user", "session", "cache", "queue", "payment", "report", "retry", "index",
          "shipment", "token", "batch", "audit", "search", "price", "stock", "mail", "billing", "event")  # fmt: skip

NOUNS = (*PARTS, "client", "region", "sensor", "album", "ticket", "branch", "folder", "member", "score", "planet", "recipe", "window",
         "driver", "socket", "filter", "label", "vendor", "course", "device", "owner", "route", "layer", "photo", "budget", "engine", "river",
         "signal", "parcel", "tenant", "volume", "author", "status", "backup", "worker", "kernel", "matrix", "letter", "garden", "tariff",
         "cursor", "metric", "bridge", "voucher", "station", "domain", "cluster", "archive", "profile", "contract", "schedule")  # fmt: skip
"""More of them."""

DOES = (
    "load",
    "save",
    "parse",
    "flush",
    "handle",
    "validate",
    "render",
    "dispatch",
    "update",
    "close",
)


def camel(r: random.Random) -> str:
    """A class name."""
    return "".join(p.title() for p in r.sample(PARTS, 2)) + r.choice(
        ("Service", "Factory", "Impl", "Handler", "")
    )


def method(r: random.Random) -> str:
    """A method name."""
    return r.choice(DOES) + r.choice(PARTS).title()
