"""The pages that the service serves beside its sockets."""

__all__ = ["page_of"]


def page_of(path: str) -> tuple[str, bytes] | None:
    """Return the content type and content of a page, None where there is none."""
    return None
