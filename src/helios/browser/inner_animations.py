"""Animations of what the browser itself builds: ``::details-content``, ``::placeholder``, sliders.

No script can ask for them, and none is told of them, but the protocol knows each: it is handed to
the page, which drives it as any other.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future

from helios.browser import stage
from helios.browser.protocol import Connection, Message
from helios.browser.serve import CompositionServer

FLAG = "hasInnerAnimations"
"""What ``flags_of`` says of code that speaks of them; other pages do not pay for it."""


class InnerAnimations:
    """Those of one tab, on the connection's reader thread."""

    def __init__(self, connection: Connection, session: str, server: CompositionServer) -> None:
        self._connection = connection
        self._session = session
        self._server = server
        self._begun: deque[str] = deque()

    def started(self, params: Message) -> None:
        """One has begun."""
        if FLAG in self._server.flags:
            self._begun.append(str(params["animation"]["id"]))

    def hand_over(self, _: object = None) -> None:
        """Give the page those that have begun, one after the other, and then tell it so."""
        if not self._begun:
            self._send("Runtime.evaluate", {"expression": stage.inner_adopted().text})
            return
        found = self._send("Animation.resolveAnimation", {"animationId": self._begun.popleft()})
        found.add_done_callback(self._resolved)

    def _resolved(self, found: Future[Message]) -> None:
        if found.exception() is not None:  # it is over
            self.hand_over()
            return
        handle = found.result()["remoteObject"]["objectId"]
        # The next one that is asked for takes this one's handle away.
        adopted = self._send(
            "Runtime.callFunctionOn",
            {"objectId": handle, "functionDeclaration": stage.ADOPT_ANIMATION},
        )
        adopted.add_done_callback(self.hand_over)

    def _send(self, method: str, params: Message) -> Future[Message]:
        return self._connection.send(method, params, self._session)
