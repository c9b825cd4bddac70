"""A pytest plugin that installs fasth2, with its own h2 going step by step: no connection takes the straight way."""
import fasth2

fasth2.install(strict=True)

from fasth2.engine.ways import always_step_by_step

always_step_by_step(True)
