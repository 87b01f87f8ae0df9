"""The HTML report in a browser: no network, sorted columns, the curves that are chosen."""

import re

import numpy as np
import pytest

from trax_activations.experiments import Outcome, Report, figures

LABELS = ["Relu", *(f"Other{i}" for i in range(14))]


@pytest.fixture(scope="module")
def report():
    """Of fifteen activations, more than are shown at first."""
    rng = np.random.default_rng(0)
    outcomes = []
    for place, label in enumerate(LABELS):
        for seed in range(2):
            ends = 0.9 - 0.01 * place + rng.normal(0, 1e-3)
            curve = {"accuracy": [(1, 0.1), (50, 0.5), (100, ends)]}
            cost = {"seconds": 10.0 + place, "n_weights": 900 + 100 * place}
            outcomes.append(Outcome(label, seed, layers=(label,), held_out=curve, **cost))
    return Report(outcomes, "Relu", "accuracy", {"config": "digits.gin"})


@pytest.fixture(scope="module")
def page(report, browser, tmp_path_factory):
    """The page, open."""
    folder = tmp_path_factory.mktemp("report")
    report.write(folder)
    browser.get_log("browser")
    browser.get((folder / "report.html").as_uri())
    return browser


SEEN = """
return [...document.querySelectorAll("[data-part]")].filter(x => x.getBoundingClientRect().width)
  .map(x => +x.dataset.part)"""


def test_it_asks_for_no_other_file(page):
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []
    pictures = "return [...document.images].map(image => image.naturalWidth > 0)"
    assert page.execute_script(pictures) == [True]


def column(page, table, number):
    script = """return [...document.querySelectorAll("table")[arguments[0]].tBodies[0].rows]
      .map(row => row.cells[arguments[1]].textContent)"""
    return page.execute_script(script, table, number)


def click(page, table, number):
    script = 'document.querySelectorAll("table")[arguments[0]].querySelectorAll("th button")'
    page.execute_script(f"{script}[arguments[1]].click()", table, number)


def test_columns_are_sorted_by_numbers_and_names(page):
    assert column(page, 0, 0) == LABELS
    click(page, 0, 1)
    assert column(page, 0, 0) == LABELS[::-1]
    click(page, 0, 0)
    assert column(page, 0, 0) == sorted(LABELS)
    click(page, 0, 0)
    assert column(page, 0, 0) == sorted(LABELS)[::-1]
    differences = column(page, 0, 2)
    click(page, 0, 2)
    numbers = [float(x.replace("\N{MINUS SIGN}", "-").split()[0]) for x in differences if x]
    found = column(page, 0, 2)
    assert found[-1] == ""  # The baseline's.
    assert [x.split()[0].replace("\N{MINUS SIGN}", "-") for x in found[:-1]] == [
        f"{number:+.4f}" for number in sorted(numbers)
    ]
    click(page, 2, 5)  # Weights of the costs, with a comma.
    click(page, 2, 5)
    assert column(page, 2, 5)[:2] == ["2,300", "2,200"]
    state = "return document.querySelectorAll('th[aria-sort=descending]').length"
    assert page.execute_script(state) == 1


def test_the_curves_that_are_chosen_are_shown(page):
    assert set(page.execute_script(SEEN)) == set(range(13))  # The baseline and the best twelve.
    press = "document.querySelector(arguments[0]).click()"
    page.execute_script(press, "figure.choice .none")
    assert page.execute_script(SEEN) == []
    boxes = 'document.querySelectorAll("figure.choice input")'
    names = page.execute_script(f"return [...{boxes}].map(x => x.parentNode.textContent)")
    assert names == ["Relu (baseline)", *LABELS[1:]]
    for place in (3, 14):
        page.execute_script(f"{boxes}[{place}].click()")
    assert set(page.execute_script(SEEN)) == {3, 14}
    page.execute_script(press, "figure.choice .all")
    assert set(page.execute_script(SEEN)) == set(range(15))


def test_lines_are_told_apart_without_colours(report):
    choice = figures.chosen_curves(report.finished, report.rows, ["accuracy"])
    assert len({(mark.dashes, mark.marker, mark.width) for mark in choice.marks}) == 15
    drawn = [line for line in choice.figure.axes[1].lines if line.get_gid()]
    assert len({(line.get_marker(), str(line._dash_pattern)) for line in drawn}) == 15
    markers = {line.get_marker() for line in figures.endings(report.rows, "accuracy").axes[0].lines}
    assert {"D", "v", "|"} <= markers  # The baseline, what is worse, a run.


def test_the_page_is_whole_without_a_browser(report, tmp_path):
    _, _, page = report.write(tmp_path)
    text = page.read_text()
    assert not re.search(r"(?:src|href)=[\"']?(?!data:|#|\"?$)\w", text)
    assert text.count("<svg role=") == text.count('class="choice"') == 1
    assert set(re.findall(r'data-part="(\d+)"', text)) >= {"0", "14"}
