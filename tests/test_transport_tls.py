"""TLS: until a line is safe nothing is sent, and a certificate that does not hold stays so until somebody mends it."""

import gc
import os
import socket
import ssl

import pytest

from experiments.providers import wire
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure
from experiments.providers.transport import Call, exchange
from tests import certificates
from tests.scripted_server import ScriptedServer, answer, resets, resets_at_once, says

FINE = answer(200, b'{"ok":true}')


def write_to(server, *, seconds=5.0):
    url = f"https://localhost:{server.port}"
    return Call("POST", url, "/api/experiments", body=b"{}", seconds=seconds, is_write=True, allow_loopback=True)


def failure_of(call, **kwargs):
    with pytest.raises(ProviderFailure) as caught:
        exchange(call, **kwargs)
    return caught.value


@pytest.fixture(scope="module")
def authority():
    return certificates.authority()


@pytest.fixture
def trusted(authority, monkeypatch):
    """Trust the test's own authority, in a context that is otherwise the real one."""
    context = certificates.trusting(authority)
    monkeypatch.setattr(wire, "tls_context", lambda: context)


@pytest.fixture
def server_context(tmp_path, authority):
    def make(host="localhost", *, is_self_signed=False, days=(-1, 1)):
        return certificates.server_context(tmp_path, None if is_self_signed else authority, host, days)

    return make


def test_a_trusted_certificate_is_accepted_and_connected_comes_after_tls(trusted, server_context):
    with ScriptedServer(says(FINE), context=server_context()) as server:
        seen = []
        reply = exchange(write_to(server), on_connected=lambda: seen.append(len(server.requests)))
    assert (reply.body, seen, len(server.requests)) == (b'{"ok":true}', [0], 1)


def test_a_lost_answer_over_tls_is_unknown(trusted, server_context):
    with ScriptedServer(resets, context=server_context()) as server:
        failure = failure_of(write_to(server))
    assert isinstance(failure, OutcomeUnknown)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"is_self_signed": True}, "self-signed"),
        ({"host": "elsewhere.test"}, "Hostname mismatch"),
        ({"days": (-9, -8)}, "expired"),
        ({"days": (8, 9)}, "not yet valid"),
    ],
)
def test_bad_63_a_certificate_that_does_not_hold_is_permanent(trusted, server_context, kwargs, words):
    with ScriptedServer(says(FINE), context=server_context(**kwargs)) as server:
        connected: list[bool] = []
        failure = failure_of(write_to(server), on_connected=lambda: connected.append(True))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent) == ("certificate", True)
    assert words in failure.message
    assert (connected, server.requests) == ([], [])


def test_bad_63_an_authority_nobody_knows_is_permanent(server_context):
    with ScriptedServer(says(FINE), context=server_context()) as server:
        failure = failure_of(write_to(server))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent, server.requests) == ("certificate", True, [])


def test_bad_63_tls_older_than_1_2_is_permanent(trusted, server_context):
    context = server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with ScriptedServer(says(FINE), context=context) as server:
        failure = failure_of(write_to(server))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent, server.requests) == ("tls_version", True, [])


def speaks_plainly(server, connection):
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 400 This is not TLS\r\n\r\n")


def says_nothing(server, connection):
    server.stopping.wait(5)


def goes_away(server, connection):
    connection.recv(1024)


@pytest.mark.parametrize(
    ("act", "reasons"),
    [
        (speaks_plainly, {"tls"}),
        (says_nothing, {"connect_timeout"}),
        (goes_away, {"tls", "unreachable"}),
        (resets_at_once, {"tls", "unreachable"}),
    ],
)
def test_a_handshake_that_fails_is_not_sent(trusted, act, reasons):
    with ScriptedServer(act) as server:
        connected: list[bool] = []
        failure = failure_of(write_to(server, seconds=0.5), on_connected=lambda: connected.append(True))
    assert isinstance(failure, NotSent)
    assert failure.reason in reasons
    assert (failure.is_permanent, connected) == (False, [])


class Unaware(socket.socket):
    """Believes that its line is alive, as one does for the moment between two looks."""

    def getpeername(self):
        return ("127.0.0.1", 1)


def test_a_line_that_dies_while_it_is_wrapped_is_not_sent_and_leaves_nothing_open():
    with ScriptedServer(resets_at_once) as server:
        line = Unaware()
        line.connect(("127.0.0.1", server.port))
        while True:
            try:
                socket.socket.getpeername(line)
            except OSError:
                break
        descriptor = line.fileno()
        with pytest.raises(NotSent) as caught:
            wire._shake_hands(line, "localhost", wire.now() + 5)
    assert caught.value.reason in {"tls", "unreachable"}
    del caught
    gc.collect()  # an unclosed socket would warn here, and warnings are errors
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
