"""Which suites of the programs that stand on hpack and hyperframe run on fasth2, and what they need to run."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Suite:
    """One suite.

    release: "name-version" of the source distribution, whose hash is in sdists.txt.
    passed: how many tests pass at least, on either codec; what passes is compared test by test.
    tests: what pytest is given, from the root of the distribution.
    extras: the distribution's extras that its tests want.
    requires: what its tests want besides, as requirements; h2 and the codecs are always there.
    marks: pytest's -m.
    options: further options of pytest.
    left_out: {part of a test's name: why it cannot run here}.
    differs: {name of a test, without parameters: row of docs/compatibility.md} for tests that fail on fasth2 by a
        difference that is meant, and pass on stock.
    layers: what the suite must find fasth2 in the place of, besides whatever else it loads.
    by_hand: where the archive comes from if it is on no package index; without it in the cache the suite is skipped.
    """

    release: str
    passed: int
    tests: tuple = ("tests",)
    extras: tuple = ()
    requires: tuple = ()
    marks: str = ""
    options: tuple = ()
    left_out: dict = field(default_factory=dict)
    differs: dict = field(default_factory=dict)
    layers: tuple = ("h2",)
    by_hand: str = ""

    def __str__(self):
        return self.release

    def selection(self):
        """The options of pytest that say which tests run."""
        names = " or ".join(self.left_out)
        return (*self.options, *(("-m", self.marks) if self.marks else ()),
                *(("-k", f"not ({names})") if names else ()))


def files(pattern, *names):
    return tuple(pattern.format(name) for name in names)


FORK = "its server answers 500: it wants urllib3's own fork of Hypercorn, which is on no index"
WITH_PRIORITY = ("h2", "priority")
OUTSIDE = "connects to an address outside this machine"

SUITES = (
    Suite("twisted-26.10.0", 306, extras=("tls", "http2"), requires=("httpx[http2]", "pyhamcrest", "hypothesis"),
          tests=files("src/twisted/web/test/test_{}.py", "http2", "http"), layers=WITH_PRIORITY),
    Suite("httpcore-1.0.9", 211, extras=("asyncio", "trio", "http2", "socks"),
          requires=("pytest-trio", "pytest-httpbin", "trustme"),
          # What is no HTTP/2 begins with the length of a frame that is too long: httpcore hears of it at once.
          differs={"test_http2_connection_with_remote_protocol_error": "overlong-frame"}),
    Suite("hypercorn-0.18.0", 194, extras=("trio",), layers=WITH_PRIORITY,
          requires=("httpx", "hypothesis", "mock", "pytest-asyncio", "pytest-cov", "pytest-trio")),
    Suite("gunicorn-27.0.1", 700, extras=("http2",),
          requires=("pytest-asyncio", "pytest-cov", "gevent", "httpx[http2]", "uvloop", "cryptography"),
          tests=(*files("tests/test_http2_{}.py", "alpn", "async_connection", "config", "connection", "errors", "h2c",
                        "integration", "live", "request", "response", "stream"),
                 *files("tests/test_{}.py", "asgi_http2_response", "early_hints", "gthread"))),
    Suite("wptserve-4.0.3", 65),
    Suite("grpclib-0.4.9", 216, extras=("protobuf",),
          options=("-o", "asyncio_default_fixture_loop_scope=function"),
          requires=("pytest-asyncio", "faker", "certifi", "googleapis-common-protos", "grpcio-tools", "async-timeout")),
    Suite("urllib3-2.8.0", 130, extras=("h2", "socks"), marks="not requires_network", layers=WITH_PRIORITY,
          tests=("test/test_http2_connection.py", "test/with_dummyserver/test_https.py"),
          requires=("anyio[trio]", "httpx", "hypercorn", "pytest-socket", "pytest-timeout", "quart", "quart-trio",
                    "trio", "trustme", "pyopenssl"),
          left_out={"test_alpn_default": FORK, "test_http2_probe_result_is_cached": FORK,
                    "test_client_intermediate": FORK, "test_client_key_password": FORK,
                    "test_http2_probe_blocked_per_thread": OUTSIDE,
                    "test_http2_probe_no_result_in_connect_error": OUTSIDE}),
    Suite("scrapy-2.19.0", 506, layers=WITH_PRIORITY,
          tests=files("tests/test_{}.py", "http2_client_protocol", "downloader_handler_twisted_http2",
                      "downloader_handler_httpx"),
          marks="not requires_internet and not requires_mitmproxy",
          requires=("twisted[http2,tls]", "attrs", "pexpect", "psutil", "pyftpdlib", "pygments", "pytest-cov",
                    "pytest<9.2", "pytest-rerunfailures", "pytest-timeout", "pytest-xdist", "sybil", "pytest-twisted",
                    "testfixtures", "httpx[http2,socks]")),
    # The last sdist of mitmproxy, 0.15, is older than its use of h2, and its wheels have no tests: Debian's source has.
    Suite("mitmproxy-8.1.1", 343,
          tests=files("test/mitmproxy/{}", "proxy/layers/http", "net/http", "test_http.py"),
          requires=("pytest<8", "pytest-asyncio<0.19", "pytest-timeout<2.2", "pytest-cov<3.1", "hypothesis<7",
                    "setuptools<70", "werkzeug<2.3"),
          by_hand="`apt-get source --download-only mitmproxy` on Debian 12 fetches it as mitmproxy_8.1.1.orig.tar.gz"),
)
