"""What is written about settings: the docs, the README, the file of `newscrawl init`."""

from __future__ import annotations

import re
from pathlib import Path

from newscrawl.configuration import OPTIONS, load_configuration
from newscrawl.configuration.documentation import make_table, make_template
from newscrawl.configuration.options import BY_KEY

ROOT = Path(__file__).parents[2]


def test_the_docs_have_the_table_of_all_settings() -> None:
    """To update it: newscrawl config --format markdown."""
    assert (ROOT / "docs/settings.md").read_text("utf-8").endswith(f"\n\n{make_table()}")
    assert f"\n\n{make_table(common_only=True)}\n" in (ROOT / "README.md").read_text("utf-8")


def test_every_setting_named_in_the_docs_exists() -> None:
    files = [ROOT / "README.md", ROOT / "crontab", *(ROOT / "docs").glob("*.md"), *(ROOT / "systemd").iterdir()]
    named = {name for file in files for name in re.findall("NEWSCRAWL_[A-Z_]*[A-Z]", file.read_text("utf-8"))}
    assert named - {option.name for option in OPTIONS} <= {"NEWSCRAWL_CONFIG", "NEWSCRAWL_TEST", "NEWSCRAWL_PORT"}
    assert len(named) > 15


def test_the_example_of_the_docs_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "newscrawl.toml").write_text(example, "utf-8")
    found = load_configuration(environ={}, folder=tmp_path)
    assert found["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"] == "10.20.0.0/16"
    assert (found["NEWSCRAWL_MAX_PAGE_BYTES"], found.scrapy["DOWNLOAD_DELAY"].value) == (32 * 2**20, 2)


def test_the_template_has_every_setting_commented_out_with_its_default(tmp_path: Path) -> None:
    template = make_template()
    assert max(map(len, template.splitlines())) <= 120
    file = tmp_path / "newscrawl.toml"
    file.write_text(template, "utf-8")
    untouched = load_configuration(environ={}, folder=tmp_path)
    assert {each.source for each in untouched.settings.values()} == {"default"}
    # Without the "# " before names, every value is its default.
    file.write_text(re.sub(r"^# (?=\w+ = )", "", template, flags=re.MULTILINE), "utf-8")
    complete = load_configuration(environ={}, folder=tmp_path)
    assert {each.source for each in complete.settings.values()} == {"newscrawl.toml"}
    assert complete.values == untouched.values == {option.name: option.default for option in OPTIONS}
    assert complete.scrapy["DOWNLOAD_DELAY"].value == 1.0


def test_every_default_is_valid_and_every_name_is_lower_case() -> None:
    for option in OPTIONS:
        assert option.kind.read(option.default) == option.default, option.key
        assert option.key == option.key.lower()
        assert option.help
    assert len(BY_KEY) == len(OPTIONS)
