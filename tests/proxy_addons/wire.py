"""A real service on loopback that records what reaches it, and a client's side of a connection."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Reply:
    """What the service answers."""

    body: tuple[bytes, ...] = (b'{"ok": true}',)
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    status: int = 200
    raw: bytes = b""
    """If given, an HTTP/1.1 answer as it is, and then the connection is closed."""
    held: asyncio.Event | None = None
    """If given, what comes after the first piece of the body waits for it."""


@dataclass
class Upstream:
    """Records decrypted bytes and requests; answers with `reply`."""

    context: ssl.SSLContext
    reply: Reply | Callable[[str, str, bytes], Reply] = field(default_factory=Reply)
    port: int = 0
    connections: int = 0
    raw: bytearray = field(default_factory=bytearray)
    """Everything any client sent within TLS."""
    bodies: list[bytes] = field(default_factory=list)
    heads: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each request."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Upstream"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await server.wait_closed()  # connections in mid-handshake end with their clients

    @property
    def open_connections(self) -> int:
        """How many are open now."""
        return sum(not writer.transport.is_closing() for writer in self._writers)

    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        try:
            await (self._http2 if chosen == "h2" else self._http1)(reader, writer)
        except (OSError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        self.heads.append((method, path, headers))
        self.bodies.append(body)
        return self.reply if isinstance(self.reply, Reply) else self.reply(method, path, body)

    async def _http1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        while True:
            head, body = None, b""
            while not isinstance(event := http.next_event(), h11.EndOfMessage):
                match event:
                    case h11.NEED_DATA:
                        data = await reader.read(65536)
                        self.raw += data
                        http.receive_data(data)
                    case h11.Request():
                        head = event
                    case h11.Data():
                        body += event.data
                    case _:
                        return
            assert head is not None
            headers = {k.decode(): v.decode() for k, v in head.headers}
            reply = self._answer(head.method.decode(), head.target.decode(), headers, body)
            if reply.raw:
                return writer.write(reply.raw)
            response = h11.Response(status_code=reply.status, headers=list(reply.headers))
            writer.write(http.send(response) or b"")
            for number, piece in enumerate(reply.body):
                if number and reply.held is not None:
                    await reply.held.wait()
                writer.write(http.send(h11.Data(piece)) or b"")
                await writer.drain()
            writer.write(http.send(h11.EndOfMessage()) or b"")
            if http.our_state is h11.MUST_CLOSE:
                return
            http.start_next_cycle()

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        http.initiate_connection()
        writer.write(http.data_to_send())
        heads: dict[int, dict[str, str]] = {}
        bodies: dict[int, bytes] = {}
        answering = set()
        while data := await reader.read(65536):
            self.raw += data
            for event in http.receive_data(data):
                match event:
                    case h2.events.RequestReceived():
                        heads[event.stream_id] = {k.decode(): v.decode() for k, v in event.headers}
                        bodies[event.stream_id] = b""
                    case h2.events.DataReceived():
                        bodies[event.stream_id] += event.data
                        http.acknowledge_received_data(
                            event.flow_controlled_length, event.stream_id
                        )
                    case h2.events.StreamEnded():
                        number = event.stream_id
                        head = heads[number]
                        reply = self._answer(head[":method"], head[":path"], head, bodies[number])
                        task = asyncio.create_task(_answer_http2(http, writer, number, reply))
                        answering.add(task)
            writer.write(http.data_to_send())


async def _answer_http2(
    http: h2.connection.H2Connection, writer: asyncio.StreamWriter, number: int, reply: Reply
) -> None:
    http.send_headers(number, [(":status", str(reply.status)), *reply.headers])
    for count, piece in enumerate(reply.body):
        if count and reply.held is not None:
            await reply.held.wait()
        http.send_data(number, piece)
        writer.write(http.data_to_send())
    http.end_stream(number)
    writer.write(http.data_to_send())


class Authority:
    """A test CA and certificates of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test roots")])
        self._cert = self._sign(name, name, self._key, ca=True)
        self.pem = folder / "upstream-ca.pem"
        self.pem.write_bytes(self._cert.public_bytes(serialization.Encoding.PEM))

    def server(self, *hosts: str, alpn: tuple[str, ...] = ("h2", "http/1.1")) -> ssl.SSLContext:
        """A server's TLS context for `hosts`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        cert = self._sign(name, self._cert.subject, key, hosts=hosts)
        path = self._written(f"{hosts[0]}.pem", key, cert)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.set_alpn_protocols(list(alpn))
        return context

    def person(self, name: str, unit: str) -> Path:
        """A file with somebody's certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        kinds = {NameOID.ORGANIZATIONAL_UNIT_NAME: unit, NameOID.COMMON_NAME: name}
        subject = x509.Name([x509.NameAttribute(kind, said) for kind, said in kinds.items()])
        return self._written(
            f"{unit}-person.pem", key, self._sign(subject, self._cert.subject, key)
        )

    def _written(self, name: str, key: ec.EllipticCurvePrivateKey, cert: x509.Certificate) -> Path:
        path = self.folder / name
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.PKCS8
        secret = key.private_bytes(pem, form, serialization.NoEncryption())
        path.write_bytes(secret + cert.public_bytes(pem))
        return path

    def _sign(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        hosts: tuple[str, ...] = (),
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        issuing = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(issuing, critical=False)
        if ca:
            own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
            usage = x509.KeyUsage(*(i in (5, 6) for i in range(9)))  # signs certificates and lists
            builder = builder.add_extension(own, critical=False)
            builder = builder.add_extension(usage, critical=True)
        if hosts:
            names = [x509.DNSName(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class Client:
    """A client's connection to the proxy, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, address: tuple[str, int]) -> "Client":
        """To the proxy itself."""
        return cls(*await asyncio.open_connection(*address))

    async def tunnel(self, authority: str) -> bytes:
        """The status line that CONNECT gets."""
        self.writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        return head.partition(b"\r\n")[0]

    async def tls(self, context: ssl.SSLContext, name: str) -> None:
        """A TLS handshake that asks for `name`."""
        await self.writer.start_tls(context, server_hostname=name)

    async def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next HTTP/1.1 response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int((await self.reader.readline()).strip(), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split(" ")[1]), headers, body

    async def rest(self) -> bytes:
        """Everything until the proxy closes."""
        with suppress(ConnectionError, ssl.SSLError):
            return await self.reader.read(-1)
        return b""

    async def close(self) -> None:
        """Goes away."""
        self.writer.close()
        with suppress(OSError, ssl.SSLError):
            await self.writer.wait_closed()
