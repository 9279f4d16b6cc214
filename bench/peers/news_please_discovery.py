"""news-please crawls sites with its default configuration: sitemaps, or else recursively; no pauses.

PYTHON bench/peers/news_please_discovery.py HOMES FOLDER RESULT

HOMES is a JSON list of home pages; http_proxy in the environment leads to them. FOLDER is for its configuration and
files. RESULT gets the list of the URLs that it stored as articles.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import newsplease


def main(homes: str, folder: str, result: str) -> None:
    """Crawl, and collect what was stored."""
    base = Path(folder)
    shutil.rmtree(base / "data", ignore_errors=True)
    (base / "config").mkdir(parents=True, exist_ok=True)
    defaults = (Path(newsplease.__file__).parent / "config" / "config.cfg").read_text("utf-8")
    text = re.sub(r"(?m)^working_path = .*$", f"working_path = {base}/", defaults)
    text = re.sub(r"(?m)^number_of_parallel_crawlers = .*$", "number_of_parallel_crawlers = 2", text)
    text = re.sub(r"(?m)^LOG_LEVEL = .*$", "LOG_LEVEL = ERROR", text)
    (base / "config" / "config.cfg").write_text(text, "utf-8")
    sites = {"base_urls": [{"url": home} for home in json.loads(Path(homes).read_text())]}
    (base / "config" / "sitelist.hjson").write_text(json.dumps(sites))
    command = [sys.executable, "-m", "newsplease", "-c", f"{base}/config/"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stored = (json.loads(path.read_text("utf-8")) for path in (base / "data").rglob("*.json"))
    Path(result).write_text(json.dumps([one["url"] for one in stored if one.get("maintext")]))


if __name__ == "__main__":
    main(*sys.argv[1:])
