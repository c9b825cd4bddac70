"""What a server process has left, once all its clients are gone."""
import asyncio
import gc

from h2.connection import H2Connection
from h2.stream import H2Stream

PATIENCE = 10  # seconds


class Census:
    """Made before there are clients, in the running event loop."""

    def __init__(self):
        self.before = asyncio.all_tasks()

    def tasks(self):
        """The tasks that were not there in the beginning: where each of them waits (list of str)."""
        stacks = [task.get_stack() for task in asyncio.all_tasks() - self.before]
        return [f"{stack[-1].f_code.co_name} of {stack[-1].f_code.co_filename}" for stack in stacks if stack]

    async def settle(self):
        """Wait until no task is left, at most PATIENCE. Returns what is: tasks (list of str), and how many connections
        and streams (dict)."""
        for _ in range(PATIENCE * 10):
            if not self.tasks():
                break
            await asyncio.sleep(0.1)
        gc.collect()
        kinds = [type(each) for each in gc.get_objects()]
        return {
            "tasks": self.tasks(),
            "connections": sum(issubclass(kind, H2Connection) for kind in kinds),
            "streams": sum(issubclass(kind, H2Stream) for kind in kinds),
        }
