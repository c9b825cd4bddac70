# Nothing of it is for Python: fasth2.engine.headerlists has the same rules step by step.
