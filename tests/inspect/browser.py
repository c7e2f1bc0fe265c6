"""A real browser without a window, driven by its own debugging protocol over a socket."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

BROWSER = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
SECONDS = 60


class Browser:
    """One page of a browser; `errors` holds what its scripts threw or wrote to the console.

    Args:
        folder: Empty, for what the browser keeps.
        size: Width and height of the page.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 1600)) -> None:
        assert BROWSER
        self.folder, self.errors, self.requests, self.number = folder, [], [], 0
        window = f"--window-size={size[0]},{size[1]}"
        command = [BROWSER, *OPTIONS, window, f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        port = self._wait_for(folder / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(one for one in json.load(answer) if one["type"] == "page")
        self.socket = self._connect(page["webSocketDebuggerUrl"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(SECONDS)

    def open(self, path: Path) -> None:
        """Opens a file and waits until it is loaded."""
        self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + SECONDS
        while self.run("document.readyState") != "complete":
            assert time.monotonic() < until
            time.sleep(0.05)

    def run(self, expression: str) -> Any:
        """Evaluates an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Moves the mouse or presses its button: mouseMoved, mousePressed, mouseReleased."""
        button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def click(self, x: float, y: float) -> None:
        """Clicks at a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.mouse(kind, x, y)

    def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        """Writes a PNG file of the window, or of the whole page."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Calls a method of the protocol; what happens in the meantime is kept."""
        self.number += 1
        self._send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._receive())
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._keep(answer)

    def _keep(self, event: dict[str, Any]) -> None:
        told, method = event.get("params", {}), event.get("method")
        if method == "Runtime.exceptionThrown":
            self.errors.append(told["exceptionDetails"])
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(told["entry"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def _wait_for(self, path: Path) -> str:
        until = time.monotonic() + SECONDS
        while not (path.exists() and path.read_text()):
            assert self.process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        return path.read_text().split()[0]

    def _connect(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        made = socket.create_connection((parts.hostname or "", parts.port or 0), SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        made.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += made.recv(1)
        assert b" 101 " in head
        return made

    def _send(self, text: str) -> None:
        """Sends a text frame, masked as RFC 6455 asks of a client; the mask 0 changes nothing."""
        load = text.encode()
        size = len(load)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        self.socket.sendall(head + bytes(4) + load)

    def _receive(self) -> bytes:
        load, last = b"", False
        while not last:
            first, size = self._exactly(2)
            last, size = bool(first & 0x80), size & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._exactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._exactly(8))
            load += self._exactly(size)
        return load

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            assert part, "the browser closed the connection"
            parts += part
        return bytes(parts)
