"""newscrawl.Addon in the settings of another project."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import load_object

from newscrawl import Addon
from newscrawl.crawl.exit_code import ExitCodeReporter
from newscrawl.crawl.run_recorder import RunRecorder
from newscrawl.crawl.warc_recorder import RecordResponses, WarcRecorder
from newscrawl.pipelines import ExtractPipeline, StorePipeline


class Later:
    """A pipeline of the project."""


def configure(**project: Any) -> Settings:
    settings = Settings(project, priority="project")
    Addon().update_settings(settings)
    return settings


def components(settings: Settings, name: str) -> list[Any]:
    return list(map(load_object, build_component_list(settings.get_component_priority_dict_with_base(name))))


def test_the_components_are_added_before_the_pipelines_of_the_project() -> None:
    settings = configure(ITEM_PIPELINES={Later: 300})
    assert components(settings, "ITEM_PIPELINES") == [ExtractPipeline, StorePipeline, Later]
    assert RecordResponses in components(settings, "DOWNLOADER_MIDDLEWARES")
    assert {RunRecorder, WarcRecorder, ExitCodeReporter} <= set(components(settings, "EXTENSIONS"))


def test_what_the_project_sets_itself_stays() -> None:
    ours = {"newscrawl.pipelines.ExtractPipeline": 700, StorePipeline: None}
    settings = configure(ITEM_PIPELINES={Later: 300, **ours}, NEWSCRAWL_EXTRACT_TIMEOUT=5, NEWSCRAWL_CLUSTERS=False)
    assert components(settings, "ITEM_PIPELINES") == [Later, ExtractPipeline]
    assert (settings["NEWSCRAWL_EXTRACT_TIMEOUT"], settings["NEWSCRAWL_CLUSTERS"]) == (5, False)
    assert settings["NEWSCRAWL_STORAGE"] is True
    assert settings["USER_AGENT"].startswith("Scrapy/")


def test_it_is_found_by_its_name_in_the_package() -> None:
    assert load_object("newscrawl.Addon") is Addon


def test_without_asyncio_it_says_so() -> None:
    with pytest.raises(NotConfigured, match=r"TWISTED_REACTOR is twisted.internet.selectreactor"):
        configure(TWISTED_REACTOR="twisted.internet.selectreactor.SelectReactor")
