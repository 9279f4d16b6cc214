"""The add-on that brings newscrawl into any Scrapy project: ADDONS = {"newscrawl.Addon": 500}. See docs/embed.md."""

from __future__ import annotations

from collections.abc import Mapping

from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings, Settings
from scrapy.utils.misc import load_object

from newscrawl.configuration import check_settings, load_configuration

_COMPONENTS: Mapping[str, Mapping[str, int]] = {
    "EXTENSIONS": {
        "newscrawl.crawl.run_recorder.RunRecorder": 0,
        "newscrawl.crawl.warc_recorder.WarcRecorder": 0,
        "newscrawl.crawl.exit_code.ExitCodeReporter": 10,
    },
    "DOWNLOADER_MIDDLEWARES": {"newscrawl.crawl.warc_recorder.RecordResponses": 610},  # before decompression
    # Before the pipelines of the project, which get articles: `scrapy startproject` begins with 300.
    "ITEM_PIPELINES": {"newscrawl.pipelines.ExtractPipeline": 100, "newscrawl.pipelines.StorePipeline": 101},
}
_ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

_ENVIRONMENT_PRIORITY = 25
"""Between settings.py (20) and a spider's custom_settings (30)."""


class Addon:
    """Extracts the articles of the pages that a spider yields, and keeps them in an archive.

    Whatever the project sets itself stays: other orders of our components, None for those that it does without, and
    values of the settings NEWSCRAWL_*.
    """

    def update_settings(self, settings: Settings) -> None:
        """Raises NotConfigured where newscrawl cannot work, ConfigurationError for an invalid or misspelled setting."""
        reactor = settings["TWISTED_REACTOR"]
        if settings.getbool("TWISTED_REACTOR_ENABLED", True) and reactor not in (None, _ASYNCIO_REACTOR):
            raise NotConfigured(f"TWISTED_REACTOR is {reactor}, and newscrawl needs {_ASYNCIO_REACTOR}")
        _set_defaults(settings)
        for name, components in _COMPONENTS.items():
            for path, order in components.items():
                settings.setdefault_in_component_priority_dict(name, load_object(path), order)


def _set_defaults(settings: BaseSettings) -> None:
    """Set NEWSCRAWL_*: the environment is stronger than the project's settings, newscrawl.toml is weaker.

    Raises ConfigurationError.
    """
    configuration = load_configuration()
    settings.setdict(configuration.values, "addon")
    given = {name: settings[name] for name in settings if name.startswith("NEWSCRAWL_")}
    for name, value in check_settings(given, "settings").items():
        settings.set(name, value, settings.getpriority(name) or 0)
    settings.setdict(configuration.list_values("environment", ".env"), _ENVIRONMENT_PRIORITY)
