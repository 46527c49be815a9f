"""Delivery over TLS: to a certificate of an authority that is trusted, and to no other."""

import datetime
import ipaddress
import ssl

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from yarl import URL

from gateway.webhooks.guard import Guard
from tests.gateway.delivering import completed, dispatching, following, in_log, make_endpoint
from tests.gateway.receiver import Receiver

NAME = "partner.example"


class Authority:
    """A certificate authority for one test."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of the tests")])
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def context(self, folder, *names, expired=False):
        """Return the TLS context of a server that has a certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = self._signed(subject, key, alternatives, expired=expired)
        path = folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def trusted(self):
        """Return the TLS context of a client that trusts this authority alone."""
        return ssl.create_default_context(cadata=self.pem)

    def _signed(self, subject, key, extension, *, expired=False):
        now = datetime.datetime.now(datetime.UTC)
        ends = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(ends)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class AnyPort(Guard):
    """Lets a name on any port through, so that the test need not listen on 443; addresses are checked as ever."""

    def check_url(self, text):
        return URL(text)


async def _serve(context):
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", receiver.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return receiver, runner, runner.addresses[0][1]


async def _look_up(host, port):
    return ["127.0.0.1"]


async def _point(edge, endpoint, url):
    """Point an endpoint at a name that only the test's own look-up knows."""
    async with edge.database.service() as connection:
        await connection.execute("UPDATE gateway.endpoint SET url = $1", url)


@pytest.mark.parametrize("trouble", ["none", "another_authority", "another_name", "expired"])
async def test_delivery_goes_to_the_certificate_of_that_name_alone(edge, receiver, tmp_path, trouble):
    authority = Authority()
    names = ("other.example",) if trouble == "another_name" else (NAME,)
    server = Authority() if trouble == "another_authority" else authority
    far, runner, port = await _serve(server.context(tmp_path, *names, expired=trouble == "expired"))
    endpoint = await make_endpoint(edge, f"{receiver.url}/hook")
    await _point(edge, endpoint, f"https://{NAME}:{port}/hook")
    options = {"guard": AnyPort(allow_loopback=True), "look_up": _look_up, "tls": authority.trusted()}
    try:
        async with following(edge), dispatching(edge, **options):
            await edge.changes.tell(completed(edge, position=1))
            if trouble == "none":
                [received] = await far.wait("/hook")
                received.verify(endpoint["secret"])
                assert received.headers["host"] == f"{NAME}:{port}"
                await in_log(edge, endpoint, 1)
                return
            [dead] = await in_log(edge, endpoint, 1, "?status=failed")
    finally:
        await runner.cleanup()
    path = f"/v1/webhook_endpoints/{endpoint['webhook_endpoint_id']}/deliveries/{dead['delivery_id']}"
    errors = {attempt["error"] for attempt in (await edge.json("GET", path))["attempt_log"]}
    assert errors == {"tls_failed"}
    assert far.received == []
