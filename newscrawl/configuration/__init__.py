"""Settings: what there is, what each is set to, and where that came from.

Imports neither Scrapy nor SQLAlchemy; `import newscrawl.configuration` takes some 40 ms of computing time.
"""

from newscrawl.configuration.configuration import (
    CONFIG_VARIABLE,
    DEFAULT,
    Configuration,
    ConfigurationError,
    Setting,
    check_settings,
    load_configuration,
    make_absolute,
    read_arguments,
)
from newscrawl.configuration.documentation import make_template
from newscrawl.configuration.options import BY_NAME, OPTIONS, PREFIX, Option
from newscrawl.configuration.secrets import has_password, redact

__all__ = [
    "BY_NAME",
    "CONFIG_VARIABLE",
    "DEFAULT",
    "OPTIONS",
    "PREFIX",
    "Configuration",
    "ConfigurationError",
    "Option",
    "Setting",
    "check_settings",
    "has_password",
    "load_configuration",
    "make_absolute",
    "make_template",
    "read_arguments",
    "redact",
]
