"""Work that grows with the input and not with its square, by counting instructions: tests do not time.

callgrind counts what a process executes, which no other process changes. Three runs of one program: nothing, n octets
and 2n octets of every family of hostile input.
"""
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.launch import HOME

pytestmark = [
    pytest.mark.skipif(not os.environ.get("FASTH2_EXHAUSTIVE"), reason="FASTH2_EXHAUSTIVE=1: minutes of valgrind"),
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind here"),
]

ROUGHLY = 2.2  # how much more twice the input may take

# Each family takes a number of octets and does with it what a peer could make a server do.
FAMILIES = {
    # The rest of the block would be copied for each field of one octet: CVE-2022-41723.
    "short literals before a long one": "decode(b'\\x00\\x01a\\x01b' * (n // 10) + b'\\x00\\x01a' + bytes("
                                        "encode_integer(n // 2, 7)) + b'x' * (n // 2))",
    "literals that are indexed": "decode(b''.join(b'\\x40\\x04%04x\\x00' % (i & 0xffff) for i in range(n // 7)))",
    "references": "decode(b'\\x40\\x01a\\x01b' + b'\\xbe' * n)",
    "Huffman strings": "decode(b'\\x10\\x01a\\x8c\\xf1\\xe3\\xc2\\xe5\\xf2:k\\xa0\\xab\\x90\\xf4\\xff' * (n // 16))",
    "text that is not ASCII": "decode(b'\\x00\\x02\\xc3\\xa9\\x02\\xc3\\xa9' * (n // 7))",
    "padded integers": "decode(b'\\x0f\\x80\\x80\\x80\\x00\\x01v' * (n // 7))",
    "headers to send": "Encoder().encode([(b'n%d' % i, b'v') for i in range(n // 8)])",
    "sizes to tell": "resized(n // 8)",
    "frames": "parse_frames(bytes.fromhex('000004 08 00 00000001 00000001') * (n // 13), 100)",
    "settings": "parse_frames((n // 6 * 6).to_bytes(3, 'big') + bytes.fromhex('0400 00000000')"
                " + b''.join(i.to_bytes(6, 'big') for i in range(n // 6)), 1 << 24)",
    "a deep tree": "tree(n // 20, lambda i: i)",
    "a wide tree": "tree(n // 20, lambda i: 0)",
}

PROGRAM = """
import sys
from fasth2.codec.frame import parse_frames
from fasth2.hpack import Decoder, Encoder
from fasth2.hpack.hpack import encode_integer
from fasth2.priority import PriorityTree

n = int(sys.argv[1])

def decode(block):
    Decoder(1 << 30).decode(block)

def resized(count):
    encoder = Encoder()
    for size in range(count):
        encoder.header_table_size = size % 4000
    encoder.encode([(":method", "GET")])

def tree(count, parent):
    streams = PriorityTree(count + 10)
    for number in range(count):
        streams.insert_stream(number + 1, parent(number))
    for number in range(count):
        streams.block(number + 1)

for _ in range(bool(n)):
    FAMILY
"""


@functools.cache
def instructions(family, n):
    """How many a process executes that does FAMILIES[family] with `n` octets (int)."""
    program = PROGRAM.replace("FAMILY", FAMILIES[family])
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-S", "-E", "-c",
         f"import sys; sys.path.insert(0, {HOME!r})\n{program}", str(n)],
        capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "0", "PATH": os.environ["PATH"]},
        cwd=Path(HOME),
    )
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


@pytest.mark.parametrize("family", FAMILIES)
def test_instructions_grow_with_the_input(family):
    n = 40_000
    nothing = instructions("references", 0)  # all of them begin alike
    once, twice = (instructions(family, octets) - nothing for octets in (n, 2 * n))
    assert 100_000 < once
    assert twice / once <= ROUGHLY, f"{twice / once:.2f}"
