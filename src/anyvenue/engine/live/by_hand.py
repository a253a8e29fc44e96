"""What people do to a running node, from whatever face: it is on the tape like everything else that it is told."""

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.tape_entries import Killed, Released
from anyvenue.oms.risk import NODE, Scope

__all__ = ["kill", "release"]


def kill(node: LiveNode, reason: str) -> None:
    """Ask every order back and refuse all others until `release`; a second kill asks back what still works."""
    kernel = node.node.kernel
    kernel.now = max(kernel.now, node.now())
    node.put(Killed(kernel.now, reason))
    node.node.desk.kill(reason)
    node.node.desk.cancel_all()


def release(
    node: LiveNode, scope: Scope = NODE, *, rule: str | None = None, reason: str = ""
) -> bool:
    """End the halts of a scope, or that of one rule; return False when there was none."""
    kernel = node.node.kernel
    kernel.now = max(kernel.now, node.now())
    node.put(Released(kernel.now, scope.kind, scope.name, rule, reason))
    return node.node.desk.watch.release(scope, rule=rule, reason=reason)
