"""Links and anchors of the documentation exist, also those that error texts and log lines name."""

import re
from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT, anchors, blocks, links, pages

TROUBLE = DOCS / "how-to" / "troubleshooting.md"
LOOK = re.compile(r'\blook ?= ?"([\w-]+)"')
NAMED_IN_CODE = re.compile(r"(docs/[\w/-]+\.md)(?:#([\w-]+))?")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{name(page)} points to {link}"
        assert not anchor or anchor in anchors(target), f"{name(page)} points to {link}"


def test_the_code_points_to_pages_and_anchors_that_exist() -> None:
    found = 0
    for path in sorted((ROOT / "src").rglob("*.py")):
        for page, anchor in NAMED_IN_CODE.findall(path.read_text()):
            target = ROOT / page
            assert target.is_file(), f"{name(path)} names {page}"
            assert not anchor or anchor in anchors(target), f"{name(path)} names {page}#{anchor}"
            found += 1
        for anchor in LOOK.findall(path.read_text()):
            assert anchor in anchors(TROUBLE), f"{name(path)} looks to {anchor}"
            found += 1
    assert found > 8


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    adr = {page for page in DOCS.rglob("*.md") if page.parent.name == "adr"}
    assert set(DOCS.rglob("*.md")) - adr <= reached


@pytest.mark.parametrize(
    ("page", "example", "shown"),
    [
        ("tutorial/your-first-strategy.md", "first_strategy.py", 7),
        ("how-to/migrate.md", "ported_bot.py", 2),
    ],
)
def test_a_page_shows_its_example_as_it_is(page: str, example: str, shown: int) -> None:
    program = (ROOT / "examples" / example).read_text()
    code = [block.text for block in blocks(DOCS / page) if block.language == "python"]
    assert len(code) >= shown
    for text in code:
        assert text in program, f"the example has not:\n{text}"


def test_python_on_a_page_at_least_compiles() -> None:
    for page in pages():
        for block in blocks(page):
            if block.language == "python":
                compile(block.text, name(page), "exec")


def test_sections_of_numbers_in_the_picture_stay_small() -> None:
    assert (DOCS / "demo.svg").stat().st_size < 200_000


def test_the_contents_of_troubleshooting_name_every_section() -> None:
    text = TROUBLE.read_text()
    assert re.findall(r"^- \[(.+?)\]", text, re.MULTILINE) == re.findall(
        r"^## (.+)$", text, re.MULTILINE
    )
