"""The services' own addresses, led to a sandbox.

Some clients have the addresses of Xero built in and offer no setting for them. They are not touched: what every one of
them honours is a proxy and an authority of one's own (HTTPS_PROXY; REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS). This is
that proxy: it ends TLS in the name of the services, with a certificate made for the purpose, and passes on every byte.
An address that is not the services' leads nowhere and is remembered.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

XERO: Final = ("login.xero.com", "identity.xero.com", "api.xero.com")
PIECE: Final = 65_536
WAIT: Final = 30.0  # seconds before a silent connection is given up


class Addresses:
    """`to`: host name -> address of the sandbox that stands for it. `folder`: where the certificates may lie."""

    def __init__(self, to: Mapping[str, str], folder: Path) -> None:
        self._to = {host: urlsplit(url) for host, url in to.items()}
        self.authority = folder / "authority.pem"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(_certified(tuple(to), folder, self.authority))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, name="addresses", daemon=True)
        self.elsewhere: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a client's process is started with."""
        proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        authority = str(self.authority)
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"), authority),
        }

    def __enter__(self) -> Addresses:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(WAIT)
            method, target = _asked(client)
            host = target.rpartition(":")[0]
            if method != "CONNECT" or host not in self._to:
                self.elsewhere.append(f"{method} {target}")
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            sandbox = self._to[host]
            with (
                self._context.wrap_socket(client, server_side=True) as inside,
                socket.create_connection((str(sandbox.hostname), int(sandbox.port or 80)), WAIT) as service,
            ):
                _pass_on(inside, service)


def _asked(client: socket.socket) -> tuple[str, str]:
    """Method and target of the first line; the rest of the head is read and counts for nothing."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := client.recv(PIECE)):
        head += piece
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return (words[0], words[1]) if len(words) > 1 else ("", "")


def _pass_on(inside: ssl.SSLSocket, service: socket.socket) -> None:
    """Bytes both ways, until one side hangs up or nobody has said anything for long."""
    while True:
        ready = [inside] if inside.pending() else select.select([inside, service], [], [], WAIT)[0]
        if not ready:
            return
        for source in ready:
            piece = source.recv(PIECE)
            if not piece:
                return
            (service if source is inside else inside).sendall(piece)


def _certified(hosts: tuple[str, ...], folder: Path, authority: Path) -> Path:
    """A file with key and certificate for these hosts; the authority that signed it is written as well."""
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests of this project")])
    begin = datetime.now(UTC) - timedelta(days=1)

    def signed(names: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(names).issuer_name(issuer).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(begin)
        made = made.not_valid_after(begin + timedelta(days=3))
        key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = made.add_extension(key_id, critical=False)
        return made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)

    root = signed(issuer, ours, is_authority=True).add_extension(_signs(), critical=True).sign(ours, hashes.SHA256())
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    known = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    by_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(ours.public_key())
    leaf = signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])]), theirs, is_authority=False)
    leaf = leaf.add_extension(known, critical=False).add_extension(by_root, critical=False)
    file = folder / "services.pem"
    key = theirs.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(key + leaf.sign(ours, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


def _signs() -> x509.KeyUsage:
    usual = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**usual, key_cert_sign=True, crl_sign=True)
