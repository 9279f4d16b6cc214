"""The generator of the sample edition: stories as data, a template for each era of markup, lists that lead to them.

python -m sample.build          rewrites newscrawl/sample/edition.warc, byte for byte the same
"""
