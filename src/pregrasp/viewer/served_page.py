"""A page and its server as one thing that is opened and closed."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from pregrasp.viewer.opening import page_package
from pregrasp.viewer.powers import Powers

if TYPE_CHECKING:
    from pregrasp.viewer.page_server import Site


class ServedPage:
    """A site on this machine; a context manager that ends it.

    Args:
        site: What pages are told and may ask.
        port: To listen on; 0 takes any that is free.
        powers: What pages with the token may do.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """

    def __init__(self, site: Site, *, port: int, powers: Powers) -> None:
        with page_package():
            from pregrasp.viewer.page_server import PageServer

        self._server = PageServer(site, port=port, powers=powers)

    @property
    def address(self) -> str:
        """Where the page is; the token in it is for whoever started the command."""
        return self._server.address

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Tell pages the last state and end the server; what pages asked for has ended then."""
        self._server.close()
