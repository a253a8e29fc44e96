"""Where a live node's lines and alerts go, and that no secret goes with them."""

import json
from pathlib import Path

import pytest

from anyvenue.app.config import Config, LogConfig, NodeConfig
from anyvenue.app.outlets import Outlets
from anyvenue.app.secrets import Secret
from anyvenue.app.settings import Settings
from anyvenue.model.errors import ConfigError


def settings(folder: Path, **node: object) -> Settings:
    log = LogConfig(file="log/node.log", json=True)
    config = Config(node=NodeConfig(log=log, **node))  # type: ignore[arg-type]
    return Settings(config=config, path=folder / "anyvenue.toml")


def logged(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log/node.log").read_text("utf-8").splitlines()]


def test_lines_and_alerts_stand_in_the_log_by_their_weight(tmp_path: Path) -> None:
    outlets = Outlets(settings(tmp_path), {}, to_stderr=False)
    outlets.line("grid", "laid out")
    outlets.line("risk", "the node is halted")
    outlets.line("grid", "faulted: ValueError")
    outlets.alert({"event": "venue_lost", "level": "error", "text": "paper is degraded"})
    outlets.close()
    found = [(each["source"], each["level"]) for each in logged(tmp_path)]
    assert found == [("grid", "info"), ("risk", "warning"), ("grid", "error"), ("alert", "error")]


def test_a_revealed_secret_is_struck_out_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    hook = "http://127.0.0.1:9/T0KEN-of-the-hook"
    monkeypatch.setattr(
        "anyvenue.runtime.webhooks._post", lambda url, body: sent.append(body.decode())
    )
    chosen = settings(tmp_path, webhook=Secret(env="HOOK"))
    outlets = Outlets(chosen, {"HOOK": hook}, to_stderr=False)
    text = f"posted to {hook}"
    outlets.line("venue", text)
    outlets.alert({"event": "x", "level": "info", "text": text})
    outlets.close()
    assert len(sent) == 1
    assert hook not in sent[0] + (tmp_path / "log/node.log").read_text("utf-8")


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be written"):
        Outlets(settings(tmp_path), {}, to_stderr=False)
