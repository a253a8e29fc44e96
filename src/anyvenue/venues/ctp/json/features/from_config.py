"""The features' terms in a configuration of homalos-webctp."""

from collections.abc import Mapping

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.json.config_o_h import WebctpConfig
from anyvenue.venues.ctp.json.features.alerts import AlertTerms
from anyvenue.venues.ctp.json.features.features import FeatureTerms
from anyvenue.venues.ctp.json.features.strategies import StrategyTerms

__all__ = ["terms_of"]

_OFF = ("", "0", "false", "no", "off")


def terms_of(config: WebctpConfig, webhook: str = "") -> FeatureTerms:
    """Return the terms; raise ConfigError for a number that is none. What a file leaves out has the default."""
    rest, usual, alerts = config.rest, FeatureTerms(), AlertTerms()

    def number(key: str, default: float) -> float:
        return _number(rest, key, default)

    # A file has these thresholds in either of two sections; that of the alerts is the closer one.
    order = number("Metrics.LatencyWarningThresholdMs", alerts.order_p95_ms)
    market = number("Metrics.LatencyWarningThresholdMs", alerts.market_p95_ms)
    cpu = number("Metrics.CpuWarningThreshold", alerts.cpu_percent)
    memory = number("Metrics.MemoryWarningThreshold", alerts.memory_percent)
    hit_rate = number("Metrics.CacheHitRateWarningThreshold", 100 * alerts.cache_hit_rate) / 100

    # Elsewhere "false" in the environment means true; here it means what it says.
    measured = rest.get("Metrics.Enabled", "true").strip().lower() not in _OFF
    report = number("Metrics.ReportInterval", usual.report_interval_s) if measured else 0.0
    return FeatureTerms(
        cache_longest_s=number("Redis.MarketSnapshotTTL", usual.cache_longest_s),
        report_interval_s=report,
        webhook=webhook,
        alerts=AlertTerms(
            order_p95_ms=number("Alerts.Latency.OrderP95Threshold", order),
            market_p95_ms=number("Alerts.Latency.MarketP95Threshold", market),
            cache_hit_rate=number("Alerts.Redis.HitRateThreshold", hit_rate),
            cpu_percent=number("Alerts.System.CPUThreshold", cpu),
            memory_percent=number("Alerts.System.MemoryThreshold", memory),
            min_interval_s=number("Alerts.RateLimit.MinInterval", alerts.min_interval_s),
        ),
        strategies=StrategyTerms(
            most=int(number("Strategy.MaxStrategies", usual.strategies.most)),
        ),
    )


def _number(rest: Mapping[str, str], key: str, default: float) -> float:
    text = rest.get(key, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigError(
            f"{key} was {text!r}; a number of 0 or more is expected",
            code="config.webctp_number",
            key=key,
            value=text,
        )
    return value
