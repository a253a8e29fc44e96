"""What the commands that trade in accounts have in common: no trading without a journal."""

from anyvenue.model.errors import ConfigError

__all__ = ["no_journal"]


def no_journal() -> ConfigError:
    """Return the error of a node that would trade without remembering."""
    return ConfigError(
        'a node that trades needs a journal: give --journal DIR, or journal = "DIR" in [node]',
        code="config.no_journal",
    )
