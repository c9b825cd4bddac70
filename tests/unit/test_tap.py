"""The tap of tests/corpus: it passes on every octet, and keeps HTTP/2's in the order in which they came."""
import socket
import threading

from corpus.tap import PREFACE, Tap


def echo_once(listener):
    """Answers each piece of what one client says with the same in capitals."""
    connection, _ = listener.accept()
    with connection:
        while octets := connection.recv(65536):
            connection.sendall(octets.upper())


def through_tap(*pieces):
    """What the tap kept when a client said `pieces` in turn, waiting for each answer; and the answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=echo_once, args=(listener,))
        server.start()
        with Tap(listener.getsockname()[1]) as tap:
            with socket.create_connection(("127.0.0.1", tap.port), 10) as client:
                answers = []
                for piece in pieces:
                    client.sendall(piece)
                    answers.append(client.recv(len(piece), socket.MSG_WAITALL))
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        server.join(10)
    return tap.connections, answers


def test_both_directions_in_order():
    kept, answers = through_tap(PREFACE, b"one", b"two")
    assert answers == [PREFACE.upper(), b"ONE", b"TWO"]
    assert kept == [[("client", PREFACE), ("server", PREFACE.upper()), ("client", b"one"), ("server", b"ONE"),
                     ("client", b"two"), ("server", b"TWO")]]


def test_other_protocols_are_passed_on_and_not_kept():
    assert through_tap(b"GET / HTTP/1.1\r\n\r\n") == ([], [b"GET / HTTP/1.1\r\n\r\n"])


def test_nobody_there():
    """A connection that cannot be passed on is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Tap(port) as tap, socket.create_connection(("127.0.0.1", tap.port), 10) as client:
        assert client.recv(1) == b""
    assert tap.connections == []
