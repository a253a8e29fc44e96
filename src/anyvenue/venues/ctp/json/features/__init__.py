"""What the JSON door offers beyond CTP: cached queries, figures, alerts, strategies, pages."""

from anyvenue.venues.ctp.json.features.alerts import AlertTerms
from anyvenue.venues.ctp.json.features.clients import Client, Message
from anyvenue.venues.ctp.json.features.features import FEATURE_REQUESTS, Features, FeatureTerms
from anyvenue.venues.ctp.json.features.strategies import StrategyTerms

__all__ = [
    "FEATURE_REQUESTS",
    "AlertTerms",
    "Client",
    "FeatureTerms",
    "Features",
    "Message",
    "StrategyTerms",
]
