"""What ends `fasth2 run` before the program has started, with the exit status that a shell, env or nice gives."""

FAILED = 1  # --strict
UNUSABLE = 2  # the command line, or this installation
NOT_RUNNABLE = 126
NOT_FOUND = 127


class CannotRun(Exception):
    """The program cannot be started as asked. The message is for the user, `status` (int) is the exit status."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status
