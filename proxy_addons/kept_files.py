"""Uploads that a rule redirects: they stay here, and the client gets the answer of its service.

The file is known by an id like the service's own. A prompt that names it is redirected too, with
what the file says; whatever else is asked about it is answered here, since the service does not
know it.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from secrets import choice
from string import ascii_letters, digits

from mitmproxy.http import HTTPFlow

from penstock.errors import CannotExpress, InspectionError
from penstock.model import Action, Decision, Sender, Violation
from proxy_addons import responses, wording
from proxy_addons.chats.chats import Chats
from proxy_addons.chats.files import Uploading
from proxy_addons.dialects import BY_NAME, page_files, uploads
from proxy_addons.dialects.base import Answer, Request
from proxy_addons.dialects.handles import MOST
from proxy_addons.dialects.upload_steps import Place, way
from proxy_addons.dialects.uploads import Stored
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Passage
from proxy_addons.places import log_place
from proxy_addons.services import Endpoint

MOST_ASKED_BYTES = 4096
"""Of a request that asks for files by their names."""


class KeptFiles:
    """Those of everyone whose requests pass here."""

    def __init__(self, chats: Chats, language: str) -> None:
        self._chats = chats
        self._language = language

    async def keep(
        self,
        flow: HTTPFlow,
        passage: Passage,
        seen: Inspection,
        decision: Decision,
        record: Callable[..., Awaitable[Violation | None]],
    ) -> None:
        """Keeps an upload, records that, and gives the answer of its service.

        Raises CannotExpress, InspectionError and LedgerError; then nothing is answered.
        """
        request, upload, endpoint = seen.original, seen.upload, passage.endpoint
        if request is None or upload is None or endpoint is None:
            raise InspectionError("an upload that stays here without a file")
        letters = "".join(choice(ascii_letters + digits) for _ in range(32))
        place = Place(letters, passage.host, request.target, int(time.time()))
        sender = passage.sender
        names, stored, told = await self._kept(endpoint, sender, request, upload, place)
        await self._chats.file(upload, names, decision, sender, stored, stays=True)
        await record(passage, decision, seen=seen)
        flow.response = responses.answer(told, Action.REDIRECT)

    async def _kept(
        self, endpoint: Endpoint, sender: Sender, request: Request, upload: Uploading, place: Place
    ) -> tuple[tuple[str, ...], Stored | None, Answer]:
        """The names that an upload gets here, its file if it is complete, and its answer."""
        step, file, service = upload.step, upload.file, endpoint.service.service
        found = way(service, endpoint.dialect)
        if step is not None and found is not None:
            if step.begun is not None:
                names, told = found.begin(place, step.begun)
                return names, None, told
            if not step.is_last:
                names, told = found.bring(place, step)
                return names, None, told
            if file is None:
                raise CannotExpress("an upload of which not all pieces are known")
            begun = await self._chats.parts.begun(sender, step)
            stored, told = found.end(place, step, begun.of(file), begun)
            return (stored.id,), stored, told
        form = uploads.form(endpoint.dialect, request) or page_files.form(service, request)
        if form is None or file is None:
            raise CannotExpress("an upload that only its service can take")
        stored = Stored(form.new_id(place.letters), file, place.at, place.root)
        return (stored.id,), stored, form.uploaded(stored)

    async def answers(self, flow: HTTPFlow, passage: Passage, body: bytes) -> bool:
        """Answers a request that is about such files alone, and says whether it did."""
        if (endpoint := passage.endpoint) is None or len(body) > MOST_ASKED_BYTES:
            return False
        request = flow.request
        about = Request(request.method, request.path, passage.header(b"content-type"), body)
        aside = page_files.ASIDES.get(endpoint.service.service)
        form = uploads.FORMS.get(endpoint.dialect) if not body else None
        if aside is not None and (names := aside.asks(about)) and len(names) <= MOST:
            files = await self._stored(passage, names)
            told = aside.told(about, files) if files else None
        elif form is not None and (name := uploads.asked(request.path)):
            files = await self._stored(passage, (name,))
            told = await self._told(passage, about, form, files[0]) if files else None
        else:
            return False
        if told is None:
            return False
        flow.response = responses.answer(told, Action.REDIRECT)
        return True

    async def _told(
        self, passage: Passage, about: Request, form: uploads.Form, stored: Stored
    ) -> Answer | None:
        """What the API says of a file, or that only its service could do that."""
        if about.method == "DELETE":
            await self._chats.contents.forget(passage.sender, stored.id)
        told = None if about.target.endswith("/content") else form.answer(about.method, stored)
        if told is not None or passage.endpoint is None:
            return told
        dialect = BY_NAME[passage.endpoint.dialect]
        return dialect.refuse(about, wording.kept_inside(self._language))

    async def _stored(self, passage: Passage, names: Sequence[str]) -> list[Stored]:
        """The files of these names; none if one of them is not here."""
        try:
            found = [await self._chats.contents.stored(passage.sender, name) for name in names]
        except InspectionError as e:
            log_place("looking for a file", e)  # the service does not know it
            return []
        known = [stored for stored in found if stored is not None]
        return known if len(known) == len(names) else []
