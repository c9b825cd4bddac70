"""What a server process has left, once all its clients are gone."""
import asyncio
import gc

from h2.connection import H2Connection
from h2.stream import H2Stream

PATIENCE = 10  # seconds


class Census:
    """Made before there are clients, in the running event loop."""

    def __init__(self):
        self.before = len(asyncio.all_tasks())

    def tasks(self):
        """How many tasks (int) there are that were not there in the beginning."""
        return len(asyncio.all_tasks()) - self.before

    async def settle(self):
        """Wait until no task is left, at most PATIENCE. Returns how many tasks, connections and streams are (dict)."""
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
