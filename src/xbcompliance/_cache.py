"""The user's cache folder: files that only save time, each written whole, checked when read, and never needed.

Nothing here raises: where a folder cannot be read or written, there is no cache. ``XBCOMPLIANCE_CACHE`` names another
folder, or is ``off``.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     write(Path(folder), "greeting", b"hello")
...     read(Path(folder), "greeting"), read(Path(folder), "another")
(b'hello', None)
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from xbcompliance._version import __version__

VARIABLE: Final = "XBCOMPLIANCE_CACHE"
KEPT_FILES: Final = 8
"""Files the folder holds; the oldest give way."""
PARTS: Final = ("", "expr", "facts", "packs", "places", "plan", "tariff")
"""The folders of the package whose code decides what a rulebook means."""
_DIGEST_BYTES: Final = 32


def cache_folder() -> Path | None:
    """Where rulebooks are kept, or None if nowhere; the folder may not exist yet."""
    wanted = os.environ.get(VARIABLE, "")
    if wanted:
        return None if wanted == "off" else Path(wanted)
    from platformdirs import user_cache_path  # imported where it is needed: `off` and a named folder do without

    with suppress(OSError, RuntimeError):  # a user without a home
        return user_cache_path("xbcompliance") / "rulebooks"
    return None


def engine_mark() -> str | None:
    """What changes with every change of the engine: its version, and size and time of its files, as Python's own cache
    of compiled modules has it. None where the package is not a folder of files.
    """
    digest = hashlib.sha256(f"{__version__} {sys.version_info[:2]}".encode())
    root = Path(__file__).resolve().parent
    try:
        for part in PARTS:
            with os.scandir(root / part) as entries:
                files = sorted((entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py"))
            for name, status in files:
                digest.update(f"{part}/{name} {status.st_size} {status.st_mtime_ns}\0".encode())
    except OSError:
        return None
    return digest.hexdigest()


def read(folder: Path, name: str) -> bytes | None:
    """The content written under a name; None if there is none or it is not what was written."""
    with suppress(OSError):
        raw = (folder / name).read_bytes()
        if raw[:_DIGEST_BYTES] == _digest(name, raw[_DIGEST_BYTES:]):
            return raw[_DIGEST_BYTES:]
    return None


def write(folder: Path, name: str, content: bytes) -> None:
    """Keeps a content under a name, if that is possible. Readers see the old content or the new one."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(prefix=name[:16], suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(name, content) + content)
            Path(part).replace(folder / name)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
        _make_room(folder)


def _digest(name: str, content: bytes) -> bytes:
    """With the name, so that a renamed file is not taken for another."""
    return hashlib.sha256(name.encode() + b"\0" + content).digest()


def _make_room(folder: Path) -> None:
    with os.scandir(folder) as entries:
        files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.is_file())
    for _, path in files[:-KEPT_FILES]:
        Path(path).unlink(missing_ok=True)
