"""Official files into pack folders: each format is one module that reads, everything else is shared.

A reader turns files into rows of tables and a list of what it could not read; :func:`import_files` writes both into a
folder that ``load_rulebook`` and ``--packs`` take. Nothing is dropped in silence, and the same input gives the same
bytes.

>>> [format.name for format in FORMATS.values()]
['eu-tedb', 'fx-csv', 'fx-ecb', 'uk-tariff', 'us-chapter99', 'us-hts', 'us-sst']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, did_you_mean, shown
from xbcompliance.importers._model import Format, Report, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from os import PathLike

    from xbcompliance.importers._model import Reader

__all__ = ["FORMATS", "Format", "Report", "import_files"]

FORMATS: Final = {
    format_.name: format_
    for format_ in (
        Format("eu-tedb", "VAT rates by CN code: answer of the Commission's rate service (JSON)", "_eu_tedb"),
        Format("fx-csv", "Exchange rates fixed for periods, such as customs rates (CSV)", "_fx_csv"),
        Format("fx-ecb", "Euro reference rates of the European Central Bank (CSV or zip)", "_fx_ecb"),
        Format("uk-tariff", "UK Global Tariff, all commodities (CSV); needs --from", "_uk_tariff"),
        Format("us-chapter99", "US chapter 99 product lists of additional duties (CSV); needs --from", "_us_chapter99"),
        Format("us-hts", "US Harmonized Tariff Schedule, official export (CSV or JSON); needs --from", "_us_hts"),
        Format("us-sst", "Local sales tax of Streamlined states: rate and boundary files (CSV or zip)", "_us_sst"),
    )
}
"""The formats there are, by name. A further one is a module with a function ``read`` and an entry here."""


def import_files(
    format_name: str,
    files: Sequence[str | PathLike[str]],
    into: str | PathLike[str],
    *,
    start: date | None = None,
    until: date | None = None,
    read: date | None = None,
    force: bool = False,
) -> Report:
    """Read official files and write them as a pack folder.

    ``start`` and ``until`` bound the days for which rows are taken, ``read`` is the day the files were fetched. A
    folder that is there is replaced if it is an import of the same format, any other only with ``force``. Raises
    :class:`InputError` ``XB-IN-070`` to ``075``.

    >>> import_files("uk-tarif", [], "tariff")
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-075 format: found 'uk-tarif', expected eu-tedb | fx-csv | fx-ecb | \
uk-tariff | us-chapter99 | us-hts | us-sst (did you mean 'uk-tariff'?)
    """
    from xbcompliance.importers._files import open_file
    from xbcompliance.importers._folder import check_target, write

    format_ = FORMATS.get(format_name)
    if format_ is None:
        hint = did_you_mean(format_name, FORMATS)
        raise InputError("XB-IN-075", "format", found=shown(format_name), expected=" | ".join(FORMATS), hint=hint)
    if not files:
        raise InputError("XB-IN-075", "files", found="none", expected="at least one file")
    if start is not None and until is not None and until < start:
        raise InputError("XB-IN-075", "until", found=f"until {until}", expected=f"no day before from {start}")
    target = check_target(into, format_.name, files, force)
    opened = [open_file(path, format_.name) for path in files]
    reader: Reader = import_module(f"{__name__}.{format_.module}").read
    wanted = Wanted(start, until, read)
    return write(target, format_, opened, wanted, reader(opened, wanted))
