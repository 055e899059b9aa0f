"""The address of the Dask scheduler that computes for this server, and whether it is safe to use."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from aecore.specs import quote

SCHEDULER, ALLOW_UNENCRYPTED = "AECORE_SCHEDULER", "AECORE_ALLOW_UNENCRYPTED"


class AddressError(ValueError):
    """A scheduler's address that must not be used. Its text is a sentence for whoever runs the server."""


def scheduler() -> str | None:
    """The address in `AECORE_SCHEDULER`; None where a cluster is to be embedded.

    What is sent to another machine includes functions, so it must be encrypted, `tls://…` (Dask's own settings name the
    certificates), unless `AECORE_ALLOW_UNENCRYPTED` is 1. Raises AddressError.
    """
    address = os.environ.get(SCHEDULER) or None
    if address is not None:
        _check(address, os.environ.get(ALLOW_UNENCRYPTED) == "1")
    return address


def _check(address: str, allow_unencrypted: bool) -> None:
    scheme, _, rest = address.rpartition("://")
    parts = urlsplit(f"//{rest}")
    if not parts.hostname or scheme not in ("", "tcp", "tls"):
        raise AddressError(
            f"AECORE_SCHEDULER must be the address of a Dask scheduler, such as tls://HOST:8786; got {quote(address)}."
        )
    if scheme != "tls" and not allow_unencrypted and not _is_loopback(parts.hostname):
        raise AddressError(
            f"AECORE_SCHEDULER is {quote(address)}, which is on another machine and not encrypted: whoever can reach "
            "it could run anything on its workers. Use tls://…, or, on a network that nobody else is on, set "
            "AECORE_ALLOW_UNENCRYPTED=1."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
