"""What MkDocs calls while it builds the site."""

import re
from pathlib import Path
from typing import Any

import api_pages
import commands
import formulas
import gallery
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

_CARDS = re.compile(r"\[\[gallery: ([\w ]+)\]\]")
_FONT = "assets/math.woff"

_pages_with_formulas: list[str] = []


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Puts the pages that are made here into the menu."""
    _pages_with_formulas.clear()
    made = {"gallery/": gallery.menu, "api/": api_pages.menu}
    for entry in config.nav or []:
        for title, place in entry.items():
            if isinstance(place, str) and place in made:
                entry[title] = made[place]()
            elif title == "Measured":
                entry[title] = [*place, *_unlisted(config)]
    return config


def _unlisted(config: MkDocsConfig) -> list[str]:
    """Pages that the configuration does not name: they come last of those written by hand."""
    named = yaml.dump(config.nav)
    found = sorted(path.name for path in Path(config.docs_dir).glob("*.md"))
    return [page for page in found if page not in named]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made from the registry and the package."""
    pages = {**api_pages.pages(), **gallery.pages()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Fills in what pages leave open: ``[[gallery: name name]]``, ``[[api]]``, ``[[commands]]``."""
    folder = get_relative_url("gallery/", page.url)
    filled = _CARDS.sub(lambda found: gallery.cards(found[1].split(), folder), markdown)
    for mark, made in (("[[api]]", api_pages.table), ("[[commands]]", commands.sections)):
        filled = filled.replace(mark, made()) if mark in filled else filled
    return filled


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Renders the formulas of a page."""
    rendered = formulas.render(html)
    _pages_with_formulas.append(rendered)
    return rendered


def on_post_build(config: MkDocsConfig) -> None:
    """Adds the font for the formulas that there are."""
    needed = formulas.characters(_pages_with_formulas)
    formulas.write_font(needed, Path(config.site_dir) / _FONT)
