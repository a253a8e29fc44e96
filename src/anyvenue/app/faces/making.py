"""From the configuration to the faces of a node. A further kind has a table of its own and its line in `make_faces`."""

from collections.abc import Mapping
from pathlib import Path

from anyvenue.app.faces.config import FacesConfig
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.service import Face

__all__ = ["make_faces"]


def make_faces(
    faces: FacesConfig, environ: Mapping[str, str], node: LiveNode, folder: Path | None
) -> list[Face]:
    """Return the faces of a node that has its accounts and its journal in `folder`; raise ConfigError or AccountError.

    What a kind needs is imported where that kind is configured.
    """
    found: list[Face] = []
    if faces.ctp is not None:
        from anyvenue.app.faces.ctp import CtpFace

        found.append(CtpFace(node, faces.ctp, faces.ctp.password.reveal(environ), folder))
    if faces.webctp is not None:
        from anyvenue.app.faces.webctp import WebctpFace

        terms = faces.webctp
        password = terms.password.reveal(environ)
        token = terms.token.reveal(environ) if terms.token is not None else ""
        found.append(WebctpFace(node, terms, password, token, folder))
    return found
