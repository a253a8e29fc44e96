"""Reconciliation: local books and a venue's snapshot make the events that bring the books to the venue's truth.

See `reconciling.reconcile`.
"""

from anyvenue.oms.reconcile.checking import check_snapshot
from anyvenue.oms.reconcile.reconciling import reconcile
from anyvenue.oms.reconcile.records import Correction, Note

__all__ = ["Correction", "Note", "check_snapshot", "reconcile"]
