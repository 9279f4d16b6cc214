"""`scrapy sites`."""

from __future__ import annotations

import argparse
from functools import partial

from newscrawl.cli import sites
from newscrawl.crawl.trial import crawl_trial, find_site_key
from newscrawl.project_command import ProgramCommand


class Command(ProgramCommand):
    """Runs newscrawl.cli.sites."""

    program = sites

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        trial = partial(crawl_trial, settings=self.project_settings)
        return sites.run(args, opts, self.project, find_site_key=find_site_key, crawl_trial=trial)
