"""What a stand-in keeps of a connection: what could carry a prompt, and nothing else."""

import asyncio
import ssl

import h2.config
import h2.connection
import h2.events

from penstock.demo.standins import OPENAI, StandIns

HEAD = [
    (":method", "POST"),
    (":scheme", "https"),
    (":authority", OPENAI),
    (":path", "/v1/chat/completions"),
]


async def test_upkeep_of_http2_is_not_kept_and_everything_else_is() -> None:
    async with StandIns() as standins:
        trust = ssl.create_default_context(cadata=standins.ca_pem.decode())
        trust.set_alpn_protocols(["h2"])
        host, _, port = standins.upstream_map[OPENAI].rpartition(":")
        reader, writer = await asyncio.open_connection(
            host, int(port), ssl=trust, server_hostname=OPENAI
        )
        client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))

        async def exchange(until: type[h2.events.Event]) -> None:
            seen: list[h2.events.Event] = []
            while not any(isinstance(event, until) for event in seen):
                writer.write(client.data_to_send())
                seen += client.receive_data(await reader.read(65536))

        client.initiate_connection()
        client.send_headers(1, HEAD)
        client.send_data(1, b"the prompt", end_stream=True)
        await exchange(until=h2.events.StreamEnded)
        kept = standins.wire(OPENAI)
        client.increment_flow_control_window(1000)
        client.ping(b"12345678")
        await exchange(until=h2.events.PingAckReceived)
        writer.close()
        await writer.wait_closed()

        assert b"the prompt" in kept
        assert b":path: /v1/chat/completions" in kept
        assert standins.wire(OPENAI) == kept
