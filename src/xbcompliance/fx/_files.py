"""The bytes of a rate file, whether plain, gzipped or the only file of a zip archive.

>>> read(Path("rates.csv"))
Traceback (most recent call last):
xbcompliance._errors.InputError: XB-IN-040 rates.csv: found no such file, expected a csv, csv.gz or zip file
"""

from __future__ import annotations

import zlib
from pathlib import Path

from xbcompliance._errors import InputError


def read(path: Path) -> bytes:
    """What the file holds once unpacked, without a byte order mark; ``InputError`` if it cannot be read."""
    from zipfile import BadZipFile  # imported late: 14 ms that a rate told with the order must not cost

    try:
        return _unpacked(path).removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError:
        found = "no such file"
    except (OSError, EOFError, zlib.error, BadZipFile, ValueError, RuntimeError) as error:
        found = str(error) or type(error).__name__
    raise InputError("XB-IN-040", str(path), found=found, expected="a csv, csv.gz or zip file")


def _unpacked(path: Path) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        from zipfile import ZipFile

        with ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise ValueError(f"an archive of {len(names)} files")
            return archive.read(names[0])
    if suffix == ".gz":
        import gzip

        return gzip.decompress(path.read_bytes())
    return path.read_bytes()
