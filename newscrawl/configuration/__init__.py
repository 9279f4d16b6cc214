"""Settings: what there is, what each is set to, and where that came from.

Imports neither Scrapy nor SQLAlchemy; `import newscrawl.configuration` takes some 30 ms of computing time.
"""

from newscrawl.configuration.configuration import (
    DEFAULT,
    Configuration,
    ConfigurationError,
    Setting,
    check_settings,
    load_configuration,
    read_arguments,
)
from newscrawl.configuration.documentation import make_template
from newscrawl.configuration.options import BY_NAME, OPTIONS, PREFIX, Option
from newscrawl.configuration.secrets import redact

__all__ = [
    "BY_NAME",
    "DEFAULT",
    "OPTIONS",
    "PREFIX",
    "Configuration",
    "ConfigurationError",
    "Option",
    "Setting",
    "check_settings",
    "load_configuration",
    "make_template",
    "read_arguments",
    "redact",
]
