"""Fuzzes a target, guided by coverage: python -m tests.fuzz.fuzz extraction|lists [--seconds 1200] [--corpus FOLDER]

It needs atheris (pip install atheris). The corpus grows in FOLDER, so that the next run continues where this one ended.
An input that fails is written to FOLDER/found-*: once the fault is corrected, keep it in tests/fuzz/inputs/TARGET/,
where test_inputs.py reads it in every run of the tests. The exit code is that of libFuzzer: 0 if nothing was found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

_DICTIONARY = (
    *("<html>", "<body>", "<article>", "<h1>", "</h1>", "<p>", "</p>", "<br>", "<time datetime=", "<meta property="),
    *("og:title", "article:published_time", "<script type=\"application/ld+json\">", "\"@type\":\"NewsArticle\""),
    *("\"headline\":", "\"datePublished\":", "\"author\":", "charset=", "utf-16", "&#55357;&#56832;", "&nbsp;", "<!--"),
    *("<![CDATA[", "]]>", "<!DOCTYPE", "<!ENTITY", "<rss>", "<item>", "<link>", "<guid isPermaLink=", "<pubDate>"),
    *("<feed xmlns=", "<entry>", "<urlset>", "<url>", "<loc>", "<lastmod>", "https://harbour.example/", "2026-05-06"),
    *("---\n", "By ", "title: ", "## ", "](", "To contact the reporter", "(Bloomberg) -- ", "\xa0", "\u2028"),
)  # fmt: skip
"""Tokens that libFuzzer puts into inputs."""


def main() -> None:
    """Fuzz until the time is up, or something is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=("extraction", "lists"))
    parser.add_argument("--seconds", type=int, default=1200)
    parser.add_argument("--corpus", type=Path, help="default: a new folder")
    orders = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.exit("fuzzing needs atheris: pip install atheris")
    with atheris.instrument_imports(include=["newscrawl"]):
        from tests.fuzz import targets

    folder = orders.corpus or Path(tempfile.mkdtemp(prefix="newscrawl-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = folder / "seeds"
    seeds.mkdir(exist_ok=True)
    for number, seed in enumerate(targets.make_seeds(orders.target)):
        (seeds / f"{number:04}").write_bytes(seed)
    dictionary = folder / "dictionary"
    dictionary.write_text("".join(f'"{_escape(token)}"\n' for token in _DICTIONARY), encoding="ascii")
    options = [
        *(f"-max_total_time={orders.seconds}", "-max_len=65536", "-timeout=60", "-rss_limit_mb=2048", "-len_control=0"),
        *(f"-dict={dictionary}", f"-artifact_prefix={folder}/found-", "-print_final_stats=1", "-verbosity=1"),
        *(str(corpus), str(seeds), str(Path(__file__).parent / "inputs" / orders.target)),
    ]
    sys.stderr.write(f"corpus and found inputs: {folder}\n")
    atheris.Setup([sys.argv[0], *options], targets.TARGETS[orders.target])
    atheris.Fuzz()


def _escape(token: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token.encode())


if __name__ == "__main__":
    main()
