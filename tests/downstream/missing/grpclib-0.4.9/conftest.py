"""Fixtures that grpclib's tests ask for and its sdist leaves out; compiles dummy.proto for them."""
import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from faker import Faker

from grpclib.config import Configuration

HERE = Path(__file__).parent

if not (HERE / "dummy_grpc.py").exists():
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "--grpclib_python_out=.",
                    "dummy.proto"], cwd=HERE, check=True, stdin=subprocess.DEVNULL)

Faker.seed(0)  # its texts are in the names of tests


@pytest_asyncio.fixture
async def loop():
    return asyncio.get_running_loop()


@pytest.fixture
def config():
    return Configuration().__for_test__()
