"""Stands between a client and a server, and is what a bad network is."""

import socket
import threading
from contextlib import suppress
from threading import Event


class Between:
    """Forwards a TCP port to a socket in the file system; can hang and be gone."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.flows = Event()
        self.flows.set()
        self.open_sockets: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.serve()

    def serve(self) -> None:
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
                self.open_sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Take everything, let nothing through: a frozen server, or packets that are dropped."""
        self.flows.clear()

    def go(self) -> None:
        """Be gone: what was open is closed, what comes is refused."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.open_sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.open_sockets.clear()

    def heal(self) -> None:
        """Be there again."""
        self.flows.set()
        if self.listener.fileno() < 0:
            self.listener = socket.create_server(("127.0.0.1", self.port))
            self.serve()
