"""`python -m newscrawl`."""

from newscrawl.console import main

if __name__ == "__main__":
    raise SystemExit(main())
