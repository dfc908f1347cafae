"""One HTML page that shows a person what happened: pictures, curves, figures, every grasp.

The page is a single file without scripts or references, so it can be mailed and archived.
It needs the ``report`` extra (jinja2 and matplotlib).
"""

from pregrasp.jobs.report.page import Report, write_report

__all__ = ["Report", "write_report"]
