"""Settings from all sources: precedence, types, messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.configuration import ConfigurationError, check_settings, load_configuration
from newscrawl.configuration.configuration import Configuration


def load(folder: Path, *arguments: str, **environ: str) -> Configuration:
    return load_configuration(arguments, environ=environ, folder=folder)


def fail(folder: Path, *arguments: str, **environ: str) -> str:
    """Load, and return the message of the error: one line."""
    with pytest.raises(ConfigurationError) as error:
        load(folder, *arguments, **environ)
    assert "\n" not in str(error.value)
    return str(error.value)


def write(folder: Path, toml: str = "", env: str | None = None) -> None:
    (folder / "newscrawl.toml").write_text(toml, "utf-8")
    if env is not None:
        (folder / ".env").write_text(env, "utf-8")


def test_each_source_wins_over_those_below_it(tmp_path: Path) -> None:
    name, found = "NEWSCRAWL_CONTACT", []
    found.append(load(tmp_path).settings[name])
    write(tmp_path, '\ncontact = "of-toml"')
    found.append(load(tmp_path).settings[name])
    write(tmp_path, 'contact = "of-toml"', f"# mine\n{name}=of-env-file")
    found.append(load(tmp_path).settings[name])
    found.append(load(tmp_path, **{name: "of-environment"}).settings[name])
    found.append(load(tmp_path, f"{name}=of-line", **{name: "of-environment"}).settings[name])
    assert [(each.value, each.origin) for each in found] == [
        ("", "default"),
        ("of-toml", "newscrawl.toml:2"),
        ("of-env-file", ".env:2"),
        ("of-environment", "environment"),
        ("of-line", "-s"),
    ]


@pytest.mark.parametrize(
    ("toml", "name", "text", "value"),
    [
        ("max_wait = 5", "NEWSCRAWL_MAX_WAIT", "5", 5.0),
        ("clusters = false", "NEWSCRAWL_CLUSTERS", "off", False),
        ("progress = true", "NEWSCRAWL_PROGRESS", "yes", True),
        ('progress = "auto"', "NEWSCRAWL_PROGRESS", "auto", "auto"),
        ("extract_processes = 0", "NEWSCRAWL_EXTRACT_PROCESSES", "0", 0),
        ('warc_max_bytes = "2 GiB"', "NEWSCRAWL_WARC_MAX_BYTES", "2g", 2**31),
        ("warc_max_bytes = 4000", "NEWSCRAWL_WARC_MAX_BYTES", "4000", 4000),
        ('allow_private_addresses = ["10.0.0.0/8", "fd12::/32"]', "", "10.0.0.0/8,fd12::/32", "10.0.0.0/8,fd12::/32"),
        ("allow_private_addresses = true", "", "on", "1"),
        ('warc_dir = ""', "NEWSCRAWL_WARC_DIR", "", ""),
    ],
)
def test_values_have_the_same_type_from_toml_and_from_a_text(
    tmp_path: Path, toml: str, name: str, text: str, value: object
) -> None:
    name = name or "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"
    of_text = load(tmp_path, **{name: text})[name]
    write(tmp_path, toml)
    of_toml = load(tmp_path)[name]
    assert (of_text, of_toml) == (value, value)
    assert type(of_text) is type(of_toml) is type(value)
    assert check_settings({name: of_toml, "DOWNLOAD_DELAY": "of Scrapy"}, "settings.py") == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("NEWSCRAWL_MAX_WAIT", "soon", "a number of seconds"),
        ("NEWSCRAWL_MAX_WAIT", "-1", "a number of seconds"),
        ("NEWSCRAWL_MAX_WAIT", "nan", "a number of seconds"),
        ("NEWSCRAWL_BROWSER_PAGES", "0", "a whole number, 1 or more"),
        ("NEWSCRAWL_EXTRACT_PROCESSES", "2.5", "auto, or a whole number"),
        ("NEWSCRAWL_CLUSTERS", "perhaps", "1 or 0"),
        ("NEWSCRAWL_MAX_PAGE_BYTES", "big", "a number of bytes"),
        ("NEWSCRAWL_DATABASE_URL", "news.db", "sqlite:///FILE"),
        ("NEWSCRAWL_WAYBACK_INDEX", "web.archive.example", "an http(s) address"),
        ("NEWSCRAWL_WAYBACK_REPLAY", "https://web.archive.example/", "{timestamp}"),
        ("NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES", "10.20.0.1/16", "networks"),
        ("NEWSCRAWL_EXTRACT", "extract_page", "module:function"),
        ("NEWSCRAWL_CONTACT", "a\nb", "a text"),
    ],
)
def test_an_invalid_value_is_reported_with_its_place_and_what_is_valid(
    tmp_path: Path, name: str, value: str, form: str
) -> None:
    shown, escaped = value.replace("\n", " "), value.replace("\n", "\\n")
    assert fail(tmp_path, **{name: value}).startswith(f"{name}={shown} in the environment: give ")
    assert fail(tmp_path, f"{name}={value}").startswith(f"-s {name}=")
    key = name.removeprefix("NEWSCRAWL_").lower()
    write(tmp_path, f'\n\n{key} = "{escaped}"')
    message = fail(tmp_path)
    assert message.startswith(f"newscrawl.toml:3: {key}=")
    assert form in message


def test_an_empty_variable_is_as_if_it_were_not_set_unless_empty_is_a_value(tmp_path: Path) -> None:
    found = load(tmp_path, NEWSCRAWL_DATABASE_URL="", NEWSCRAWL_WARC_DIR="")
    assert (found["NEWSCRAWL_DATABASE_URL"], found["NEWSCRAWL_WARC_DIR"]) == ("sqlite:///news.db", "")
    assert "give sqlite:///FILE" in fail(tmp_path, "NEWSCRAWL_DATABASE_URL=")


@pytest.mark.parametrize(
    ("argument", "closest"),
    [
        ("NEWSCRAWL_DATABSE_URL=x", "NEWSCRAWL_DATABASE_URL"),
        ("newscrawl_contact=x", "NEWSCRAWL_CONTACT"),
        ("DATABASE_URL=x", "NEWSCRAWL_DATABASE_URL"),
        ("NEWSCRAWL_FLY_ME_TO_THE_MOON=x", "NEWSCRAWL_"),
        ("DOWLOAD_DELAY=2", "DOWNLOAD_DELAY"),
        ("download_delay=2", "DOWNLOAD_DELAY"),
        ("LOGLEVEL=DEBUG", "LOG_LEVEL"),
        ("CONCURENT_REQUEST=1", "CONCURRENT_REQUESTS"),
    ],
)
def test_a_misspelled_setting_is_rejected_with_the_closest_name(tmp_path: Path, argument: str, closest: str) -> None:
    name = argument.partition("=")[0]
    assert fail(tmp_path, argument).startswith(f"-s {name}: there is no such setting; the closest is {closest}")


@pytest.mark.parametrize(
    ("argument", "form"),
    [
        ("DOWNLOAD_DELAY=fast", "a number"),
        ("RETRY_ENABLED=maybe", "1 or 0"),
        ("LOG_LEVEL=LOUD", "one of CRITICAL, ERROR, WARNING, INFO, DEBUG"),
        ("NEWSCRAWL_CONTACT", "write -s NAME=VALUE"),
    ],
)
def test_settings_of_scrapy_are_checked_as_far_as_they_are_known(tmp_path: Path, argument: str, form: str) -> None:
    assert fail(tmp_path, argument).endswith(form)


def test_a_setting_of_another_component_passes_with_a_note(tmp_path: Path) -> None:
    found = load(tmp_path, "HARBOR_LIGHTS=3", "DOWNLOAD_DELAY=2", "TWISTED_DNS_RESOLVER=a.B", "FEEDS={}")
    assert found.notes == ("note: -s HARBOR_LIGHTS is no setting of newscrawl or Scrapy",)
    assert found.scrapy["HARBOR_LIGHTS"].value == "3"
    assert load(tmp_path, "ROBOTS_OBEY=0").notes[0].endswith("; the closest is ROBOTSTXT_OBEY")


def test_variables_of_others_are_no_settings(tmp_path: Path) -> None:
    kubernetes = {"SERVICE_HOST": "1", "SERVICE_PORT_WEB": "1", "PORT": "tcp://1", "PORT_8001_TCP_ADDR": "1"}
    ours = {f"NEWSCRAWL_{name}": value for name, value in kubernetes.items()}
    load(tmp_path, NEWSCRAWL_TEST_REQUIRE_SERVERS="1", NEWS="x", PATH="x", **ours)
    for name in ("NEWSCRAWL_CLUSTER", "NEWSCRWAL_CLUSTERS", "Newscrawl_Clusters"):
        expected = f"{name} in the environment: there is no such setting; the closest is NEWSCRAWL_CLUSTERS"
        assert fail(tmp_path, **{name: "1"}) == expected
    write(tmp_path, env="\n\nNEWSCRAWL_CLUSTER=1")
    assert fail(tmp_path).startswith(".env:3: NEWSCRAWL_CLUSTER: there is no such setting")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            "databse_url = 'sqlite:///x.db'",
            "newscrawl.toml:1: databse_url: there is no such setting; the closest is da",
        ),
        ("NEWSCRAWL_CONTACT = 'x'", "newscrawl.toml:1: NEWSCRAWL_CONTACT: there is no such setting; the closest is co"),
        ("contact = 3", "newscrawl.toml:1: contact=3: give a text"),
        ("contact = you@quay.example", "newscrawl.toml: no valid TOML: Invalid value (at line 1, column 11); write te"),
        ("scrapy = 3", "newscrawl.toml: scrapy is a table: write [scrapy] and lines below it"),
        ("[scrapy]\nDOWLOAD_DELAY = 2", "newscrawl.toml:2: DOWLOAD_DELAY: there is no such setting; the closest is DO"),
        ("[scrapy]\nDOWNLOAD_DELAY = 'x'", "newscrawl.toml:2: DOWNLOAD_DELAY=x: give a number"),
        ("[scrapy]\n\ncontact = 'x'", "newscrawl.toml:3: contact is a setting of newscrawl: write it above [scrapy]"),
        ("[scrapy]\nFEEDS = 3", "newscrawl.toml:2: FEEDS=3: give a table"),
    ],
)
def test_mistakes_in_the_file_are_reported_with_their_line(tmp_path: Path, toml: str, message: str) -> None:
    write(tmp_path, toml)
    assert fail(tmp_path).startswith(message)


def test_paths_of_a_file_are_relative_to_it_and_others_to_the_current_folder(tmp_path: Path) -> None:
    toml = 'database_url = "sqlite:///in/news.db?x=1"\nbrowser = "chromium"\n[scrapy]\nJOBDIR = "job"\n'
    write(tmp_path, f"{toml}[scrapy.FEEDS]\n'out.jsonl' = {{}}", "NEWSCRAWL_PROMETHEUS_FILE=m.prom")
    (below := tmp_path / "a" / "b").mkdir(parents=True)
    found = load(below)
    assert (found.file, found.env_file) == (tmp_path / "newscrawl.toml", tmp_path / ".env")
    assert found["NEWSCRAWL_DATABASE_URL"] == f"sqlite:///{tmp_path}/in/news.db?x=1"
    assert found["NEWSCRAWL_WARC_DIR"] == f"{tmp_path}/warc"
    assert found["NEWSCRAWL_PROMETHEUS_FILE"] == f"{tmp_path}/m.prom"
    assert found["NEWSCRAWL_BROWSER"] == "chromium"
    assert found.scrapy["JOBDIR"].value == f"{tmp_path}/job"
    assert list(found.scrapy["FEEDS"].value) == [f"{tmp_path}/out.jsonl"]
    given = load(below, "NEWSCRAWL_WARC_DIR=pages", NEWSCRAWL_DATABASE_URL="sqlite:///mine.db")
    assert (given["NEWSCRAWL_WARC_DIR"], given["NEWSCRAWL_DATABASE_URL"]) == ("pages", "sqlite:///mine.db")
    # In the folder of the file they stay as they are: messages are shorter.
    assert load(tmp_path)["NEWSCRAWL_DATABASE_URL"] == "sqlite:///in/news.db?x=1"


@pytest.mark.parametrize(
    "value", ["sqlite:////data/news.db", "sqlite://", "sqlite:///:memory:", "postgresql://db.example/news"]
)
def test_databases_that_are_not_relative_stay(tmp_path: Path, value: str) -> None:
    write(tmp_path, f'database_url = "{value}"\nwarc_dir = "s3://bucket/warc"\nprometheus_file = "/var/x.prom"')
    (below := tmp_path / "below").mkdir()
    found = load(below)
    assert found["NEWSCRAWL_DATABASE_URL"] == value
    assert (found["NEWSCRAWL_WARC_DIR"], found["NEWSCRAWL_PROMETHEUS_FILE"]) == ("s3://bucket/warc", "/var/x.prom")


def test_a_file_can_be_named_and_switched_off(tmp_path: Path) -> None:
    write(tmp_path, "max_wait = 1", "NEWSCRAWL_CONTACT=x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "my.toml").write_text("max_wait = 2", "utf-8")
    named = load(tmp_path, NEWSCRAWL_CONFIG="other/my.toml")
    assert (named["NEWSCRAWL_MAX_WAIT"], named["NEWSCRAWL_WARC_DIR"]) == (2.0, f"{tmp_path}/other/warc")
    assert named["NEWSCRAWL_CONTACT"] == ""  # .env is beside the file that is read
    none = load(tmp_path, NEWSCRAWL_CONFIG="none")
    assert (none.file, none.env_file, none["NEWSCRAWL_MAX_WAIT"]) == (None, None, 120.0)
    assert "NEWSCRAWL_CONFIG=no.toml: there is no such file" in fail(tmp_path, NEWSCRAWL_CONFIG="no.toml")
    assert fail(tmp_path, "NEWSCRAWL_CONFIG=x") == "-s NEWSCRAWL_CONFIG: set this one in the environment"


def test_the_env_file_of_a_scrapy_project_is_read_from_its_folders(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\n", "utf-8")
    (tmp_path / ".env").write_text("NEWSCRAWL_MAX_WAIT=3\nNEWSCRAWL_WARC_DIR=warc", "utf-8")
    (below := tmp_path / "below").mkdir()
    found = load(below)
    assert (found["NEWSCRAWL_MAX_WAIT"], found["NEWSCRAWL_WARC_DIR"]) == (3.0, f"{tmp_path}/warc")
    assert found["NEWSCRAWL_DATABASE_URL"] == "sqlite:///news.db"  # as without any file


def test_an_env_file_is_read_as_other_programs_read_it(tmp_path: Path) -> None:
    lines = (
        "# database\n",
        "export POSTGRES_PASSWORD='tide mill'\n",
        'NEWSCRAWL_DATABASE_URL="postgresql://pilot:${POSTGRES_PASSWORD}@db.example/news" # ours\n',
        "NEWSCRAWL_CONTACT = desk@quay.example\n",
        "PGSSLMODE=require\nHOME=/elsewhere\n",
    )
    write(tmp_path, env="".join(lines))
    environ = {"HOME": "/home/pilot"}
    found = load_configuration(environ=environ, folder=tmp_path)
    assert found["NEWSCRAWL_DATABASE_URL"] == "postgresql://pilot:tide mill@db.example/news"
    assert found.settings["NEWSCRAWL_CONTACT"].origin == ".env:4"
    assert environ == {"HOME": "/home/pilot", "POSTGRES_PASSWORD": "tide mill", "PGSSLMODE": "require"}
    write(tmp_path, env="A=1\n\nNEWSCRAWL_CONTACT='no end\n")
    assert fail(tmp_path) == ".env:3: not NAME=VALUE"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "newscrawl.toml").write_bytes(b"contact = '\xff'")
    assert "newscrawl.toml: cannot be read" in fail(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSCRAWL_DATABASE_URL", "postgrs://pilot:tide-Mill-42@db.example/news"),
        ("NEWSCRAWL_WAYBACK_INDEX", "ftp://pilot:tide-Mill-42@cdx.example/"),
        ("NEWSCRAWL_PING_URL", "ftp://hc.example/tide-Mill-42"),
        ("AWS_SECRET_ACCESS_KY", "tide-Mill-42"),
    ],
)
def test_messages_have_no_secrets(tmp_path: Path, name: str, value: str) -> None:
    assert "tide-Mill-42" not in fail(tmp_path, f"{name}={value}")


def test_settings_of_another_project_are_checked() -> None:
    with pytest.raises(ConfigurationError, match=r"settings\.py: NEWSCRAWL_WARC_DIRS: there is no such setting"):
        check_settings({"NEWSCRAWL_WARC_DIRS": "x"}, "settings.py")
    with pytest.raises(ConfigurationError, match=r"settings\.py: NEWSCRAWL_MAX_WAIT=long: give a number of seconds"):
        check_settings({"NEWSCRAWL_MAX_WAIT": "long"}, "settings.py")
