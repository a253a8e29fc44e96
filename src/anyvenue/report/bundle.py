"""The drawing library that is put into the page: plotly.js, as the Python package plotly ships it."""

from importlib import import_module

from anyvenue.model.errors import ConfigError

__all__ = ["plotly_js", "require_plotly"]

_HOME = "plotly.offline"


def require_plotly() -> None:
    """Raise ConfigError where plotly is not installed: better before a long run than after it."""
    try:
        import_module(_HOME)
    except ImportError:
        raise ConfigError(
            "plotly is not installed, and a report needs it; install it with: pip install 'anyvenue[report]'",
            code="config.extra_missing",
            package="plotly",
            extra="report",
        ) from None


def plotly_js() -> str:
    """Return the script, some 5 MB; raise ConfigError where plotly is not installed."""
    require_plotly()
    script: str = import_module(_HOME).get_plotlyjs()
    # Inside a page an end tag would end the script, wherever it stands.
    return script.replace("</script", "<\\/script")
