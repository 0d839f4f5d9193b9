"""The first request, taken as the pattern of those that follow."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx2
from multidict import CIMultiDict
from yarl import URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A request that the SDK made, to be sent again with other bytes.

    The SDK parses the URL four times, copies its options three times and merges the headers anew for each request,
    and httpx2 asks for auth, redirects and cookies: together more than the sending itself.

    Attributes:
        request: It, without its body and without the cookies that servers have set: those may change.
        url: Its URL, parsed.
        headers: Its headers, but the body's length.
    """

    request: httpx2.Request
    url: URL = field(init=False)
    headers: CIMultiDict[str] = field(init=False)

    def __post_init__(self) -> None:
        headers = [pair for pair in self.request.headers.multi_items() if pair[0].lower() != "content-length"]
        object.__setattr__(self, "url", URL(str(self.request.url)))
        object.__setattr__(self, "headers", CIMultiDict(headers))

    @classmethod
    def of(cls, request: httpx2.Request, *, own_cookie: bool) -> Pattern:
        """Take a request as the pattern of further ones; its bytes are not kept.

        Args:
            request: It.
            own_cookie: Whether its cookie is a header of the backend's, and stays.
        """
        pattern = _Again(request, b"")
        if not own_cookie:
            pattern.headers.pop("Cookie", None)
        return cls(request=pattern)

    def filled(self, body: bytes, cookies: httpx2.Cookies) -> httpx2.Request:
        """Return the request with other bytes, and with the cookies of now."""
        request = _Again(self.request, body)
        if cookies:
            cookies.set_cookie_header(request)
        return request

    def headers_with(self, cookies: httpx2.Cookies) -> CIMultiDict[str]:
        """Return the headers, and with them the cookies of now."""
        if not cookies or "Cookie" in self.headers:
            return self.headers
        headers = self.headers.copy()
        if (cookie := self.filled(b"", cookies).headers.get("Cookie")) is not None:
            headers["Cookie"] = cookie
        return headers


class _Again(httpx2.Request):
    """A request that was made before, with other bytes."""

    def __init__(self, before: httpx2.Request, body: bytes) -> None:
        self.method, self.url, self.extensions = before.method, before.url, dict(before.extensions)
        self.headers = before.headers.copy()
        self.headers["Content-Length"] = str(len(body))
        self.stream = httpx2.ByteStream(body)
        self._content = body
