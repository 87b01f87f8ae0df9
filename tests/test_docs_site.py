"""The documentation builds without a warning, and a browser finds nothing missing in it."""

import functools
import http.server
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import threading
import typing
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from formula_pages import CONSTRUCTS, page, tags, without
from site_pages import LOADED, LOOK, broken_links, pages, unrendered

import trax_activations as ta
from trax_activations import _spec, registry

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    pytest.importorskip("mkdocs", reason="the documentation needs: pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    assert build.returncode == 0, build.stdout
    return folder


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # A page asks for many files at once; 5 may wait by default.


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def serve():
    """A function that serves a folder, and returns its address."""
    servers = []

    def start(folder):
        handler = functools.partial(_Quiet, directory=folder)
        server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(site, serve):
    """Where the site is served."""
    return serve(site)


def _until(browser, condition):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 20, 0.05).until(condition)


def look(browser, url):
    """Opens a page: what its menu links to, and what is wrong with it."""
    browser.get_log("browser")
    browser.get(url)
    _until(browser, lambda _: browser.execute_script(LOADED, url))
    found = browser.execute_script(LOOK)
    wrong = {key: found[key] for key in ("pictures", "drawings", "formulas", "elsewhere")}
    wrong["console"] = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    wrong["title"] = [] if found["title"].strip() else ["no title"]
    return found["menu"], {key: value for key, value in wrong.items() if value}


@pytest.fixture
def nothing_to_search(site):
    """Each page indexes the whole site for its search, which takes most of the time to open it."""
    index = site / "search" / "search_index.json"
    whole = index.read_text()
    index.write_text(json.dumps(json.loads(whole) | {"docs": []}))
    yield
    index.write_text(whole)


@pytest.mark.usefixtures("nothing_to_search")
def test_every_page_of_the_menu_is_whole(browser, site, address):
    wrong, seen, waiting = {}, set(), ["/"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        menu, problems = look(browser, urljoin(address, page))
        if problems:
            wrong[page] = problems
        found = {urlsplit(link).path for link in menu}
        waiting += found - seen - set(waiting)
    assert not wrong
    assert seen == pages(site)


def test_what_is_broken_is_found(browser, serve, tmp_path):
    """The test above can fail."""
    (tmp_path / "index.html").write_text(
        "<h1> </h1><img src='gone.png'><a href='nowhere/'>nowhere</a><p>$$x^2$$</p>"
        "<span class='arithmatex'>\\(x^2\\)</span><svg role='img' aria-label='empty'></svg>"
        "<script src='http://localhost:1/script.js'></script><script>throw Error('oh')</script>"
    )
    _, wrong = look(browser, serve(tmp_path))
    assert set(wrong) == {"pictures", "drawings", "formulas", "elsewhere", "console", "title"}
    assert broken_links(tmp_path) == ["/ -> gone.png", "/ -> nowhere/"]
    assert unrendered(tmp_path) == ["/: $$"]


def test_links_lead_somewhere_and_formulas_are_rendered(site):
    assert not broken_links(site)
    assert not unrendered(site)


def test_the_gallery_has_every_activation(site):
    overview = (site / "gallery" / "index.html").read_text()
    for spec in registry.specs():
        assert f'href="{spec.name}/"' in overview
        page = (site / "gallery" / spec.name / "index.html").read_text()
        for known in (spec.layer_name, "Kept for the backward pass", "<math", "ta-panel"):
            assert known in page
        source = page.partition("<td>Source</td>")[2].partition("</tr>")[0]
        assert re.search(r"\((19|20)\d\d\)", source), spec.name


def test_the_api_has_every_public_name(site):
    for room in sorted(ta._submodules() - {"checkpoints", "cli", "functional", "layers"}):
        page = (site / "api" / room / "index.html").read_text()
        module = getattr(ta, room)
        if hasattr(module, "__all__"):  # Constants are told of where they are used.
            members = {name: getattr(module, name) for name in module.__all__}
            public = [n for n, m in members.items() if inspect.isclass(m) or inspect.isroutine(m)]
        else:  # It is reached by its modules.
            public = [each.name for each in pkgutil.iter_modules(module.__path__)]
        for name in public:
            assert f'id="trax_activations.{room}.{name}"' in page, f"{room}.{name}"
    page = (site / "api" / "layers" / "index.html").read_text()
    for name in ta.layers.__all__:
        aliases = [alias for spec in registry.specs() for alias in spec.layer_aliases]
        assert name in aliases or name in page


def test_the_gallery_is_filtered(browser, address):
    browser.get(urljoin(address, "gallery/"))
    box = browser.find_element("id", "ta-filter")
    cards = "return [...document.querySelectorAll('.ta-card')].filter(c => c.checkVisibility())"
    assert len(browser.execute_script(cards)) == len(registry.names())
    box.send_keys("prelu learned")
    shown = [card.text.partition("\n")[0] for card in browser.execute_script(cards)]
    assert "ParametricRelu" in shown
    assert "RandomizedRelu" not in shown
    headings = "return [...document.querySelectorAll('h2')].filter(h => h.checkVisibility()).length"
    assert browser.execute_script(headings) < 3


def test_the_gallery_is_filtered_by_what_an_activation_is(browser, address):
    browser.get(urljoin(address, "gallery/"))
    shown = """return [...document.querySelectorAll('.ta-card')]
        .filter(c => c.checkVisibility()).map(c => new URL(c.href).pathname.split('/').at(-2))"""

    def press(kind, word):
        browser.find_element("css selector", f"[data-{kind}='{word}'].ta-chip").click()
        return set(browser.execute_script(shown))

    specs = registry.specs()
    for group in typing.get_args(_spec.Group):
        assert (
            press("group", group) == {spec.name for spec in specs if spec.group == group} != set()
        )
    assert press("group", "periodic") == set(registry.names())  # Pressed again, it lets go.
    assert press("trait", "random") == {spec.name for spec in specs if spec.random}
    assert press("group", "learned") == {s.name for s in specs if s.random and s.group == "learned"}


def test_the_search_knows_other_names(browser, address):
    browser.get(urljoin(address, "?q=prelu"))
    first = _until(browser, lambda b: b.find_elements("css selector", ".md-search-result__item a"))[
        0
    ]
    assert first.get_attribute("href").startswith(urljoin(address, "gallery/parametric_relu/"))


def test_the_sign_of_every_construct_is_drawn(browser, site):
    """A formula looks otherwise where its sign is taken out of the font."""

    def picture(formula, font):
        browser.get(page(formula, font))
        browser.execute_async_script("document.fonts.ready.then(arguments[0])")
        return browser.find_element("tag name", "p").screenshot_as_png

    shipped = (site / "assets" / "math.woff").read_bytes()
    for name, (formula, sign) in CONSTRUCTS.items():
        whole = picture(formula, shipped)
        assert picture(formula, shipped) == whole, name
        assert picture(*without(sign, formula, shipped)) != whole, name


def test_every_construct_of_a_formula_is_tried(site):
    tried = tags(formula for formula, _ in CONSTRUCTS.values())
    assert tags(path.read_text() for path in site.rglob("*.html")) <= tried


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_follow_the_system_s_colours(browser, address, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for page in ("", "gallery/", "gallery/parametric_relu/", "api/training/"):
            browser.get(urljoin(address, page))
            assert browser.execute_script("return document.scrollingElement.scrollWidth") == 360
        colour = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        background = sum(browser.execute_script(colour)[:3]) / 3
        assert (background < 60) if scheme == "dark" else (background > 240)
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
