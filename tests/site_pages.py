"""Finds what is broken in a built site: links, anchors, formulas, and what a browser shows."""

import functools
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

_UNRENDERED = re.compile(
    r"\\[a-z]{2,}|\\[()\[\]]|\$\$|:math:|\.\. math::|\]\s*\[|:(?:class|func|mod):`"
)

# What a reader would see to be missing, and whether the page fetched something from elsewhere.
LOADED = "return document.URL == arguments[0] && document.readyState == 'complete'"
LOOK = """
const shown = (e) => e.checkVisibility && e.checkVisibility();
const fetched = performance.getEntriesByType("resource").map((entry) => entry.name);
return {
  title: document.querySelector("h1")?.textContent ?? "",
  menu: [...document.querySelectorAll("a.md-nav__link[href], .md-tabs__link")].map((a) => a.href),
  pictures: [...document.images].filter((i) => !(i.complete && i.naturalWidth)).map((i) => i.src),
  drawings: [...document.querySelectorAll("svg[role=img]")].filter((drawing) => {
    const lines = [...drawing.querySelectorAll("path:not(.ta-axis)")];
    return shown(drawing) && !lines.some((line) => line.getBBox().width);
  }).map((drawing) => drawing.getAttribute("aria-label")),
  formulas: [...document.querySelectorAll(".arithmatex, math")].filter((formula) =>
    shown(formula) && (formula.tagName != "math" || !formula.getBoundingClientRect().width)
  ).map((formula) => formula.textContent),
  elsewhere: fetched.filter((name) => !name.startsWith(location.origin)),
};
"""


class _Page(HTMLParser):
    """The links, names and text of a page; text that is code, or not shown, apart."""

    def __init__(self, text):
        super().__init__()
        self.links, self.names, self.text = [], set(), []
        self._hidden = 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self._hidden += tag in ("code", "script", "style")
        self.names.update(filter(None, (values.get("id"), values.get("name"))))
        self.links += filter(None, (values.get("href"), values.get("src")))

    def handle_endtag(self, tag):
        self._hidden -= tag in ("code", "script", "style")

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


@functools.cache
def _parsed(path):
    return _Page(path.read_text())


def pages(site):
    """The address of every page of a site, as '/gallery/relu/'."""
    found = (path.relative_to(site).as_posix() for path in site.rglob("index.html"))
    return {f"/{page.removesuffix('index.html')}" for page in found}


def broken_links(site):
    """Links of all pages that lead nowhere within the site, as 'page -> link'."""
    return [
        f"{page} -> {link}"
        for page in sorted(pages(site))
        for link in _parsed(_file(site, page)).links
        if not _leads_somewhere(site, page, link)
    ]


def unrendered(site):
    """What is left in the text of pages of LaTeX and reStructuredText, as 'page: text'."""
    return [
        f"{page}: {found[0]}"
        for page in sorted(pages(site))
        if (found := _UNRENDERED.search(" ".join(_parsed(_file(site, page)).text)))
    ]


def _file(site, address):
    path = site / unquote(address).lstrip("/")
    return path / "index.html" if address.endswith("/") else path


def _leads_somewhere(site, page, link):
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:  # Elsewhere.
        return True
    address, anchor = urldefrag(urljoin(page, link.partition("?")[0]))
    target = _file(site, address)
    if not target.is_file():  # A folder without a slash at its end would lead astray, too.
        return False
    return not anchor or target.suffix != ".html" or unquote(anchor) in _parsed(target).names
