"""The manifest of a folder of frame recordings: its finished files and the gaps between them."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.errors import JournalError
from polywire.core.units import Ns

NAME: Final = "manifest.json"
VERSION: Final = 1


class FileEntry(Struct, frozen=True, kw_only=True):
    """A finished file; a `torn` one was left by a crash and lacks at most its last second."""

    name: str
    frames: int
    bytes: int
    first_recv_ns: Ns
    last_recv_ns: Ns
    sha256: str
    torn: bool = False


class Gap(Struct, frozen=True):
    """A time in which a feed was not recorded, and why."""

    feed: str
    opened_ns: Ns
    closed_ns: Ns
    cause: str


class Manifest(Struct, kw_only=True):
    """What a folder holds, oldest first."""

    polywire: str = "manifest"
    version: int = VERSION
    files: list[FileEntry] = []
    gaps: list[Gap] = []


def load(folder: Path) -> Manifest:
    """The manifest of a folder, empty where there is none; raises JournalError if unreadable."""
    path = folder / NAME
    if not path.exists():
        return Manifest()
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise JournalError(f"the manifest {path} cannot be read: {error}") from error
    if manifest.version != VERSION:
        raise JournalError(
            f"the manifest {path} has version {manifest.version}, this build reads {VERSION}"
        )
    return manifest


def save(folder: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all; raises JournalError where the disk refuses."""
    part = folder / (NAME + ".part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        part.replace(folder / NAME)
    except OSError as error:
        raise JournalError(f"the manifest of {folder} cannot be written: {error}") from error


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
