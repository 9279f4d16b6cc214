"""Makes texts that are no news story: what else people keep in .txt and .md files."""

# ruff: noqa: E501 - the lines of the texts are as long as they are

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

_THINGS = ("kettle", "ferry", "harbour", "lamp", "orchard", "bridge", "lagoon", "sparrow", "toaster", "anchor")
_NAMES = ("Ada Venn", "Tomas Okafor", "Noor Haddad", "Lena Ruiz", "Bram Osei-Holt", "Odile Quist")


def _readme(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    return f"""# {thing.title()} Toolkit For Python Programs

[![build](https://ci.example/{thing}.svg)](https://ci.example/{thing})

A small library that reads {thing} files and writes them back without losing a byte of what was in them before.

## Installation

```
pip install {thing}-kit
```

## Usage

Open a file with `{thing}.open(path)`. The function returns an object that you can iterate over, one record at a time.

    >>> import {thing}
    >>> {thing}.open("a.dat").count()
    {r.randint(2, 90)}

Contributions are welcome. Please open an issue first to discuss what you would like to change in the next release.

## License

MIT
"""


def _changelog(r: random.Random) -> str:
    lines = [
        f"- Fix the {r.choice(_THINGS)} reader so that it no longer drops the last record of a file (#{r.randint(9, 900)})."
        for _ in range(12)
    ]
    return (
        "# Changelog\n\nAll notable changes to this project are documented in this file, newest first.\n\n## 2.1.0\n\n"
        + "\n".join(lines)
    )


def _code(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    body = "\n\n".join(
        f'def read_{thing}_{at}(path: str, limit: int = {at}) -> list[str]:\n    """Return the lines of a file, at most so many of them as the limit says."""\n'
        f"    with open(path) as file:\n        return [line.strip() for line in file][:limit]"
        for at in range(6)
    )
    return f"# Reads Files About Every {thing.title()} Known\nimport os\nimport sys\n\n{body}\n"


def _script(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    return "\n".join(
        (
            "Module for Moving All The Windows",
            "(function () {",
            *(
                f'  var {thing}{at} = document.getElementById("{thing}-{at}"); if ({thing}{at}) {{ {thing}{at}.style.display = "none"; }}'
                for at in range(9)
            ),
            "})();",
        )
    )


def _log(r: random.Random) -> str:
    return "Server Started With Default Settings\n" + "\n".join(
        f"2024-05-{r.randint(10, 28)} 10:{at:02}:31,{r.randint(100, 999)} INFO worker-{r.randint(1, 9)} the request for /{r.choice(_THINGS)} was answered with status 200 in {r.randint(2, 90)} ms."
        for at in range(40)
    )


def _mail(r: random.Random) -> str:
    one, other = r.sample(_NAMES, 2)
    return f"""From: {one} <{one.split()[0].lower()}@example.com>
To: {other} <{other.split()[0].lower()}@example.com>
Date: Mon, {r.randint(2, 27)} May 2024 10:12:00 +0100
Subject: Our Meeting About The {r.choice(_THINGS).title()} On Friday

Hi {other.split()[0]},

I read the draft that you sent me on Tuesday, and I think that the second part is still much too long for our readers.

Could we meet on Friday at ten to talk about it? I will bring the figures that you asked for, and something to eat.

Best,
{one.split()[0]}
"""


def _reply(r: random.Random) -> str:
    one, other = r.sample(_NAMES, 2)
    return f"""Re: The {r.choice(_THINGS).title()} We Talked About

On Monday, {other} wrote:
> I read the draft that you sent me on Tuesday, and I think that the second part is still
> much too long for our readers. Could we meet on Friday at ten to talk about it? I will
> bring the figures that you asked for, and something to eat for all of us at the table.

Dear {other.split()[0]},

thank you for the long letter. Friday suits me well, and so does the place that you have suggested for our meeting.

I have moved the second part to the end, and I hope that you like it better now that it is half as long as before.

Kind regards
{one}
"""


def _recipe(r: random.Random) -> str:
    thing = r.choice(("Almond", "Barley", "Plum", "Leek", "Pumpkin", "Herring"))
    return f"""{thing} Soup for a Cold Evening

Serves {r.randint(2, 8)}. Prep time: 20 minutes. Cook time: 45 minutes.

Ingredients

- 2 cups of {thing.lower()}
- 1 tablespoon butter
- 500 ml stock
- salt and pepper

Instructions

1. Melt the butter in a large pot and add the onions, stirring until they are soft and begin to turn brown.
2. Add the {thing.lower()} and the stock, bring everything to a boil, and let it simmer for about half an hour.
3. Blend the soup until it is smooth, season it with salt and pepper, and serve it with bread while it is still hot.
"""


def _poem(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    verse = [
        f"The {thing} sleeps below the hill,",
        "and nothing in the house is still,",
        "the clock has come to find the hour,",
        "the rain has come to see the flower,",
    ]
    return f"Song of the Sleeping {thing.title()}\n\n" + "\n\n".join("\n".join(verse) for _ in range(5))


def _links(r: random.Random) -> str:
    lines = [
        f"- [{r.choice(_THINGS).title()} Prices Rise For A Third Day in Holm](https://news.example/{at})"
        for at in range(25)
    ]
    return "# Links I Want To Read Later\n\n" + "\n".join(lines)


def _addresses(r: random.Random) -> str:
    return "My List Of Saved Pages\n" + "\n".join(
        f"https://news.example/{r.choice(_THINGS)}/{at}/a-long-address-with-many-words-in-it-that-no-sentence-has.html"
        for at in range(30)
    )


def _search(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    parts = [
        f"The Best {thing.title()} of the Year Reviewed\nhttps://shop{at}.example › {thing} › reviews\nWe tested {r.randint(5, 40)} of them for three months, and these are the ones that we would buy again with our own money. ..."
        for at in range(9)
    ]
    return f"{thing} - Search\nAbout {r.randint(2, 90)},000,000 results (0.41 seconds)\n\n" + "\n\n".join(parts)


def _license(r: random.Random) -> str:
    return f"""The {r.choice(_THINGS).title()} License Version Two

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated files, to deal in the software without restriction.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY.

The above notice shall be included in all copies or substantial portions of the software, whoever makes them and for whatever purpose.
"""


def _notes(r: random.Random) -> str:
    return f"""subject: things to do about the {r.choice(_THINGS)}
date: 2024-05-{r.randint(10, 28)}

remember to call the plumber about the leak in the kitchen, because it is getting worse every day and nobody else will do it.
buy a new {r.choice(_THINGS)} before the shop closes on saturday, and ask whether they will take the old one back for a few coins.
the book about the islands is due at the library on the ninth of the month, and it can not be renewed a third time this year.
"""


def _manual(r: random.Random) -> str:
    thing = r.choice(_THINGS)
    return f"""{thing.upper()}(1)                    General Commands Manual                    {thing.upper()}(1)

NAME
       {thing} - copy and convert files of records

SYNOPSIS
       {thing} [-av] [-o FILE] SOURCE...

DESCRIPTION
       The {thing} utility copies each source to standard output, converting it as it goes along, and stops at
       the first error that it meets unless it has been told to go on with the option that is described below.

OPTIONS
       -a     Append to the file that is named by -o instead of writing it anew from its first byte to the last.
"""


def _table(r: random.Random) -> str:
    return "Date,Open,High,Low,Close,Remark About The Day\n" + "\n".join(
        f'2024-05-{day:02},{r.randint(100, 300)}.1,{r.randint(100, 300)}.5,{r.randint(50, 99)}.2,{r.randint(100, 300)}.9,"The market was calm and nothing happened to anybody all day."'
        for day in range(1, 29)
    )


def _configuration(r: random.Random) -> str:
    return "# Settings Of The Server Room\n\n" + "\n\n".join(
        f"# How many {r.choice(_THINGS)}s the server keeps in memory before it writes them to the disk, in thousands.\n{r.choice(_THINGS)}_limit = {r.randint(2, 90)}"
        for _ in range(9)
    )


def _chat(r: random.Random) -> str:
    return "\n".join(
        f"[{at + 9:02}:{r.randint(10, 59)}] {r.choice(_NAMES).split()[0]}: I think that we should look at the {r.choice(_THINGS)} again before we decide anything about it today."
        for at in range(14)
    )


KINDS: Mapping[str, Callable[[random.Random], str]] = {
    "readme": _readme,
    "changelog": _changelog,
    "code": _code,
    "script": _script,
    "log": _log,
    "mail": _mail,
    "reply": _reply,
    "recipe": _recipe,
    "poem": _poem,
    "links": _links,
    "addresses": _addresses,
    "search results": _search,
    "license": _license,
    "notes": _notes,
    "manual": _manual,
    "table": _table,
    "configuration": _configuration,
    "chat": _chat,
}


def make_text(kind: str, seed: int) -> str:
    """Return a text of a kind, always the same for a seed."""
    return KINDS[kind](random.Random(seed))
