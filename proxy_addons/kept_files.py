"""Uploads that a rule redirects: they stay here, and the client gets the answer of its service.

The file is known by an id like the service's own. A prompt that names it is redirected too, with
what the file says; whatever else is asked about it is answered here, since the service does not
know it.
"""

import time
from collections.abc import Awaitable, Callable
from secrets import choice
from string import ascii_letters, digits

from mitmproxy.http import HTTPFlow

from penstock.errors import CannotExpress, InspectionError
from penstock.model import Action, Decision, Sender, Violation
from proxy_addons import responses, wording
from proxy_addons.chats.chats import Chats
from proxy_addons.chats.files import Uploading
from proxy_addons.dialects import BY_NAME, uploads
from proxy_addons.dialects.base import Answer, Request
from proxy_addons.dialects.upload_steps import Place, way
from proxy_addons.dialects.uploads import Stored
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Passage
from proxy_addons.places import log_place
from proxy_addons.services import Endpoint


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
        step, file = upload.step, upload.file
        found = way(endpoint.service.service, endpoint.dialect)
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
        form = uploads.form(endpoint.dialect, request)
        if form is None or file is None:
            raise CannotExpress("an upload that only its service can take")
        stored = Stored(form.new_id(place.letters), file, place.at, place.root)
        return (stored.id,), stored, form.uploaded(stored)

    async def answers(self, flow: HTTPFlow, passage: Passage) -> bool:
        """Answers a request without a body that is about such a file, and says whether it did."""
        request, endpoint = flow.request, passage.endpoint
        if endpoint is None or (form := uploads.FORMS.get(endpoint.dialect)) is None:
            return False
        if not (name := uploads.asked(request.path)):
            return False
        try:
            stored = await self._chats.contents.stored(passage.sender, name)
        except InspectionError as e:
            log_place("looking for a file", e)  # the service does not know it
            return False
        if stored is None:
            return False
        if request.method == "DELETE":
            await self._chats.contents.forget(passage.sender, name)
        about = Request(request.method, request.path, "", b"")
        told = None if request.path.endswith("/content") else form.answer(request.method, stored)
        if told is None:
            told = BY_NAME[endpoint.dialect].refuse(about, wording.kept_inside(self._language))
        flow.response = responses.answer(told, Action.REDIRECT)
        return True
