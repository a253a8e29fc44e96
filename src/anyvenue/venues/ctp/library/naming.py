"""How the libraries are called where programs look for them."""

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import described_versions
from anyvenue.venues.ctp.door.greeting import Side

__all__ = ["library_stems"]

_STEMS = {
    "ctp": ("thosttraderapi_se", "thostmduserapi_se"),
    "opt": ("soptthosttraderapi_se", "soptthostmduserapi_se"),
    "mini": ("thosttraderapi", "thostmduserapi"),
    "femas": ("USTPtraderapiAF", "USTPmduserapiAF"),
    "tora": ("traderapi", ""),
    "toramd": ("", "xmdapi"),
    "toraopt": ("sptraderapi", ""),
}


def library_stems(dialect: str) -> dict[Side, str]:
    """Return the vendor's file names without ``lib`` and ``.so`` by side; raise ConfigError for an unknown dialect."""
    described_versions(dialect)
    stems = _STEMS.get(dialect)
    if stems is None:
        raise ConfigError(f"no file names are known for {dialect}", code="ctp.library_name")
    return {side: stem for side, stem in zip(Side, stems, strict=True) if stem}
