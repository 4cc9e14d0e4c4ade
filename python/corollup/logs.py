"""Logs: events with a stable name and fields, on the error stream; results go to the other."""

import logging
import sys
from dataclasses import dataclass
from typing import Literal, TypeAlias

LogFormat: TypeAlias = Literal["pretty", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How the running command writes its log."""

    format: LogFormat = "pretty"
    """Lines for a person, or an object a line for a program."""

    level: LogLevel = "warning"
    """The least level that is written."""


def configure_logs(options: LogOptions) -> None:
    """Write the log as the user asked; a command that logs calls this once, first."""
    # The library costs a quarter of a second to import, and most commands log nothing.
    import structlog

    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if options.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[options.level.upper()]
        ),
        # The stream is looked up for each line: who runs a command in-process may replace it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
