"""Shelves of both kinds, empty."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from proxy_addons.chats.redis_shelf import RedisShelf
from proxy_addons.chats.shelf import FileShelf, Shelf
from tests.proxy_addons.chats.models import Model
from tests.reports.servers import redis_server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(params=["file", "redis"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty one."""
    if request.param == "file":
        found: Shelf = FileShelf(tmp_path / "chats.sqlite")
    else:
        url = request.getfixturevalue("redis_url")
        with redis.Redis.from_url(url) as client:
            client.flushall()
        found = RedisShelf(url)
    yield found
    found.close()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    model = Model()
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.port = server.sockets[0].getsockname()[1]
    yield model
    server.close()
