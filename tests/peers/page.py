"""What a browser is served besides orders: a page, /page, and its images, /image-17.png, each of another size."""
import re
import struct
import zlib
from pathlib import Path

PAGE = Path(__file__).parent / "drivers" / "page.html"


def response(path):
    """The content type (str) and body (bytes) for `path` (str, without a query), or None where nothing is there."""
    if path == "/page":
        return "text/html; charset=utf-8", PAGE.read_bytes()
    if image := re.fullmatch(r"/image-(\d+)\.png", path):
        return "image/png", png(int(image[1]))
    if path == "/favicon.ico":
        return "image/png", png(1)
    return None


def png(number):
    """An image (bytes): 1 + number % 20 pixels wide, 1 + number // 20 high, in shades of grey. A browser that gets one
    octet of it wrong shows none: every part has a checksum."""
    width, height = 1 + number % 20, 1 + number // 20
    rows = b"".join(b"\0" + bytes((number + column * row) & 255 for column in range(width)) for row in range(height))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
             (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
