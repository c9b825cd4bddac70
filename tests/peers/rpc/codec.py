"""What grpclib needs to send plain bytes: no protobuf, no generated code."""
from grpclib.encoding.base import CodecBase


class BytesCodec(CodecBase):
    __content_subtype__ = "proto"  # what a bare application/grpc stands for

    def encode(self, message, message_type):
        return message

    def decode(self, data, message_type):
        return bytes(data)
