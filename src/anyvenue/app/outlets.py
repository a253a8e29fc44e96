"""Where a live node's lines and alerts go: standard error, a file, a web address; secrets never."""

from collections.abc import Mapping
from pathlib import Path

from anyvenue.app.masking import masked
from anyvenue.app.settings import Settings
from anyvenue.engine.live.alerts import level_of
from anyvenue.model.errors import ConfigError
from anyvenue.runtime.logs import LogTerms, NodeLog
from anyvenue.runtime.webhooks import Webhook

__all__ = ["Outlets"]

_MEGABYTE = 1_000_000


class Outlets:
    """A node's log and alerts; alerts are logged, too."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], *, to_stderr: bool = True
    ) -> None:
        """Open them as the configuration says; raise ConfigError."""
        node = settings.config.node
        file = Path(node.log.file).expanduser() if node.log.file else None
        if file is not None and not file.is_absolute() and settings.path is not None:
            file = settings.path.parent / file
        hook = node.webhook.reveal(environ) if node.webhook is not None else ""
        terms = LogTerms(
            file=file,
            json=node.log.json,
            level=node.log_level,
            max_bytes=int(node.log.max_mb * _MEGABYTE),
            keep=node.log.keep,
            to_stderr=to_stderr,
        )
        try:
            self._log = NodeLog(terms, masked)
        except OSError as error:
            raise ConfigError(
                f"the log {file} cannot be written: {error.strerror}; name another in [node.log]",
                code="config.log",
                file=str(file),
                reason=error.strerror or "",
            ) from None
        self._hook = Webhook(hook, self._not_delivered) if hook else None

    def line(self, source: str, text: str) -> None:
        """Log a line of the node."""
        self._log.write(source, text, level_of(source, text))

    def alert(self, alert: Mapping[str, object]) -> None:
        """Log an alert and send it."""
        level, text = str(alert["level"]), masked(str(alert["text"]))
        self._log.write(
            "alert", text, "error" if level == "error" else "info", event=alert["event"]
        )
        if self._hook is not None:
            self._hook.send({**alert, "text": text})

    def close(self) -> None:
        """Send and write what waits."""
        if self._hook is not None:
            self._hook.close()
        self._log.close()

    def _not_delivered(self, text: str) -> None:
        self._log.write("alert", text, "warning")
