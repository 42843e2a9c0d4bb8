"""Where a call may go: only to hosts that everyone on the internet reaches, and never by a detour."""

import ipaddress
import socket

import pytest

from experiments.providers import addresses
from experiments.providers.addresses import is_public, origin_of
from experiments.providers.outcomes import NotSent
from experiments.providers.transport import Call, exchange
from tests.scripted_server import ScriptedServer, answer, says

FINE = answer(200, b'{"ok":true}')


def read_from(url, *, allow_loopback=True):
    return exchange(Call("GET", url, "/api/experiments", seconds=3.0, allow_loopback=allow_loopback))


REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1
2001:10::1 2001:db8::1 2002:7f00:1::1 2002:a9fe:a9fe::1 2002:c0a8:1::1 3fff::1 4000::1 5f00::1 fc00::1
fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1 198.17.255.255 223.255.255.255
2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1 2001:4860:4860::8888
"""


@pytest.mark.parametrize("text", REFUSED.split())
def test_an_address_that_not_everyone_reaches_is_refused(text, monkeypatch):
    ip = ipaddress.ip_address(text)
    assert not is_public(ip)
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(family, (text, port))])
    with pytest.raises(NotSent) as caught:
        origin_of("https://go.example.test", allow_loopback=False)
    assert (caught.value.reason, caught.value.is_permanent) == ("forbidden_address", True)


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_public_address_is_let_through(text, monkeypatch):
    ip = ipaddress.ip_address(text)
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(family, (text, port))])
    origin = origin_of("https://go.example.test", allow_loopback=False)
    assert is_public(ip)
    assert (origin.host, origin.port, origin.is_tls) == ("go.example.test", 443, True)
    assert [address.sockaddr[0] for address in origin.addresses] == [text]


@pytest.mark.parametrize(
    "found",
    [("8.8.8.8", "10.0.0.1"), ("10.0.0.1", "8.8.8.8"), ("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "10.0.0.1")],
)
def test_one_bad_address_among_good_ones_refuses_them_all(found, monkeypatch):
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(socket.AF_INET, (ip, port)) for ip in found])
    for allow_loopback in (False, True):
        with pytest.raises(NotSent) as caught:
            origin_of("https://go.example.test", allow_loopback=allow_loopback)
        assert caught.value.reason == "forbidden_address"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_every_spelling_of_this_machine_is_refused(host):
    with pytest.raises(NotSent) as caught:
        origin_of(f"https://{host}", allow_loopback=False)
    assert caught.value.reason in ("forbidden_address", "dns")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "go.urbanairship.com",
        "//go.urbanairship.com",
        "ftp://go.urbanairship.com",
        "file:///etc/passwd",
        "https://",
        "https://go.urbanairship.com/",
        "https://go.urbanairship.com/api",
        "https://go.urbanairship.com?x=1",
        "https://go.urbanairship.com?",
        "https://go.urbanairship.com#x",
        "https://someone@go.urbanairship.com",
        "https://someone:secret@go.urbanairship.com",
        "https://@go.urbanairship.com",
        "https://go.urbanairship.com:0",
        "https://go.urbanairship.com:99999",
        "https://go.urbanairship.com:x",
        "https://go.urbanairship.com\\@evil.test",
        "https://go.urbanairship.com\t.evil.test",
        " https://go.urbanairship.com",
        "https://go.urbanairship.com.",
        "https://gö.example",
        "https://[fe80::1%25eth0]",
        "https://[::1",
    ],
)
def test_a_base_address_that_is_more_or_less_than_a_host_is_refused(url, monkeypatch):
    monkeypatch.setattr(addresses, "resolve", lambda host, port: pytest.fail("it was resolved"))
    with pytest.raises(NotSent) as caught:
        origin_of(url, allow_loopback=True)
    assert (caught.value.reason, caught.value.is_permanent) == ("bad_address", True)


@pytest.mark.parametrize(
    "url", ["http://go.example.test", "https://go.example.test:8443", "http://go.example.test:443"]
)
def test_the_internet_is_only_called_by_tls_on_its_port(url, monkeypatch):
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(socket.AF_INET, ("8.8.8.8", port))])
    for allow_loopback in (False, True):
        with pytest.raises(NotSent) as caught:
            origin_of(url, allow_loopback=allow_loopback)
        assert caught.value.reason == "bad_address"


def test_loopback_is_refused_unless_the_deployment_allows_it(caplog):
    with ScriptedServer(says(FINE)) as server:
        with pytest.raises(NotSent) as caught:
            read_from(server.url, allow_loopback=False)
        assert caught.value.reason == "forbidden_address"
        assert server.connections == 0
        assert read_from(server.url).status == 200
    assert "private network" in caplog.text


def test_a_name_is_resolved_once_and_its_judged_address_is_used(monkeypatch):
    asked = []
    with ScriptedServer(says(FINE)) as server:

        def resolve(host, port):
            asked.append(host)
            return [(socket.AF_INET, ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

        monkeypatch.setattr(addresses, "resolve", resolve)
        assert read_from(f"http://sandbox.test:{server.port}").status == 200
    assert asked == ["sandbox.test"]
    assert f"Host: sandbox.test:{server.port}".encode() in server.requests[0]
