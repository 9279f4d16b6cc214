"""The values of all settings, and where each came from: command line, environment, .env, newscrawl.toml, default."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newscrawl.configuration import files, secrets
from newscrawl.configuration.names import MISSPELLED, find_closest
from newscrawl.configuration.options import BY_KEY, BY_NAME, OPTIONS, PREFIX, Option
from newscrawl.configuration.scrapy_settings import read_scrapy_settings
from newscrawl.errors import ArgumentError

CONFIG_VARIABLE = "NEWSCRAWL_CONFIG"
"""Names the file, instead of the nearest newscrawl.toml; "none": read neither it nor .env."""
COMMAND_LINE, ENVIRONMENT, DEFAULT = "-s", "environment", "default"
_PROJECT = "settings.py"
_SCRAPY_TABLE = "scrapy"
_SCRAPY_PATHS = frozenset(("LOG_FILE", "JOBDIR", "FILES_STORE", "IMAGES_STORE", "FEED_TEMPDIR"))
_OURS_IN_ENVIRONMENT = ("NEWSCRAWL_TEST_", CONFIG_VARIABLE)
# Kubernetes adds variables for each service: of a service named "newscrawl" they have our prefix.
_KUBERNETES = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$")
_SIMILAR = 0.6
"""Least similarity of a name that may have been meant."""
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "NOTSET")


class ConfigurationError(ArgumentError):
    """An unknown setting, an invalid value, or a file that cannot be read; one line without secrets."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a setting."""

    value: Any
    source: str
    """"-s", "environment", ".env", "settings.py", "newscrawl.toml" or "default"."""
    place: str = ""
    """The file, as seen from the current folder, and the line: "../newscrawl.toml:2"."""

    @property
    def origin(self) -> str:
        return self.place or self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All settings. Values have their types, and relative paths are relative to where they were written."""

    settings: Mapping[str, Setting]
    """Of newscrawl, by name (NEWSCRAWL_DATABASE_URL), in the order of OPTIONS."""
    scrapy: Mapping[str, Setting] = field(default_factory=dict)
    """Of Scrapy and others: from the table [scrapy] of the file, and the command line."""
    file: Path | None = None
    """The newscrawl.toml that was read."""
    env_file: Path | None = None
    notes: tuple[str, ...] = ()
    """What may be a mistake, a line each."""

    def __getitem__(self, name: str) -> Any:
        return self.settings[name].value

    @property
    def values(self) -> dict[str, Any]:
        """The values of newscrawl's settings by name."""
        return {name: setting.value for name, setting in self.settings.items()}

    @property
    def sample_database(self) -> str | None:
        """The database of the sample edition, beside the default one; None: a database is set, for all articles."""
        database = self.settings["NEWSCRAWL_DATABASE_URL"]
        return f"{database.value.removesuffix('news.db')}sample.db" if database.source == DEFAULT else None

    def list_values(self, *sources: str) -> dict[str, Any]:
        """Return newscrawl's values of some sources: "-s", "environment", ".env", "newscrawl.toml", "default"."""
        return {name: each.value for name, each in self.settings.items() if each.source in sources}

    def with_project(self, values: Mapping[str, Any], arguments: Mapping[str, Any]) -> Configuration:
        """Return it with the settings of a Scrapy project, and those that its command line changed.

        The project's are below .env and above newscrawl.toml. Raises ConfigurationError.
        """
        weaker = self.list_values(files.FILE_NAME, DEFAULT)
        project, given = check_settings(values, _PROJECT), check_settings(arguments, COMMAND_LINE)
        settings = dict(self.settings)
        settings |= {name: Setting(each, _PROJECT) for name, each in project.items() if weaker.get(name, each) != each}
        settings |= {name: Setting(each, COMMAND_LINE) for name, each in given.items()}
        return replace(self, settings=settings)

    def with_arguments(self, arguments: Sequence[str]) -> Configuration:
        """Return it with the NAME=VALUE of `-s`. Raises ConfigurationError."""
        values, notes = read_arguments(arguments)
        given = {name: Setting(value, COMMAND_LINE) for name, value in values.items()}
        ours = {name: each for name, each in given.items() if name in BY_NAME}
        others = {name: each for name, each in given.items() if name not in BY_NAME}
        settings, scrapy = {**self.settings, **ours}, {**self.scrapy, **others}
        return replace(self, settings=settings, scrapy=scrapy, notes=(*self.notes, *notes))


def load_configuration(
    arguments: Sequence[str] = (),
    *,
    environ: MutableMapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Configuration:
    """Read and check the whole configuration. Raises ConfigurationError.

    `arguments` are the NAME=VALUE of `-s`; `folder` is the current one. Variables of other programs in .env
    (AWS_ACCESS_KEY_ID, PGPASSWORD) are added to `environ`, unless they are there already. From then on, logs and
    tracebacks of this process have no secrets.
    """
    secrets.hide_in_logs()
    here = folder or Path.cwd()
    try:
        toml, env = _find_files(environ, here)
        settings = {option.name: Setting(option.default, DEFAULT) for option in OPTIONS}
        scrapy: dict[str, Setting] = {}
        notes: list[str] = []
        if toml:
            settings = {name: _resolve(BY_NAME[name], each, toml.parent, here) for name, each in settings.items()}
            ours, scrapy, notes = _read_toml(toml, here)
            settings |= ours
        if env:
            settings |= _read_env(env, environ, here)
        settings |= _read_environment(environ)
        secrets.hide_named_secrets(environ)
    except ArgumentError as error:
        raise ConfigurationError(str(error)) from error
    found = Configuration(settings=settings, scrapy=scrapy, file=toml, env_file=env, notes=tuple(notes))
    return found.with_arguments(arguments)


def read_arguments(arguments: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the NAME=VALUE of `-s`; return the values, and notes on names that nothing here knows.

    Raises ConfigurationError.
    """
    values: dict[str, Any] = {}
    notes: list[str] = []
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals:
            raise ConfigurationError(f"-s {secrets.redact(argument)}: write -s NAME=VALUE")
        if option := BY_NAME.get(name):
            values[name] = _read_value(option, text, COMMAND_LINE, name)
        else:
            notes += _check_other_name(name, COMMAND_LINE)
            values[name] = _check_other_value(name, text, COMMAND_LINE)
    return values, tuple(notes)


def make_absolute(name: str, text: str, folder: Path) -> str:
    """Return the text of a setting whose relative path is in a folder with the whole path; others as they are."""
    option = BY_NAME.get(name)
    return str(option.kind.resolve(text, folder)) if option and text else text


def check_settings(values: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Read the settings of newscrawl in a module of Scrapy settings: those with the prefix. Raises ConfigurationError.

    `origin` is how messages name the module: "settings.py".
    """
    secrets.hide_named_secrets(values)
    read = {}
    for name, value in values.items():
        if name.startswith(PREFIX):
            option = BY_NAME.get(name) or _reject_name(name, origin, BY_NAME)
            read[name] = _read_value(option, value, origin, name)
    return read


def _find_files(environ: Mapping[str, str], here: Path) -> tuple[Path | None, Path | None]:
    """Return newscrawl.toml and .env, each None where there is none."""
    named = environ.get(CONFIG_VARIABLE)
    if named == "none":
        return None, None
    toml = Path(os.path.abspath(here / Path(named).expanduser())) if named else files.find_file(here)
    if toml and not toml.is_file():
        raise ConfigurationError(f"{CONFIG_VARIABLE}={named}: there is no such file; `newscrawl init` writes one")
    env = (toml.parent if toml else files.find_env_folder(here)) / files.ENV_NAME
    return toml, env if env.is_file() else None


def _read_toml(file: Path, here: Path) -> tuple[dict[str, Setting], dict[str, Setting], list[str]]:
    """Read newscrawl.toml: our settings, Scrapy's, and notes."""
    content, text = files.read_toml(file, _shorten(file, here))
    table = content.pop(_SCRAPY_TABLE, {})
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{_shorten(file, here)}: {_SCRAPY_TABLE} is a table: write [scrapy] and lines below it"
        )
    settings = {}
    for key, value in content.items():
        origin = _name_line(file, here, files.find_line(text, key))
        option = BY_KEY.get(key) or _reject_name(key, origin, BY_KEY)
        read = _read_value(option, value, origin, key)
        settings[option.name] = _resolve(option, Setting(read, files.FILE_NAME, origin), file.parent, here)
    scrapy = {}
    notes: list[str] = []
    for name, value in table.items():
        origin = _name_line(file, here, files.find_line(text, name, _SCRAPY_TABLE))
        if name in BY_KEY:
            raise ConfigurationError(f"{origin}: {name} is a setting of newscrawl: write it above [{_SCRAPY_TABLE}]")
        notes += _check_other_name(name, origin)
        scrapy[name] = Setting(
            _resolve_other(name, _check_other_value(name, value, origin), file.parent), files.FILE_NAME, origin
        )
    return settings, scrapy, notes


def _read_env(file: Path, environ: MutableMapping[str, str], here: Path) -> dict[str, Setting]:
    settings = {}
    for name, (text, line) in files.read_env(file, _shorten(file, here)).items():
        origin = _name_line(file, here, line)
        option = _find_variable(name, origin)
        if option is None:
            environ.setdefault(name, text)
        elif text or option.kind.may_be_empty:
            value = _read_value(option, text, origin, name)
            settings[name] = _resolve(option, Setting(value, files.ENV_NAME, origin), file.parent, here)
    return settings


def _read_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    settings = {}
    for name, text in environ.items():
        option = _find_variable(name, ENVIRONMENT)
        # Empty is not set: Docker Compose and CI systems pass empty texts for what is not defined.
        if option and (text or option.kind.may_be_empty):
            settings[name] = Setting(_read_value(option, text, ENVIRONMENT, name), ENVIRONMENT)
    return settings


def _find_variable(name: str, origin: str) -> Option | None:
    """Return the option of a variable; None for one of another program. Raises ConfigurationError."""
    if name in BY_NAME:
        return BY_NAME[name]
    upper = name.upper()
    if upper.startswith(PREFIX):
        if name.startswith(_OURS_IN_ENVIRONMENT) or _KUBERNETES.search(name):
            return None
        return _reject_name(name, origin, BY_NAME)
    if upper.startswith("NEW") and find_closest(name, BY_NAME)[1] >= MISSPELLED:
        return _reject_name(name, origin, BY_NAME)
    return None


def _check_other_name(name: str, origin: str) -> Iterator[str]:
    """Yield a note on a name that neither newscrawl nor Scrapy has. Raises ConfigurationError for a misspelled one."""
    scrapy = read_scrapy_settings()
    if name in scrapy:
        return
    known = [*BY_NAME, *scrapy]
    if name == CONFIG_VARIABLE:
        raise ConfigurationError(f"{_name_setting(name, origin)}: set this one in the environment")
    if name.upper().startswith(PREFIX):
        _reject_name(name, origin, BY_NAME)
    if PREFIX + name.upper() in BY_NAME:
        _reject_name(name, origin, [PREFIX + name.upper()])
    closest, similarity = find_closest(name, known)
    if similarity >= MISSPELLED:
        _reject_name(name, origin, [closest])
    hint = f"; the closest is {closest}" if similarity >= _SIMILAR else ""
    yield f"note: {_name_setting(name, origin)} is no setting of newscrawl or Scrapy{hint}"


def _check_other_value(name: str, value: Any, origin: str) -> Any:
    """Check a value of Scrapy's setting as far as its default says what it is."""
    default = read_scrapy_settings().get(name)
    secrets.hide_named_secrets({name: value})
    form = None
    if name == "LOG_LEVEL" and str(value).upper() not in _LEVELS:
        form = f"one of {', '.join(_LEVELS[:-1])}"
    elif isinstance(default, bool) and str(value).lower() not in ("0", "1", "true", "false"):
        form = "1 or 0"
    elif isinstance(default, int | float) and not isinstance(default, bool) and not _is_number(value):
        form = "a number"
    elif isinstance(default, dict | list) and isinstance(value, bool | int | float):
        form = "a table" if isinstance(default, dict) else "a list"
    if form:
        raise ConfigurationError(f"{_name_value(name, value, origin)}: give {form}")
    return str(value).upper() if name == "LOG_LEVEL" else value


def _is_number(value: object) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(float(str(value)))
    except ValueError:
        return False


def _read_value(option: Option, value: Any, origin: str, name: str) -> Any:
    """Read a value. Raises ConfigurationError."""
    secrets.hide_secrets(secrets.find_secrets(str(value), whole_path=option.is_secret))
    try:
        return option.kind.read(value)
    except (ArgumentError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{_name_value(name, value, origin)}: give {option.kind.form}") from error


def _resolve(option: Option, setting: Setting, folder: Path, here: Path) -> Setting:
    """Make a relative path relative to the folder of its file; as it is where that is the current folder."""
    return setting if folder == here else replace(setting, value=option.kind.resolve(setting.value, folder))


def _resolve_other(name: str, value: Any, folder: Path) -> Any:
    if name in _SCRAPY_PATHS and isinstance(value, str) and value and "://" not in value:
        return str(folder / Path(value).expanduser())
    if name == "FEEDS" and isinstance(value, dict):
        return {uri if "://" in uri else str(folder / uri): feed for uri, feed in value.items()}
    return value


def _reject_name(name: str, origin: str, known: Iterable[str]) -> Option:
    closest, _ = find_closest(name, known)
    raise ConfigurationError(f"{_name_setting(name, origin)}: there is no such setting; the closest is {closest}")


def _name_setting(name: str, origin: str) -> str:
    """Say which setting is meant, and where it stands."""
    if origin == COMMAND_LINE:
        return f"-s {name}"
    return f"{name} in the environment" if origin == ENVIRONMENT else f"{origin}: {name}"


def _name_value(name: str, value: object, origin: str) -> str:
    option = BY_NAME.get(name) or BY_KEY.get(name)
    shown = secrets.MASK if secrets.is_secret_name(name) else secrets.redact(" ".join(str(value).split()))
    if option and option.is_secret:
        shown = secrets.mask_address(str(value))
    where = " in the environment" if origin == ENVIRONMENT else ""
    start = "-s " if origin == COMMAND_LINE else "" if origin == ENVIRONMENT else f"{origin}: "
    return f"{start}{name}={shown}{where}"


def _shorten(file: Path, here: Path) -> str:
    """Name a file as short as it is clear: as seen from the current folder where that is shorter."""
    return min(os.path.relpath(file, here), str(file), key=len)


def _name_line(file: Path, here: Path, line: int | None) -> str:
    return _shorten(file, here) + (f":{line}" if line else "")
