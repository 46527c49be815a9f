"""Webhooks never aim inside: a table of targets, none of which is connected to."""

import asyncio
import ipaddress

import pytest

from domain.refusals import ForbiddenTarget
from gateway.webhooks.guard import Guard, GuardedResolver, is_forbidden
from gateway.webhooks.send import Sender
from tests.gateway.receiver import receiving

ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8
192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 203.0.113.255 224.0.0.1 232.1.1.1 239.255.255.255 240.0.0.1
250.1.2.3 255.255.255.254 255.255.255.255
:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::10.0.0.1 ::169.254.169.254 ::8.8.8.8
::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1 ::ffff:100.64.0.1
::ffff:7f00:1 ::ffff:a9fe:a9fe ::ffff:0:127.0.0.1 ::ffff:172.20.0.1 ::ffff:198.18.0.1 ::ffff:224.0.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b::192.168.0.1
64:ff9b::100.64.0.1 64:ff9b::0.0.0.0 64:ff9b:1::1 64:ff9b:1::127.0.0.1 64:ff9b:1:ffff::10.0.0.1
100::1 100::ffff 100:0:0:1::1
2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1
2001:30::1 2001:db8::1 2001:db8:ffff::1
2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1 2002:c0a8:101::1 2002:808:808::1
2620:4f:8000::1 3fff::1 3fff:fff::1 5f00::1
2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1 2a00:1450::5efe:a9fe:a9fe
fc00::1 fc00:1234::1 fd00::1 fd00:ec2::254 fd20:ce::254 fdff:ffff::1
fe80::1 fe80::a9fe:a9fe fe80::1%eth0 fe80::1%25eth0 febf::1 fec0::1 feff::1
ff00::1 ff01::1 ff02::1 ff02::fb ff05::1 ff0e::1 ffff::1
4000::1 6000::1 8000::1 c000::1 e000::1 1000::1 400::1 200::1
""".split()  # noqa: SIM905

PUBLIC = """
1.1.1.1 8.8.8.8 9.9.9.9 93.184.215.14 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255 172.32.0.1
192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255 11.0.0.1 168.63.129.17
2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001:81b::200e ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2620:fe::fe
""".split()  # noqa: SIM905

URLS = [
    *(f"https://[{one}]/" if ":" in one else f"https://{one}/" for one in ADDRESSES if "%" not in one),
    "https://[fe80::1%25eth0]/",
    "http://example.com/",
    "https://example.com:22/",
    "https://example.com:80/",
    "https://example.com:8080/",
    "https://example.com:5432/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:-1/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//example.com/",
    "example.com",
    "/hook",
    "",
    "https://",
    "https:///hook",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://example.com/#fragment",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: inside",
    "https://example.com\\@127.0.0.1/",
    "https://example.com/\x00",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0177.1/",
    "https://0x7f.1/",
    "https://127.0x1/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0xA9.0xFE.0xA9.0xFE/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://169.16689662/",
    "https://3232235777/",
    "https://0300.0250.0.1/",
    "https://167772161/",
    "https://012.0.0.1/",
    "https://0xac100001/",
    "https://[0:0:0:0:0:ffff:7f00:1]/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "https://[::ffff:0a00:0001]/",
    "https://[64:ff9b::7f00:1]/",
    "https://0/",
    "https://0x0/",
    "https://00000/",
    "https://127.0.0.1./",
    "https://1.1.1.1.1/",
    "https://[::ffff:127.0.0.1]:443/",
    "https://[::1",
    "https://[v1.x]/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://example.com/" + "a" * 2000,
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_address_is_forbidden(text):
    try:
        address = ipaddress.ip_address(text.replace("%25", "%"))
    except ValueError:
        pytest.fail(f"{text} is no address")
    assert is_forbidden(address)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_address_passes(text):
    assert not is_forbidden(ipaddress.ip_address(text))


@pytest.mark.parametrize("url", URLS)
def test_url_is_forbidden(url):
    with pytest.raises(ForbiddenTarget):
        Guard().check_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/", "https://example.com:8443/a?b=c", "https://1.1.1.1/", "https://[2606:4700::1]/x"]
)
def test_public_url_passes(url):
    assert str(Guard().check_url(url)) == url


@pytest.mark.parametrize(
    "url", ["http://localhost:9/", "http://127.0.0.1:9/x", "http://[::1]:9/", "https://localhost/"]
)
def test_loopback_passes_only_where_it_is_allowed(url):
    Guard(allow_loopback=True).check_url(url)
    if "localhost" not in url or url.startswith("http:"):
        with pytest.raises(ForbiddenTarget):
            Guard().check_url(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1:9/", "https://169.254.169.254/", "http://example.com/"])
def test_allowing_loopback_allows_nothing_else(url):
    with pytest.raises(ForbiddenTarget):
        Guard(allow_loopback=True).check_url(url)


@pytest.mark.parametrize("text", ADDRESSES)
async def test_name_is_refused_when_one_of_its_addresses_is_forbidden(text):
    async def look_up(host, port):
        return ["8.8.8.8", text.replace("%25", "%")]

    with pytest.raises(ForbiddenTarget):
        await GuardedResolver(Guard(), look_up).resolve("partner.example", 443)


async def test_attempt_does_not_connect_when_the_name_leads_inside():
    asked = []

    async def look_up(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    async with receiving() as receiver, Sender(Guard(), timeout_seconds=5, look_up=look_up) as sender:
        port = receiver.url.rpartition(":")[2]
        told = await sender.send("https://inside.example/", {}, b"{}")
        direct = await sender.send(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert (told.status, told.error) == (None, "forbidden_target")
    assert (direct.status, direct.error) == (None, "forbidden_target")
    assert (asked, receiver.received) == (["inside.example"], [])


@pytest.fixture
def connections(monkeypatch):
    """Every address that anything tries to connect to; no attempt gets through."""
    tried = []

    async def note(loop, socket, address):
        tried.append(address[0])
        raise ConnectionRefusedError(111, "noted, not connected")

    monkeypatch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", note)
    return tried


async def test_none_of_the_forbidden_targets_is_connected_to(connections):
    by_name = {f"name-{number}.example": [text.replace("%25", "%")] for number, text in enumerate(ADDRESSES)}
    mixed = {f"mixed-{number}.example": ["8.8.8.8", text.replace("%25", "%")] for number, text in enumerate(ADDRESSES)}
    names = by_name | mixed | {"localhost": ["127.0.0.1"], "metadata.google.internal": ["169.254.169.254"]}

    async def look_up(host, port):
        return names.get(host, ["8.8.8.8"])

    targets = [*URLS, *(f"https://{name}/hook" for name in names)]
    async with Sender(Guard(), timeout_seconds=5, look_up=look_up) as sender:
        told = [await sender.send(target, {}, body) for target in targets for body in (b"{}", None)]
        assert connections == []
        assert {(one.status, one.error) for one in told} == {(None, "forbidden_target")}
        assert len(set(targets)) >= 400
        # Whoever notes connections would have noted one: this is what a public target looks like.
        assert (await sender.send("https://public.example/", {}, b"{}")).error == "connection_refused"
        assert connections == ["8.8.8.8"]


async def test_name_that_changes_its_answer_is_never_followed_inside(connections):
    """Rebinding: public when the endpoint is made or checked, inside when the connection is made, and turn by turn."""
    turns = 0

    async def look_up(host, port):
        nonlocal turns
        turns += 1
        return ["9.9.9.9"] if turns % 2 else ["127.0.0.1"]

    guard = Guard()
    await GuardedResolver(guard, look_up).resolve("rebinding.example", 443)
    async with Sender(guard, timeout_seconds=5, look_up=look_up) as sender:
        errors = [(await sender.send("https://rebinding.example/", {}, b"{}")).error for _ in range(6)]
    assert errors == ["forbidden_target", "connection_refused"] * 3
    assert connections == ["9.9.9.9"] * 3


async def test_connection_goes_to_the_address_that_was_checked_when_the_name_changes_its_mind():
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def look_up(host, port):
        return answers.pop(0)

    class Lenient(Guard):
        def check_url(self, text):
            from yarl import URL

            return URL(text)

    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        async with Sender(Lenient(allow_loopback=True), timeout_seconds=5, look_up=look_up) as sender:
            told = await sender.send(f"http://partner.example:{port}/hook", {}, b"{}")
        [received] = receiver.received
    assert told.status == 204
    assert received.headers["host"] == f"partner.example:{port}"
    assert len(answers) == 1


async def test_attempt_goes_nowhere_else_when_it_is_redirected():
    from aiohttp import web

    async with receiving() as receiver:
        for status in (301, 302, 303, 307, 308):
            receiver.answers["/hook"].append(
                web.Response(status=status, headers={"Location": receiver.url + "/inside"})
            )
        async with Sender(Guard(allow_loopback=True), timeout_seconds=5) as sender:
            told = [await sender.send(receiver.url + "/hook", {}, b"{}") for _ in range(5)]
    assert [one.status for one in told] == [301, 302, 303, 307, 308]
    assert not any(one.accepted for one in told)
    assert receiver.at("/inside") == []


async def test_attempt_ends_in_time_when_the_endpoint_says_nothing():
    never = asyncio.Event()

    async def stall(request):
        await never.wait()

    async with receiving() as receiver:
        receiver.always["/hook"] = stall
        async with Sender(Guard(allow_loopback=True), timeout_seconds=0.3) as sender:
            told = await sender.send(receiver.url + "/hook", {}, b"{}")
        never.set()
    assert (told.status, told.error) == (None, "timed_out")


async def test_attempt_passes_proxies_of_the_environment_by(monkeypatch):
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        async with Sender(Guard(allow_loopback=True), timeout_seconds=5) as sender:
            assert (await sender.send(receiver.url + "/hook", {}, b"{}")).status == 204
    assert proxy.received == []


async def test_attempt_says_why_when_nobody_listens():
    async with receiving() as receiver:
        url = receiver.url
    async with Sender(Guard(allow_loopback=True), timeout_seconds=5) as sender:
        told = await sender.send(url, {}, b"{}")
    assert (told.status, told.error) == (None, "connection_refused")


async def test_attempt_says_why_when_the_name_is_unknown():
    async def look_up(host, port):
        raise OSError(-2, "Name or service not known")

    async with Sender(Guard(), timeout_seconds=5, look_up=look_up) as sender:
        told = await sender.send("https://nowhere.example/", {}, b"{}")
    assert (told.status, told.error) == (None, "name_not_found")
