"""Workers and worklets of a page: each is held when it starts, until it has been seen to."""

from __future__ import annotations

from helios.browser.protocol import Connection, Message
from helios.browser.serve import PATTERNS, CompositionServer

AUTO_ATTACH: Message = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": True,
    # What is held and not attached to would wait for ever.
    "filter": [{"type": "worker", "exclude": False}, {"type": "worklet", "exclude": False}],
}


class WorkerSessions:
    """Takes care of a page's dedicated workers and worklets, and of theirs; runs on the reader
    thread."""

    def __init__(
        self,
        connection: Connection,
        server: CompositionServer,
        worker_script: str,
    ) -> None:
        self._connection = connection
        self._server = server
        self._worker_script = worker_script
        self._sessions: set[str] = set()

    def attached(self, params: Message) -> None:
        """A worker or worklet began and waits."""
        session = str(params["sessionId"])
        if params["targetInfo"]["type"] == "worklet":  # the page gives it its modules (loads.js)
            self._connection.send("Runtime.runIfWaitingForDebugger", {}, session)
            return
        self._sessions.add(session)
        self._connection.listen(session, lambda m, p: self._listen(session, m, p))
        for method, values in (
            ("Fetch.enable", {"patterns": PATTERNS}),
            ("Target.setAutoAttach", AUTO_ATTACH),
            ("Runtime.evaluate", {"expression": self._worker_script}),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            self._connection.send(method, values, session)

    def detached(self, params: Message) -> None:
        """A worker ended."""
        session = str(params["sessionId"])
        self._sessions.discard(session)
        self._connection.listen(session, None)

    def close(self) -> None:
        """Stop listening to all of them."""
        for session in list(self._sessions):
            self._connection.listen(session, None)

    def _listen(self, session: str, method: str, params: Message) -> None:
        if method == "Target.attachedToTarget":
            self.attached(params)
        elif method == "Target.detachedFromTarget":
            self.detached(params)
        elif method == "Fetch.requestPaused":
            self._server.request(session, params)
