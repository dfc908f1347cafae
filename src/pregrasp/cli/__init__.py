"""The ``pregrasp`` command.

Exit codes: 0 done, 1 an error, 2 wrong usage, 3 the robot refused, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys

ERROR = 1
REFUSED = 3
INTERRUPTED = 130


def main() -> None:
    """Run the command line; errors that can be explained are, in one message."""
    from pregrasp.cancellation import CancelledError
    from pregrasp.cli.application import application
    from pregrasp.cli.console import err, say_error
    from pregrasp.errors import PregraspError

    try:
        application()
    except (CancelledError, KeyboardInterrupt) as error:
        err.print(str(error) or "stopped", style="yellow", markup=False)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Somebody piped us into `head`; nothing is wrong.
        sys.stderr.close()
        sys.exit(ERROR)
    except PregraspError as error:
        say_error(str(error))
        sys.exit(REFUSED if getattr(error, "refused", False) else ERROR)
