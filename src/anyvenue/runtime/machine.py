"""What can be said about the machine that a node runs on."""

from pathlib import Path

__all__ = ["machine_run"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def machine_run() -> str:
    """Return a name of the machine's run from one start of its system to the next, "" where there is none.

    What a process has written to a file is there for later processes of the same run, synced or not.
    """
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
