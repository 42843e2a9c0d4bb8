"""Certificates for servers of tests, made in a moment, and an authority of the tests' own."""

import datetime
import functools
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from experiments.providers import wire

type Signed = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]

_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


_REAL_CONTEXT = wire.tls_context.__wrapped__  # whatever a test puts in its place


@functools.cache
def authority() -> Signed:
    return _key_and_certificate("Test authority", None, (-1, 1))


def usual() -> ssl.SSLContext:
    """The context that really is used, made anew."""
    return _REAL_CONTEXT()


def trusting(authority: Signed) -> ssl.SSLContext:
    """The same, which trusts the tests' authority besides."""
    context = usual()
    context.load_verify_locations(cadata=authority[1].public_bytes(serialization.Encoding.PEM).decode())
    return context


def server_context(
    directory: Path, authority: Signed | None, host: str = "localhost", days: tuple[int, int] = (-1, 1)
) -> ssl.SSLContext:
    """A server's side of TLS for `host`, valid for these days from now; self-signed where there is no authority."""
    key, certificate = _key_and_certificate(host, authority, days)
    path = directory / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _key_and_certificate(host: str, authority: Signed | None, days: tuple[int, int]) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    issuer_key, issuer = (key, name) if authority is None else (authority[0], authority[1].subject)
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=host == "Test authority", path_length=None), critical=True)
    )
    if authority is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority[0].public_key())
        builder = builder.add_extension(identifier, critical=False)
    else:
        usage = x509.KeyUsage(**dict.fromkeys(_USES, True), encipher_only=False, decipher_only=False)
        builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(issuer_key, hashes.SHA256())
