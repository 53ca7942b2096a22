"""Where chats are remembered by the proxies of several machines: Redis."""

from collections.abc import Iterable, Sequence
from secrets import token_bytes
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from penstock.errors import ConfigError, InspectionError
from proxy_addons.chats.known import NOTHING, Known
from proxy_addons.chats.shelf import (
    ALWAYS_KEPT,
    KEEP_DAYS,
    MOST_FACTS,
    MOST_NOTES_BYTES,
    NOTES_S,
    Fact,
    Kind,
    gathered,
    newest_first,
)

TIMEOUT_S = 1.0
_TTL_S = KEEP_DAYS * 86400

_NOTE = """
local newest, sizes, notes = KEYS[1], KEYS[2], KEYS[3]
local thread, row, keep_s, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(redis.call('TIME')[1])
local function forget(one)
    redis.call('DEL', notes .. one)
    redis.call('ZREM', newest, one)
    redis.call('HINCRBY', sizes, '', -(redis.call('HGET', sizes, one) or 0))
    redis.call('HDEL', sizes, one)
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', newest, '-inf', now - keep_s)) do
    forget(old)
end
redis.call('RPUSH', notes .. thread, row)
redis.call('EXPIRE', notes .. thread, keep_s)
redis.call('ZADD', newest, now, thread)
redis.call('HINCRBY', sizes, thread, #row)
local all = redis.call('HINCRBY', sizes, '', #row)
while all > most and redis.call('ZCARD', newest) > 1 do
    local first = redis.call('ZRANGE', newest, 0, 1)
    forget(first[1] == thread and first[2] or first[1])
    all = tonumber(redis.call('HGET', sizes, ''))
end
while all > most and redis.call('LLEN', notes .. thread) > 1 do
    local gone = #redis.call('LPOP', notes .. thread)
    redis.call('HINCRBY', sizes, thread, -gone)
    all = redis.call('HINCRBY', sizes, '', -gone)
end
"""
"""Adds a note to a thread; what is too old or too much of its kind goes, by threads; of this one
its oldest notes, but never this note. The bytes of each thread are counted, under no name those of
all."""


class RedisShelf:
    """One hash for each chat, a key for each mark, a list for the notes on a thread; Redis forgets
    what is not seen for long."""

    def __init__(self, url: str) -> None:
        """Raises ConfigError for a URL that is none of Redis."""
        quick: dict[str, Any] = {
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),
        }
        try:
            self._redis: Any = redis.Redis.from_url(url, **quick)
        except ValueError as e:
            raise ConfigError(f"redis: {e}") from None
        self._note = self._redis.register_script(_NOTE)

    def find(self, marks: Sequence[bytes]) -> Known:
        """See Shelf."""
        try:
            found = self._redis.mget([_mark(mark) for mark in marks])
            by_mark = {m: c for m, c in zip(marks, found, strict=True) if c is not None}
            if not by_mark:
                return NOTHING
            chats = newest_first(marks, by_mark)
            pipe = self._redis.pipeline(transaction=False)
            for chat in chats:
                pipe.hgetall(_chat(chat))
            rows = [_row(k, v) for one in pipe.execute() for k, v in one.items()]
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None
        return gathered(chats[0], by_mark, rows)

    def learn(self, chat: bytes, marks: Iterable[bytes], facts: Iterable[Fact]) -> bytes:
        """See Shelf."""
        chat = chat or token_bytes(16)
        rows = list(facts)
        try:
            if rows and self._redis.hlen(_chat(chat)) >= MOST_FACTS:
                rows = [row for row in rows if row[0] in ALWAYS_KEPT]
            pipe = self._redis.pipeline(transaction=True)
            for kind, key, value in rows:
                pipe.hsetnx(_chat(chat), kind.encode() + b":" + key, value)
            pipe.expire(_chat(chat), _TTL_S)
            for mark in marks:
                pipe.set(_mark(mark), chat, ex=_TTL_S, nx=True)
            pipe.execute()
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None
        return chat

    def notes(self, thread: bytes) -> list[bytes]:
        """See Shelf."""
        try:
            return list(self._redis.lrange(_notes(thread), 0, -1))
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None

    def note(self, thread: bytes, row: bytes, kind: Kind) -> None:
        """See Shelf."""
        about = (thread, row, int(NOTES_S), MOST_NOTES_BYTES[kind])
        try:
            self._note(_note_keys(kind), about)
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None

    def leave(self, mark: bytes, value: bytes, seconds: float) -> None:
        """See Shelf."""
        try:
            self._redis.set(_waiting(mark), value, px=int(seconds * 1000))
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None

    def take(self, mark: bytes) -> bytes | None:
        """See Shelf."""
        try:
            pipe = self._redis.pipeline(transaction=True)
            pipe.get(_waiting(mark)).delete(_waiting(mark))
            found: bytes | None = pipe.execute()[0]
        except (redis.RedisError, OSError) as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None
        return found

    def close(self) -> None:
        """See Shelf."""
        self._redis.close()


def _mark(mark: bytes) -> bytes:
    return b"penstock:mark:" + mark


def _chat(chat: bytes) -> bytes:
    return b"penstock:chat:" + chat


def _waiting(mark: bytes) -> bytes:
    return b"penstock:waiting:" + mark


def _note_keys(kind: Kind) -> tuple[bytes, bytes, bytes]:
    of = b"" if kind == "turns" else b":" + kind.encode()
    return b"penstock:notes-newest" + of, b"penstock:notes-sizes" + of, _notes(b"")


def _notes(thread: bytes) -> bytes:
    return b"penstock:notes:" + thread


def _row(field: bytes, value: bytes) -> Fact:
    kind, _, key = field.partition(b":")
    return kind.decode(), key, value.decode()
