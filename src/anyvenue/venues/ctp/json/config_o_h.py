"""The YAML configurations of openctp/webctp and homalos-webctp, and the latter's environment variables."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["WebctpConfig", "read_config"]


class WebctpConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What such a file says, under our names; `rest` are its sections by their own, such as ``Redis.Enabled``.

    `host` "" says nothing: both projects would listen on every address then.
    """

    td_front: str = ""
    md_front: str = ""
    broker_id: str = ""
    auth_code: str = ""
    app_id: str = ""
    host: str = ""
    port: int = 8080
    log_level: str = "INFO"
    flow_folder: str = "./con_file/"
    token: str = ""
    heartbeat_s: float = 30.0
    heartbeat_timeout_s: float = 60.0
    rest: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"WebctpConfig(td={self.td_front!r}, md={self.md_front!r}, host={self.host!r}, port={self.port})"


_KEYS = {
    "TdFrontAddress": "td_front",
    "MdFrontAddress": "md_front",
    "BrokerID": "broker_id",
    "AuthCode": "auth_code",
    "AppID": "app_id",
    "Host": "host",
    "Port": "port",
    "LogLevel": "log_level",
    "ConFilePath": "flow_folder",
    "Token": "token",
    "HeartbeatInterval": "heartbeat_s",
    "HeartbeatTimeout": "heartbeat_timeout_s",
}
_ENVIRON = {
    "WEBCTP_TD_ADDRESS": "TdFrontAddress",
    "WEBCTP_MD_ADDRESS": "MdFrontAddress",
    "WEBCTP_BROKER_ID": "BrokerID",
    "WEBCTP_AUTH_CODE": "AuthCode",
    "WEBCTP_APP_ID": "AppID",
    "WEBCTP_HOST": "Host",
    "WEBCTP_TOKEN": "Token",
    "WEBCTP_HEARTBEAT_INTERVAL": "HeartbeatInterval",
    "WEBCTP_HEARTBEAT_TIMEOUT": "HeartbeatTimeout",
    "WEBCTP_REDIS_ENABLED": "Redis.Enabled",
    "WEBCTP_REDIS_HOST": "Redis.Host",
    "WEBCTP_REDIS_PORT": "Redis.Port",
    "WEBCTP_REDIS_PASSWORD": "Redis.Password",
    "WEBCTP_REDIS_DB": "Redis.DB",
    "WEBCTP_METRICS_ENABLED": "Metrics.Enabled",
    "WEBCTP_METRICS_INTERVAL": "Metrics.ReportInterval",
    "WEBCTP_METRICS_LATENCY_WARNING_THRESHOLD": "Metrics.LatencyWarningThresholdMs",
    "WEBCTP_METRICS_CACHE_HIT_RATE_WARNING_THRESHOLD": "Metrics.CacheHitRateWarningThreshold",
    "WEBCTP_METRICS_CPU_WARNING_THRESHOLD": "Metrics.CpuWarningThreshold",
    "WEBCTP_METRICS_MEMORY_WARNING_THRESHOLD": "Metrics.MemoryWarningThreshold",
    "WEBCTP_SYNC_API_CONNECT_TIMEOUT": "SyncApi.ConnectTimeout",
    "WEBCTP_SYNC_API_MAX_STRATEGIES": "SyncApi.MaxStrategies",
    "WEBCTP_SYNC_API_QUOTE_TIMEOUT": "SyncApi.QuoteTimeout",
    "WEBCTP_SYNC_API_POSITION_TIMEOUT": "SyncApi.PositionTimeout",
    "WEBCTP_SYNC_API_ORDER_TIMEOUT": "SyncApi.OrderTimeout",
    "WEBCTP_SYNC_API_QUOTE_UPDATE_TIMEOUT": "SyncApi.QuoteUpdateTimeout",
    "WEBCTP_SYNC_API_STOP_TIMEOUT": "SyncApi.StopTimeout",
    "WEBCTP_ALERT_ORDER_P95_THRESHOLD": "Alerts.Latency.OrderP95Threshold",
    "WEBCTP_ALERT_MARKET_P95_THRESHOLD": "Alerts.Latency.MarketP95Threshold",
    "WEBCTP_ALERT_REDIS_HIT_RATE_THRESHOLD": "Alerts.Redis.HitRateThreshold",
    "WEBCTP_ALERT_CPU_THRESHOLD": "Alerts.System.CPUThreshold",
    "WEBCTP_ALERT_MEMORY_THRESHOLD": "Alerts.System.MemoryThreshold",
    "WEBCTP_ALERT_MIN_INTERVAL": "Alerts.RateLimit.MinInterval",
}
_ALERTS = "alerts.yaml"


def read_config(path: Path | None, environ: Mapping[str, str]) -> WebctpConfig:
    """Return what a YAML file and the environment say; the environment is above the file; raise ConfigError.

    ``alerts.yaml`` beside the file is read, too. Values are taken as they are written: an AuthCode of zeros stays one.
    """
    flat: dict[str, str] = {}
    if path is not None:
        flat = _flattened(path)
        alerts = path.with_name(_ALERTS)
        if alerts.is_file():
            flat = {**_flattened(alerts), **flat}
    for variable, key in _ENVIRON.items():
        if environ.get(variable):
            flat[key] = environ[variable]
    known: dict[str, object] = {
        name: flat.pop(key).strip() for key, name in _KEYS.items() if key in flat
    }
    where = str(path) if path is not None else "the environment"
    try:
        return msgspec.convert({**known, "rest": flat}, type=WebctpConfig, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{where}: {error}", code="config.webctp_file", file=where, reason=str(error)
        ) from None


def _flattened(path: Path) -> dict[str, str]:
    try:
        yaml = import_module("yaml")
    except ImportError:
        raise ConfigError(
            "PyYAML is not installed; pip install 'anyvenue[service]'",
            code="config.extra_missing",
            package="PyYAML",
            extra="service",
        ) from None
    try:
        # Its loader that leaves everything text: 0000000000000000 is a code, and no number.
        document: object = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(getattr(error, "strerror", None) or error)) from None
    except yaml.YAMLError as error:
        raise _unreadable(path, " ".join(str(error).split())) from None
    if document in (None, ""):
        return {}
    if not isinstance(document, dict):
        raise _unreadable(path, "keys and values are expected, as TdFrontAddress: tcp://...")
    return dict(_leaves(document, ""))


def _leaves(tree: Mapping[object, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            found.append((f"{prefix}{key}", value))
    return found


def _unreadable(path: Path, reason: str) -> ConfigError:
    return ConfigError(
        f"cannot read {path}: {reason}",
        code="config.webctp_file",
        file=str(path),
        reason=reason,
    )
