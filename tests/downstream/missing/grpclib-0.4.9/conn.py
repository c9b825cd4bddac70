"""Calls without sockets, as grpclib's tests make them: one side is grpclib, the other h2. Its sdist leaves this out."""
import asyncio
import socket
import struct
from types import SimpleNamespace

from h2.config import H2Configuration
from h2.connection import H2Connection
from multidict import MultiDict

import grpclib.client
import grpclib.server
from grpclib.config import Configuration
from grpclib.const import Cardinality
from grpclib.encoding.proto import ProtoCodec
from grpclib.events import _DispatchChannelEvents, _DispatchServerEvents
from grpclib.protocol import H2Protocol

from stubs import DummyHandler, TransportStub


def grpc_encode(message, message_type, codec=ProtoCodec()):
    encoded = codec.encode(message, message_type)
    return struct.pack(">?I", False, len(encoded)) + encoded


def grpc_decode(data, message_type, codec=ProtoCodec()):
    compressed, size = struct.unpack_from(">?I", data)
    assert not compressed and len(data) == 5 + size
    return codec.decode(data[5:], message_type)


def configuration(client_side):
    return H2Configuration(client_side=client_side, header_encoding="ascii")


class ClientConn:
    """grpclib's client protocol against an h2 server connection."""

    def __init__(self):
        self.server_h2c = H2Connection(configuration(client_side=False))
        self.to_server_transport = TransportStub(self.server_h2c)
        self.client_proto = H2Protocol(DummyHandler(), Configuration().__for_test__(), configuration(client_side=True))
        self.client_proto.connection_made(self.to_server_transport)
        self.server_h2c.initiate_connection()
        self.server_flush()
        self.to_server_transport.events()

    def server_flush(self):
        self.client_proto.data_received(self.server_h2c.data_to_send())


class ClientStream:
    """A grpclib client stream on a ClientConn."""

    def __init__(self, *, client_conn=None, send_type=None, recv_type=None, path="/foo/bar",
                 cardinality=Cardinality.UNARY_UNARY, codec=None, timeout=None, deadline=None, connect_time=None):
        self.client_conn = client_conn or ClientConn()
        if timeout is not None:
            deadline = grpclib.client.Deadline.from_timeout(timeout)

        async def connect():
            if connect_time is not None:
                await asyncio.sleep(connect_time)
            return self.client_conn.client_proto

        channel = SimpleNamespace(__connect__=connect, _scheme="http", _authority="test.com", _calls_started=0,
                                  _calls_succeeded=0, _calls_failed=0, _last_call_started=None)
        self.client_stream = grpclib.client.Stream(
            channel, path, MultiDict(), cardinality, send_type, recv_type, codec=codec or ProtoCodec(),
            status_details_codec=None, dispatch=_DispatchChannelEvents(), deadline=deadline)


class ServerConn:
    """grpclib's server protocol against an h2 client connection."""

    def __init__(self):
        self.client_h2c = H2Connection(configuration(client_side=True))
        self.to_client_transport = TransportStub(self.client_h2c)
        self.client_h2c.initiate_connection()
        self.server_proto = H2Protocol(DummyHandler(), Configuration().__for_test__(), configuration(client_side=False))
        self.server_proto.connection_made(self.to_client_transport)
        self.client_flush()
        self.to_client_transport.events()

    def client_flush(self):
        self.server_proto.data_received(self.client_h2c.data_to_send())


class ServerStream:
    """A grpclib server stream whose request headers have come."""

    def __init__(self, *, codec, path="/foo/bar", content_type="application/grpc"):
        self.server_conn = ServerConn()
        self.stream_id = self.server_conn.client_h2c.get_next_available_stream_id()
        self.server_conn.client_h2c.send_headers(self.stream_id, [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test.com"),
            ("te", "trailers"), ("content-type", content_type)])
        self.server_conn.client_flush()
        self.server_conn.to_client_transport.events()
        self.server_h2s = self.server_conn.server_proto.processor.handler.stream
        self.server_stream = grpclib.server.Stream(
            self.server_h2s, path, Cardinality.UNARY_UNARY, None, None, codec=codec, status_details_codec=None,
            dispatch=_DispatchServerEvents())


class ClientServer:
    """A grpclib server and a channel to it, over loopback."""

    def __init__(self, handler, stub, *, config=None, codec=None):
        self.handler, self.stub, self.options = handler, stub, {"config": config, "codec": codec}

    async def __aenter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        handler = self.handler()
        self.server = grpclib.server.Server([handler], **self.options)
        await self.server.start("127.0.0.1", port)
        self.channel = grpclib.client.Channel("127.0.0.1", port, **self.options)
        return handler, self.stub(self.channel)

    async def __aexit__(self, *error):
        self.channel.close()
        self.server.close()
        await self.server.wait_closed()
