"""Certificates that a test makes for itself, and files of them."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass
class Files:
    """A certificate, its key, and who signed it, as files."""

    certificate: Path
    key: Path
    authority: Path

    @property
    def options(self) -> list[object]:
        """Both as the command line names them."""
        return ["--dashboard-cert", self.certificate, "--dashboard-key", self.key]


def certified(folder: Path, *names: str, called: str = "server") -> Files:
    """One for some names and IP addresses."""
    folder.mkdir(exist_ok=True)
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    files = Files(*(folder / f"{called}-{part}.pem" for part in ("chain", "key", "authority")))
    files.certificate.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    files.key.write_bytes(issued.private_key_pem.bytes())
    files.key.chmod(0o600)
    authority.cert_pem.write_to_path(files.authority)
    return files
